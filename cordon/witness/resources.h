// Where the files of a log are read from: a folder, or over HTTP.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "cordon/transparency/tile.h"

namespace cordon::witness {

inline constexpr std::chrono::milliseconds kReadTime{30'000};

// place: http://HOST[:PORT][/PREFIX], a log's folder (with public/ in it), or a folder of tiles. Errors: not_found
// when the place has no such file, unavailable when it cannot be reached. Not for several threads at a time.
Result<transparency::ReadResource> resources_of(const std::string& place,
                                                std::chrono::milliseconds limit = kReadTime);

// The same, and where a partial tile is gone, the beginning of the full one (C2SP tlog-tiles: a log may delete
// partial tiles once they are full).
transparency::ReadResource with_full_tiles(transparency::ReadResource read);

}  // namespace cordon::witness
