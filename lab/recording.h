// A recording of SBI traffic: one JSON object a line, as lab/recordings/README.md describes.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/base/result.h"
#include "cordon/wire/message.h"
#include "lab/nf_type.h"

namespace cordon::lab {

struct RecordingLimits {
  std::size_t bytes = 64U << 20;
  std::size_t exchanges = 100'000;
};

struct Exchange {
  std::size_t index = 0;  // line of the file, from 0
  NfType caller = NfType::nrf;
  NfType target = NfType::nrf;
  wire::Request request;  // scheme, authority, headers and body as recorded; no content-length
  wire::Response response;
};

// "line 12: ...": every exchange must be between two of the nine.
Result<std::vector<Exchange>> parse_recording(std::string_view text, const RecordingLimits& limits = {});

// One exchange that took effect before an earlier line: the recorder saw both within a fraction of a millisecond.
struct Overlap {
  std::size_t play = 0;
  std::size_t before = 0;
};
Result<std::vector<Overlap>> parse_overlaps(std::string_view text);
std::vector<Exchange> in_order_of_effect(std::vector<Exchange> exchanges, const std::vector<Overlap>& overlaps);

// Reads NAME.jsonl, and NAME.overlaps.json beside it when there is one; exchanges come in the order of their effect.
Result<std::vector<Exchange>> load_recording(const std::filesystem::path& path, const RecordingLimits& limits = {});

}  // namespace cordon::lab
