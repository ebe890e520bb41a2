#include "cordon/vault/record_key.h"

#include <algorithm>

#include "cordon/crypto/secret.h"

namespace cordon::vault {

Label::Label(std::string_view name) : size_(name.size()) { std::ranges::copy(name, bytes_.begin()); }

Label Label::personal(std::size_t place, const Pseudonym& pseudonym) {
  Label out("personal");
  out.bytes_[out.size_++] = static_cast<std::uint8_t>(place);
  std::ranges::copy(pseudonym, out.bytes_.begin() + static_cast<std::ptrdiff_t>(out.size_));
  out.size_ += pseudonym.size();
  return out;
}

Result<std::string> open_group(crypto::CommittingAead& aead, BytesView key, const SealedEntry& entry,
                               const Label& label, BytesView sealed) {
  return aead.open(key, entry.nonce, {entry.associated, label.view()}, sealed);
}

void wipe_keys(RecordKeys& keys) {
  if (keys.header) wipe(*keys.header);
  if (keys.analyst) wipe(*keys.analyst);
  for (auto& key : keys.personal) {
    if (key) wipe(*key);
  }
  keys = {};
}

Result<Opened> open_with(BytesView entry, const RecordKeys& keys) {
  const auto sealed = parse_entry(entry);
  if (!sealed) return std::unexpected(sealed.error());
  if (!keys.personal.empty() && keys.personal.size() != sealed->personal.size()) {
    return fail(ErrorKind::invalid_input, "these are the keys of another record: it has other subjects");
  }
  crypto::CommittingAead aead;
  Opened out;
  const auto open_text = [&](const std::optional<Bytes>& key, const Label& label, BytesView text,
                             std::string_view name) -> Result<std::string> {
    if (!key || text.empty()) return std::string();
    auto plain = open_group(aead, *key, *sealed, label, text);
    if (!plain) return std::unexpected(within(name, plain.error()));
    return plain;
  };
  auto header = open_text(keys.header, Label::header(), sealed->header, "header");
  if (!header) return std::unexpected(header.error());
  auto analyst = open_text(keys.analyst, Label::analyst(), sealed->analyst, "analyst's part");
  if (!analyst) return std::unexpected(analyst.error());
  out.header = std::move(*header);
  out.analyst = std::move(*analyst);
  for (std::size_t i = 0; i < sealed->personal.size(); ++i) {
    const auto& one = sealed->personal[i];
    Opened::Personal personal{one.pseudonym, std::nullopt, false};
    if (i < keys.personal.size() && keys.personal[i]) {
      auto payload = open_text(keys.personal[i], Label::personal(i, one.pseudonym), one.payload, "personal part");
      if (!payload) return std::unexpected(payload.error());
      personal.payload = std::move(*payload);
    }
    out.personal.push_back(std::move(personal));
  }
  return out;
}

}  // namespace cordon::vault
