#include "cordon/transparency/log_proof.h"

#include "cordon/base/text.h"
#include "cordon/transparency/lines.h"

namespace cordon::transparency {

namespace {

constexpr std::string_view kTitle = "c2sp.org/tlog-proof@v1";
constexpr std::string_view kExtra = "extra ";
constexpr std::string_view kIndex = "index ";
constexpr std::size_t kLongest = 256U << 10;  // a note of 64 KiB, 63 hashes, and room for extra data

std::unexpected<Error> refuse(std::string message) {
  return fail(ErrorKind::invalid_input, "log proof: " + std::move(message));
}

}  // namespace

std::string LogProof::text() const {
  auto out = std::format("{}\n", kTitle);
  if (extra) out += std::format("{}{}\n", kExtra, to_base64(*extra));
  out += std::format("{}{}\n", kIndex, index);
  for (const auto& hash : inclusion) out += line_of(hash);
  return out + "\n" + checkpoint.whole();
}

Result<LogProof> parse_log_proof(std::string_view text) {
  if (text.size() > kLongest) return refuse("more than 256 KiB");
  LogProof proof;
  if (take_line(text) != kTitle) return refuse(std::format("the first line is not '{}'", kTitle));
  auto line = take_line(text).value_or("");
  if (line.starts_with(kExtra)) {
    auto extra = from_base64(line.substr(kExtra.size()));
    if (!extra) return refuse("the extra data are not base64");
    proof.extra = std::move(*extra);
    line = take_line(text).value_or("");
  }
  const auto index = line.starts_with(kIndex) ? decimal(line.substr(kIndex.size())) : std::nullopt;
  if (!index) return refuse(std::format("'{}' is not 'index NUMBER'", printable(line)));
  proof.index = *index;
  auto hashes = take_hashes(text, "inclusion proof");
  if (!hashes) return std::unexpected(within("log proof", hashes.error()));
  proof.inclusion = std::move(*hashes);
  auto note = parse_note(text);
  if (!note) return std::unexpected(within("log proof", note.error()));
  proof.checkpoint = std::move(*note);
  return proof;
}

Result<Checkpoint> verify_log_proof(const LogProof& proof, BytesView entry, const TrustPolicy& policy) {
  const auto witnessed = verify_checkpoint(proof.checkpoint, policy);
  if (!witnessed) return std::unexpected(witnessed.error());
  if (!witnessed->quorum) {
    return fail(ErrorKind::permission, std::format("the checkpoint lacks cosignatures: {} of the trusted witnesses "
                                                   "signed it, which is not the quorum '{}'",
                                                   witnessed->witnesses.size(), printable(policy.quorum)));
  }
  auto checkpoint = parse_checkpoint(proof.checkpoint.text);
  if (!checkpoint) return checkpoint;
  const auto included =
      verify_inclusion(leaf_hash(entry), proof.index, checkpoint->size, proof.inclusion, checkpoint->root);
  if (!included) return std::unexpected(included.error());
  return checkpoint;
}

}  // namespace cordon::transparency
