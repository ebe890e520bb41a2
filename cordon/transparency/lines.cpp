#include "cordon/transparency/lines.h"

#include <algorithm>
#include <charconv>

#include "cordon/base/text.h"

namespace cordon::transparency {

std::optional<std::string_view> take_line(std::string_view& text) {
  const auto end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const auto line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

std::optional<std::uint64_t> decimal(std::string_view digits) {
  if (digits.size() > 1 && digits.front() == '0') return std::nullopt;
  std::uint64_t value = 0;
  const auto* const last = digits.data() + digits.size();
  const auto [end, error] = std::from_chars(digits.data(), last, value);
  if (error != std::errc{} || end != last) return std::nullopt;
  return value;
}

Result<Hash> hash_of_line(std::string_view line) {
  const auto bytes = from_base64(line);
  if (!bytes || bytes->size() != sizeof(Hash)) {
    return fail(ErrorKind::invalid_input, std::format("'{}' is not a SHA-256 hash in base64", printable(line)));
  }
  Hash hash;
  std::ranges::copy(*bytes, hash.begin());
  return hash;
}

std::string line_of(const Hash& hash) { return to_base64(hash) + "\n"; }

Result<std::vector<Hash>> take_hashes(std::string_view& text, std::string_view what) {
  std::vector<Hash> hashes;
  for (;;) {
    const auto line = take_line(text);
    if (!line) return fail(ErrorKind::invalid_input, std::format("no empty line after the {}", what));
    if (line->empty()) return hashes;
    if (hashes.size() == kMostHashes) {
      return fail(ErrorKind::invalid_input, std::format("more than {} hashes of {}", kMostHashes, what));
    }
    const auto hash = hash_of_line(*line);
    if (!hash) return std::unexpected(within(what, hash.error()));
    hashes.push_back(*hash);
  }
}

}  // namespace cordon::transparency
