// Messages of JSON are read and inspected without allocating, once memory has grown to what they need. A program of
// its own, because it replaces operator new.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>

#include "cordon/inspection/inspect.h"
#include "cordon/inspection/test_messages.h"

namespace {
std::atomic<std::size_t> allocations{0};
}  // namespace

[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace cordon::inspection {
namespace {

struct Exchange {
  wire::sbi::Classified classified;
  wire::Request request;
  std::optional<wire::Response> answer;
};

bool is_json(const wire::Headers& headers) {
  return wire::find_header(headers, "content-type").value_or("application/json") == "application/json";
}

// Those of the recording whose messages are JSON or empty. A Location names an operation, and that allocates.
std::vector<Exchange> recorded() {
  std::vector<Exchange> out;
  for (auto& message : messages_in(CORDON_SOURCE_DIR "/lab/recordings/registration.jsonl")) {
    auto classified = wire::sbi::classify(message.request.method, message.request.path);
    if (!classified || !is_json(message.request.headers)) continue;
    if (message.answer) {
      std::erase_if(message.answer->headers, [](const auto& header) { return header.name == "location"; });
      if (!is_json(message.answer->headers)) message.answer.reset();
    }
    out.push_back({std::move(*classified), std::move(message.request), std::move(message.answer)});
  }
  return out;
}

void inspect(Inspector& inspector, wire::sbi::Body& body, const Exchange& each, const KnowsHost& known) {
  const auto& operation = *each.classified.operation;
  const auto type = wire::find_header(each.request.headers, "content-type").value_or("");
  ASSERT_TRUE(wire::sbi::read_body(body, operation, type, each.request.body));
  inspector.request(each.classified, body, &known);
  if (each.answer) inspector.response(operation, *each.answer, &known);
}

TEST(Allocation, RecordedExchangesAreInspectedWithoutAny) {
  Desk desk;
  wire::sbi::Body body;
  const KnowsHost known = [](std::string_view host) { return host.starts_with("127.0."); };
  const auto exchanges = recorded();
  ASSERT_GT(exchanges.size(), 200U);
  for (const auto& each : exchanges) inspect(desk.inspector(), body, each, known);
  const auto before = allocations.load();
  ASSERT_GT(before, 0U);
  for (const auto& each : exchanges) inspect(desk.inspector(), body, each, known);
  EXPECT_EQ(allocations.load(), before);
}

}  // namespace
}  // namespace cordon::inspection
