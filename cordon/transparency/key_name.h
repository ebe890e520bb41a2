// Names of keys in signed notes (C2SP signed-note, Format).
#pragma once

#include <string_view>

namespace cordon::transparency {

// Not empty, valid UTF-8, without plus, Unicode spaces and control characters; at most 255 octets, which is what a
// cosigned_message can carry (C2SP tlog-cosignature).
bool is_key_name(std::string_view name);

}  // namespace cordon::transparency
