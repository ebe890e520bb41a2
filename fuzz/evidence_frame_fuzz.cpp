// What a stranger may say on the evidence writer's socket, or a false writer to a proxy: whole and in pieces alike.
#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "cordon/evidence/frame.h"

namespace {

using namespace cordon::evidence;

struct Heard {
  std::vector<std::string> payloads;
  bool failed = false;
  bool operator==(const Heard&) const = default;
};

Heard hear(cordon::BytesView bytes, std::size_t step) {
  Frames frames;
  Heard heard;
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    frames.add(bytes.subspan(at, std::min(step, bytes.size() - at)));
    auto next = frames.next();
    for (; next && *next; next = frames.next()) heard.payloads.emplace_back(**next);
    if (!next) return heard.failed = true, heard;
  }
  return heard;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto whole = hear({data, size}, size + 1);
  if (!(whole == hear({data, size}, 7))) std::abort();
  for (const auto& payload : whole.payloads) {
    if (const auto order = parse_order(payload); order && order->record) {
      std::string frame;
      append_order(frame, order->id, *order->record);
      if (frame.size() > kFrameLimit || !parse_order(std::string_view(frame).substr(4))) std::abort();
    }
    if (const auto said = parse_writer(payload)) {
      std::string frame;
      if (const auto* keys = std::get_if<EpochKeys>(&*said)) append_keys(frame, *keys);
      if (const auto* reply = std::get_if<AppendReply>(&*said)) append_reply(frame, *reply);
      if (!parse_writer(std::string_view(frame).substr(4))) std::abort();
    }
  }
  return 0;
}
