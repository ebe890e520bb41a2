#include "cordon/audit/index_key.h"

#include <algorithm>

namespace cordon::audit {

namespace {

enum class KeyType : std::uint8_t { pseudonym = 1, term = 2, kind = 3, unreadable = 4 };

IndexKey key_with(KeyType type, BytesView bytes) {
  IndexKey key{};
  key[0] = static_cast<std::uint8_t>(type);
  std::ranges::copy(bytes, key.begin() + 1);
  return key;
}

}  // namespace

IndexKey key_of(const vault::Pseudonym& pseudonym) { return key_with(KeyType::pseudonym, pseudonym); }

IndexKey key_of(vault::Term term) {
  std::array<std::uint8_t, 8> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(term >> (56 - 8 * i));
  return key_with(KeyType::term, bytes);
}

IndexKey key_of(vault::EntryKind kind) {
  const auto byte = static_cast<std::uint8_t>(kind);
  return key_with(KeyType::kind, {&byte, 1});
}

IndexKey unreadable_key() { return key_with(KeyType::unreadable, {}); }

void append_keys(BytesView entry, std::vector<IndexKey>& keys) {
  const auto sealed = vault::parse_entry(entry);
  if (!sealed) {
    keys.push_back(unreadable_key());
    return;
  }
  const auto first = static_cast<std::ptrdiff_t>(keys.size());
  for (const auto term : sealed->terms) keys.push_back(key_of(term));
  for (const auto& each : sealed->personal) keys.push_back(key_of(each.pseudonym));
  if (sealed->kind != vault::EntryKind::decision) keys.push_back(key_of(sealed->kind));
  std::sort(keys.begin() + first, keys.end());
  keys.erase(std::unique(keys.begin() + first, keys.end()), keys.end());
}

}  // namespace cordon::audit
