#include "cordon/archive/bundle_hash.h"

#include <cstring>

namespace cordon::archive {

using transparency::Hash;

namespace {

constexpr std::size_t kNodeBytes = 1 + 2 * sizeof(Hash);

}  // namespace

void BundleHasher::hash_all() {
  hashes_.resize(messages_.size());
  hash_.hash(messages_, hashes_);
}

const std::vector<Hash>& BundleHasher::leaves(std::string& bundle, const std::vector<BytesView>& entries) {
  messages_.clear();
  for (const auto& entry : entries) {
    const auto at = static_cast<std::size_t>(reinterpret_cast<const char*>(entry.data()) - bundle.data());
    bundle[at - 1] = '\0';  // the low byte of the entry's length, read before
    messages_.push_back(as_bytes(std::string_view(bundle).substr(at - 1, entry.size() + 1)));
  }
  hash_all();
  return hashes_;
}

Hash BundleHasher::root(std::string_view tile) {
  hashes_.resize(tile.size() / sizeof(Hash));
  std::memcpy(hashes_.data(), tile.data(), hashes_.size() * sizeof(Hash));
  while (hashes_.size() > 1) {
    const auto pairs = hashes_.size() / 2;
    nodes_.resize(pairs * kNodeBytes);
    messages_.clear();
    for (std::size_t i = 0; i < pairs; ++i) {
      auto* const node = nodes_.data() + i * kNodeBytes;
      *node = '\x01';  // RFC 6962 2.1
      std::memcpy(node + 1, &hashes_[2 * i], 2 * sizeof(Hash));
      messages_.push_back(as_bytes(std::string_view(node, kNodeBytes)));
    }
    hash_all();
  }
  return hashes_.front();
}

}  // namespace cordon::archive
