#include "cordon/transparency/witness_request.h"

#include "cordon/base/text.h"
#include "cordon/transparency/lines.h"

namespace cordon::transparency {

std::string AddCheckpoint::text() const {
  auto out = std::format("old {}\n", old_size);
  for (const auto& hash : consistency) out += line_of(hash);
  return out + "\n" + checkpoint.whole();
}

Result<AddCheckpoint> parse_add_checkpoint(std::string_view body) {
  constexpr std::string_view kOld = "old ";
  AddCheckpoint request;
  const auto first = take_line(body).value_or("");
  const auto old_size = first.starts_with(kOld) ? decimal(first.substr(kOld.size())) : std::nullopt;
  if (!old_size) {
    return fail(ErrorKind::invalid_input, std::format("add-checkpoint: '{}' is not 'old SIZE'", printable(first)));
  }
  request.old_size = *old_size;
  auto hashes = take_hashes(body, "consistency proof");
  if (!hashes) return std::unexpected(within("add-checkpoint", hashes.error()));
  request.consistency = std::move(*hashes);
  auto note = parse_note(body);
  if (!note) return std::unexpected(within("add-checkpoint", note.error()));
  if (auto checkpoint = parse_checkpoint(note->text); !checkpoint) {
    return std::unexpected(within("add-checkpoint", checkpoint.error()));
  }
  request.checkpoint = std::move(*note);
  return request;
}

}  // namespace cordon::transparency
