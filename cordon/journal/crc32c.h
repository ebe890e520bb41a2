// CRC-32C (RFC 3720 12.1, Castagnoli): tells what the disk did to a batch. Not a protection against people; the tree
// is.
#pragma once

#include <cstdint>
#include <string_view>

namespace cordon::journal {

std::uint32_t crc32c(std::string_view bytes);
std::uint32_t crc32c_by_table(std::string_view bytes);  // the same, for processors without the instruction

}  // namespace cordon::journal
