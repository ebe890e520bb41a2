// The archive a bundle travels in: POSIX ustar (IEEE 1003.1 pax, "ustar Interchange Format") in its one plainest
// form, so that tar(1) shows it and two readers cannot disagree about it.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/base/bytes.h"
#include "cordon/base/result.h"

namespace cordon::bundle {

inline constexpr std::size_t kLongestArchive = std::size_t{64} << 20;
inline constexpr std::size_t kMostMembers = 1'000;  // with manifest and signatures

struct Member {
  std::string name;  // "policies/sbi.cedar"
  std::string content;
  bool operator==(const Member&) const = default;
};

struct MemberView {
  std::string_view name;
  std::string_view content;
};

// Relative, of [A-Za-z0-9._-] and '/', at most 100 bytes, no part empty or beginning with a dot.
Result<void> check_member_name(std::string_view name);

// Members in the order given; nothing in the result depends on the machine or the moment.
Result<Bytes> write_archive(std::span<const Member> members);

// Reads what write_archive writes and nothing else: links, devices, folders, extensions, odd names, members twice,
// missing and superfluous bytes are refused. The views point into archive.
Result<std::vector<MemberView>> read_archive(BytesView archive);

}  // namespace cordon::bundle
