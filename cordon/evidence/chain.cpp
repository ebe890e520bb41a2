#include "cordon/evidence/chain.h"

#include <charconv>

#include "cordon/evidence/record_json.h"

namespace cordon::evidence {

namespace {

constexpr std::string_view kSequence = "{\"seq\":";
constexpr std::string_view kPrevious = ",\"prev\":\"";
constexpr std::size_t kHashDigits = 64;

struct Link {
  std::uint64_t sequence;
  std::string_view previous;
};

bool is_hash(std::string_view text) {
  return text.size() == kHashDigits && text.find_first_not_of("0123456789abcdef") == text.npos;
}

std::optional<Link> link_of(std::string_view line) {
  Link link{};
  if (!line.starts_with(kSequence) || !line.ends_with('}')) return {};
  line.remove_prefix(kSequence.size());
  const auto parsed = std::from_chars(line.data(), line.data() + line.size(), link.sequence);
  const auto digits = static_cast<std::size_t>(parsed.ptr - line.data());
  if (parsed.ec != std::errc{} || (digits > 1 && line.front() == '0')) return {};
  line.remove_prefix(digits);
  if (!line.starts_with(kPrevious)) return {};
  link.previous = line.substr(kPrevious.size(), kHashDigits);
  const auto after = line.substr(kPrevious.size() + link.previous.size());
  if (!is_hash(link.previous) || !after.starts_with("\",")) return {};
  return link;
}

}  // namespace

std::string chain_line(const Head& head, const Record& record) {
  return std::format("{}{}{}{}\"{}", kSequence, head.size, kPrevious, to_hex(head.hash), record_members(record));
}

std::optional<LinkFault> Chain::accept(std::string_view line) {
  const auto link = link_of(line);
  std::optional<LinkFault> fault;
  if (!link) {
    fault = LinkFault::malformed;
  } else if (link->sequence != head_.size) {
    fault = LinkFault::wrong_sequence;
  } else if (anchored_ && link->previous != to_hex(head_.hash)) {
    fault = LinkFault::wrong_previous;
  }
  head_ = {(link ? link->sequence : head_.size) + 1, crypto::sha256(as_bytes(line))};
  anchored_ = true;
  return fault;
}

}  // namespace cordon::evidence
