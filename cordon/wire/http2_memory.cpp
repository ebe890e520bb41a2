#include "cordon/wire/http2_memory.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>

namespace cordon::wire {

namespace {

constexpr std::size_t kLarge = 16'000;

// Before every block, so that the way it came is the way it goes.
struct alignas(std::max_align_t) Head {
  std::size_t size;
  bool pages;
};

void* take(std::size_t size, void*) {
  if (size > SIZE_MAX / 2) return nullptr;
  const auto whole = size + sizeof(Head);
  const bool pages = size >= kLarge;
  void* memory =
      pages ? ::mmap(nullptr, whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) : std::malloc(whole);
  if (memory == nullptr || memory == MAP_FAILED) return nullptr;
  return std::construct_at(static_cast<Head*>(memory), Head{size, pages}) + 1;
}

Head* head_of(void* block) { return static_cast<Head*>(block) - 1; }

void give_back(void* block, void*) {
  if (block == nullptr) return;
  auto* head = head_of(block);
  if (head->pages) {
    ::munmap(head, head->size + sizeof(Head));
  } else {
    std::free(head);
  }
}

void* take_zeroed(std::size_t count, std::size_t size, void*) {
  if (size != 0 && count > SIZE_MAX / 2 / size) return nullptr;
  void* block = take(count * size, nullptr);
  if (block != nullptr && !head_of(block)->pages) std::memset(block, 0, count * size);  // fresh pages are zero
  return block;
}

void* resize(void* block, std::size_t size, void*) {
  if (block == nullptr) return take(size, nullptr);
  void* other = take(size, nullptr);
  if (other == nullptr) return nullptr;  // the block stays
  std::memcpy(other, block, std::min(size, head_of(block)->size));
  give_back(block, nullptr);
  return other;
}

}  // namespace

nghttp2_mem* http2_memory() {
  static nghttp2_mem memory{nullptr, take, give_back, take_zeroed, resize};
  return &memory;
}

}  // namespace cordon::wire
