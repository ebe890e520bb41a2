#include "cordon/bundle/archive.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>

#include "cordon/base/text.h"

namespace cordon::bundle {

namespace {

constexpr std::size_t kBlock = 512;
constexpr std::size_t kLongestName = 100;  // of the name field; the prefix field is never used
constexpr std::size_t kEnd = 2 * kBlock;   // two blocks of zeros

struct Field {
  std::size_t at;
  std::size_t size;
};
constexpr Field kName{0, 100}, kMode{100, 8}, kUid{108, 8}, kGid{116, 8}, kSize{124, 12}, kTime{136, 12},
    kSum{148, 8}, kMagic{257, 8}, kMajor{329, 8}, kMinor{337, 8}, kPrefix{345, 155};
constexpr std::size_t kType = 156;
constexpr std::string_view kUstar{
    "ustar\0"
    "00",
    8};

using Header = std::array<char, kBlock>;

std::size_t padded(std::size_t size) { return (size + kBlock - 1) / kBlock * kBlock; }

void put_text(Header& header, Field field, std::string_view text) {
  std::ranges::copy(text, header.begin() + static_cast<std::ptrdiff_t>(field.at));
}

void put_octal(Header& header, Field field, std::size_t number) {
  put_text(header, field, std::format("{:0{}o}", number, field.size - 1));
}

// Its own field counts as eight spaces.
std::size_t checksum(std::string_view header) {
  std::size_t sum = 0;
  for (std::size_t i = 0; i < kBlock; ++i) {
    const bool own = i >= kSum.at && i < kSum.at + kSum.size;
    sum += own ? static_cast<std::size_t>(' ') : static_cast<unsigned char>(header[i]);
  }
  return sum;
}

Header header_of(std::string_view name, std::size_t size) {
  Header header{};
  put_text(header, kName, name);
  put_octal(header, kMode, 0644);
  put_octal(header, kUid, 0);
  put_octal(header, kGid, 0);
  put_octal(header, kSize, size);
  put_octal(header, kTime, 0);
  header[kType] = '0';
  put_text(header, kMagic, kUstar);
  put_octal(header, kMajor, 0);
  put_octal(header, kMinor, 0);
  put_text(header, kSum, std::format("{:06o}", checksum({header.data(), kBlock})));
  header[kSum.at + 7] = ' ';
  return header;
}

std::string_view text_in(std::string_view header, Field field) {
  const auto whole = header.substr(field.at, field.size);
  return whole.substr(0, whole.find('\0'));
}

std::optional<std::size_t> octal_in(std::string_view header, Field field) {
  const auto digits = text_in(header, field);
  std::size_t number = 0;
  const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number, 8);
  const bool whole = error == std::errc{} && stop == digits.data() + digits.size();
  return whole && !digits.starts_with('-') ? std::optional(number) : std::nullopt;
}

std::string_view words_of_type(char type) {
  switch (type) {
    case '1':
    case '2':
      return "a link";
    case '3':
    case '4':
    case '6':
      return "a device";
    case '5':
      return "a folder";
    case 'x':
    case 'g':
    case 'L':
    case 'K':
      return "an extended header";
    default:
      return "of an unknown type";
  }
}

std::unexpected<Error> wrong(std::string message) { return fail(ErrorKind::invalid_input, std::move(message)); }

std::string full_name(std::string_view header) {
  const auto prefix = text_in(header, kPrefix);
  return std::string(prefix) + (prefix.empty() ? "" : "/") + std::string(text_in(header, kName));
}

// The header as read is the one we would have written, byte for byte: nothing hides in a field nobody looks at.
Result<MemberView> read_header(std::string_view header) {
  if (header.substr(kMagic.at, kMagic.size) != kUstar) return wrong("not a bundle: no tar archive (POSIX ustar)");
  const auto name = full_name(header);
  if (octal_in(header, kSum) != checksum(header)) {
    return wrong(std::format("the archive's header of '{}' is damaged: its checksum is wrong", printable(name)));
  }
  if (header[kType] != '0') {
    return wrong(std::format("member '{}' is {}: a bundle holds plain files only", printable(name),
                             words_of_type(header[kType])));
  }
  if (auto checked = check_member_name(name); !checked) return std::unexpected(checked.error());
  const auto size = octal_in(header, kSize);
  if (!size || *size > kLongestArchive || !std::ranges::equal(header, header_of(name, *size))) {
    return wrong(
        std::format("the archive's header of '{}' is not as a bundle's is written: make bundles with "
                    "'cordon policy bundle create', not with tar",
                    printable(name)));
  }
  return MemberView{header.substr(kName.at, name.size()), header.substr(0, 0)};
}

bool all_zero(std::string_view bytes) {
  return std::ranges::all_of(bytes, [](char c) { return c == '\0'; });
}

// One after the other, from the front of what is left.
class Members {
 public:
  explicit Members(std::string_view archive) : left_(archive) {}

  bool at_end() const { return left_.size() >= kBlock && all_zero(left_.substr(0, kBlock)); }

  Result<MemberView> next() {
    if (left_.size() < kBlock) return wrong("the archive is truncated: it ends without its closing blocks");
    auto member = read_header(left_.substr(0, kBlock));
    if (!member) return member;
    const auto size = *octal_in(left_, kSize);  // read_header has seen that it is a number
    if (left_.size() - kBlock < padded(size)) {
      return wrong(std::format("the archive is truncated within '{}'", member->name));
    }
    member->content = left_.substr(kBlock, size);
    if (!all_zero(left_.substr(kBlock + size, padded(size) - size))) {
      return wrong(std::format("there are stray bytes after the content of '{}'", member->name));
    }
    left_.remove_prefix(kBlock + padded(size));
    return member;
  }

  Result<void> finish() const {
    if (left_.size() < kEnd) return wrong("the archive is truncated: it ends without its closing blocks");
    if (left_.size() > kEnd || !all_zero(left_)) return wrong("there are bytes after the archive's end: remove them");
    return {};
  }

 private:
  std::string_view left_;
};

std::unexpected<Error> too_long() {
  return wrong(std::format("the archive is longer than {} MiB", kLongestArchive >> 20));
}

std::unexpected<Error> too_many() {
  return wrong(std::format("more than {} members: put several policies into one file", kMostMembers));
}

}  // namespace

Result<void> check_member_name(std::string_view name) {
  const auto refused = [&](std::string_view why) {
    return wrong(std::format("member name '{}' {}", printable(name), why));
  };
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-' || c == '/';
  };
  if (name.empty() || name.size() > kLongestName) return refused("must have 1 to 100 bytes");
  if (name.front() == '/') return refused("is an absolute path: a bundle's names are relative");
  if (!std::ranges::all_of(name, allowed)) return refused("may hold only letters, digits and . _ - /");
  for (const auto part : split(name, '/')) {
    if (part == "..") return refused("leaves the bundle: '..' is not allowed");
    if (part.empty() || part.starts_with('.')) return refused("has an empty or hidden part");
  }
  return {};
}

Result<Bytes> write_archive(std::span<const Member> members) {
  if (members.size() > kMostMembers) return too_many();
  Bytes out;
  for (const auto& [name, content] : members) {
    if (auto checked = check_member_name(name); !checked) return std::unexpected(checked.error());
    if (out.size() + kBlock + padded(content.size()) + kEnd > kLongestArchive) return too_long();
    const auto header = header_of(name, content.size());
    out.insert(out.end(), header.begin(), header.end());
    out.insert(out.end(), content.begin(), content.end());
    out.resize(padded(out.size()));
  }
  out.resize(out.size() + kEnd);
  return out;
}

Result<std::vector<MemberView>> read_archive(BytesView archive) {
  if (archive.size() > kLongestArchive) return too_long();
  Members members(as_text(archive));
  std::vector<MemberView> out;
  std::set<std::string_view> names;
  while (!members.at_end()) {
    auto member = members.next();
    if (!member) return std::unexpected(member.error());
    if (!names.insert(member->name).second) return wrong(std::format("member '{}' is there twice", member->name));
    if (out.size() == kMostMembers) return too_many();
    out.push_back(*member);
  }
  if (auto finished = members.finish(); !finished) return std::unexpected(finished.error());
  return out;
}

}  // namespace cordon::bundle
