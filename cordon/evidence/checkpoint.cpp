#include "cordon/evidence/checkpoint.h"

#include <algorithm>
#include <charconv>

#include "cordon/base/file.h"
#include "cordon/base/text.h"
#include "cordon/evidence/key_file.h"
#include "cordon/evidence/segment.h"

namespace cordon::evidence {

namespace {

constexpr std::string_view kTitle = "cordon-evidence-checkpoint-v1";
constexpr std::string_view kSignature = "signature ";
constexpr std::size_t kFileLimit = 4096;
constexpr std::string_view kPrivateKeyFile = "log-key.pem";
constexpr std::string_view kPublicKeyFile = "log-key.pub";

std::string signed_text(const Checkpoint& checkpoint) {
  return std::format("{}\nsize {}\nhead {}\ntime {}\n", kTitle, checkpoint.head.size, to_hex(checkpoint.head.hash),
                     format_time(checkpoint.time));
}

std::unexpected<Error> unreadable(std::string_view what) {
  return fail(ErrorKind::corrupt, std::format("checkpoint: {}; restore the file from a copy", what));
}

// The value of "name value"; empty when the line is another one.
std::string_view value_of(std::string_view line, std::string_view name) {
  if (!line.starts_with(name) || !line.substr(name.size()).starts_with(' ')) return {};
  return line.substr(name.size() + 1);
}

Result<Checkpoint> parse(std::string_view text) {
  const auto lines = split(text, '\n');
  if (lines.size() != 5 || lines[0] != kTitle) return unreadable("not a checkpoint of this version");
  Checkpoint checkpoint;
  const auto size = value_of(lines[1], "size");
  const auto parsed = std::from_chars(size.data(), size.data() + size.size(), checkpoint.head.size);
  const auto head = from_hex(value_of(lines[2], "head"));
  const auto time = parse_time(value_of(lines[3], "time"));
  if (parsed.ec != std::errc{} || !head || head->size() != checkpoint.head.hash.size() || !time) {
    return unreadable("size, head or time is malformed");
  }
  std::ranges::copy(*head, checkpoint.head.hash.begin());
  checkpoint.time = *time;
  if (signed_text(checkpoint) != text) return unreadable("not in its one written form");
  return checkpoint;
}

}  // namespace

Result<std::string> sign_checkpoint(const Checkpoint& checkpoint, const crypto::PrivateKey& key) {
  const auto text = signed_text(checkpoint);
  const auto signature = key.sign(as_bytes(text));
  if (!signature) return std::unexpected(within("checkpoint", signature.error()));
  return std::format("{}{}{}\n", text, kSignature, to_base64(*signature));
}

Result<Checkpoint> read_checkpoint(std::string_view text, const crypto::PublicKey& key) {
  const auto place = text.find(kSignature);
  if (place == text.npos || !text.ends_with('\n')) return unreadable("no signature line");
  const auto body = text.substr(0, place);
  const auto signature =
      from_base64(text.substr(place + kSignature.size(), text.size() - place - kSignature.size() - 1));
  if (!signature) return unreadable("the signature is not base64");
  if (!key.verify(as_bytes(body), *signature)) {
    return fail(ErrorKind::corrupt,
                "checkpoint: the signature is not of this log's key: the file or the key was replaced");
  }
  return parse(body);
}

Result<void> store_checkpoint(Disk& disk, const Checkpoint& checkpoint, const crypto::PrivateKey& key) {
  const auto text = sign_checkpoint(checkpoint, key);
  if (!text) return std::unexpected(text.error());
  return replace_file(disk, std::string(kCheckpointFile), *text);
}

Result<std::optional<Checkpoint>> load_checkpoint(Disk& disk, const crypto::PublicKey& key) {
  const auto text = read_all(disk, std::string(kCheckpointFile), kFileLimit);
  if (!text && text.error().kind == ErrorKind::not_found) return std::nullopt;
  if (!text) return std::unexpected(text.error());
  auto checkpoint = read_checkpoint(*text, key);
  if (!checkpoint) return std::unexpected(within(disk.name(), checkpoint.error()));
  return *checkpoint;
}

Result<crypto::PrivateKey> log_key(const std::filesystem::path& folder) {
  auto disk = open_disk(folder);
  if (!disk) return std::unexpected(disk.error());
  const auto segments = list_segments(**disk);
  if (!segments) return std::unexpected(segments.error());
  const auto pem = secret_file(folder / kPrivateKeyFile, [&]() -> Result<std::string> {
    if (segments->empty())
      return crypto::PrivateKey::generate(crypto::KeyKind::ed25519).transform(&crypto::PrivateKey::pem);
    return fail(
        ErrorKind::not_found,
        std::format("{} is missing although the log has records: restore it from a copy, or move the folder aside to "
                    "begin a new log",
                    (folder / kPrivateKeyFile).string()));
  });
  if (!pem) return std::unexpected(pem.error());
  auto key = crypto::PrivateKey::from_pem(*pem);
  if (!key) return std::unexpected(within((folder / kPrivateKeyFile).string(), key.error()));
  const auto public_pem = key->public_key().pem();
  if (read_file(folder / kPublicKeyFile) == public_pem) return key;
  if (auto written = write_file(folder / kPublicKeyFile, public_pem); !written)
    return std::unexpected(written.error());
  return key;
}

Result<crypto::PublicKey> log_public_key(const std::filesystem::path& folder) {
  const auto pem = read_file(folder / kPublicKeyFile);
  if (!pem) return std::unexpected(pem.error());
  auto key = crypto::PublicKey::from_pem(*pem);
  if (!key) return std::unexpected(within((folder / kPublicKeyFile).string(), key.error()));
  return key;
}

}  // namespace cordon::evidence
