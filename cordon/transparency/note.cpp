#include "cordon/transparency/note.h"

#include <algorithm>
#include <array>

#include "cordon/base/text.h"
#include "cordon/transparency/key_name.h"
#include "cordon/transparency/lines.h"

namespace cordon::transparency {

namespace {

constexpr std::size_t kLongestNote = 64U << 10;
constexpr std::size_t kMostSignatures = 64;
constexpr std::string_view kSignatureStart = "\u2014 ";

std::unexpected<Error> refuse(std::string message) { return fail(ErrorKind::invalid_input, "note: " + message); }

// C2SP signed-note: valid UTF-8 without control characters below U+0020 other than the line end.
bool is_note_text(std::string_view text) {
  while (!text.empty()) {
    const auto length = utf8_length(text);
    if (length == 0 || (static_cast<std::uint8_t>(text.front()) < 0x20 && text.front() != '\n')) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::uint32_t big_endian_32(BytesView bytes) {
  std::uint32_t value = 0;
  for (const auto byte : bytes.first(4)) value = value << 8U | byte;
  return value;
}

Result<NoteSignature> parse_signature(std::string_view line) {
  const auto malformed = [&] { return refuse(std::format("'{}' is not a signature line", printable(line))); };
  if (!line.starts_with(kSignatureStart)) return malformed();
  const auto rest = line.substr(kSignatureStart.size());
  const auto space = rest.find(' ');
  if (space == std::string_view::npos || !is_key_name(rest.substr(0, space))) return malformed();
  const auto bytes = from_base64(rest.substr(space + 1));
  if (!bytes || bytes->size() < 5) return malformed();
  return NoteSignature{std::string(rest.substr(0, space)), big_endian_32(*bytes),
                       Bytes(bytes->begin() + 4, bytes->end())};
}

}  // namespace

std::string NoteSignature::line() const {
  Bytes bytes;
  bytes.reserve(4 + signature.size());
  for (const auto shift : {24U, 16U, 8U, 0U}) bytes.push_back(static_cast<std::uint8_t>(id >> shift));
  bytes.insert(bytes.end(), signature.begin(), signature.end());
  return std::format("{}{} {}\n", kSignatureStart, name, to_base64(bytes));
}

std::string Note::whole() const {
  auto out = text + "\n";
  for (const auto& signature : signatures) out += signature.line();
  return out;
}

Result<Note> parse_note(std::string_view whole) {
  if (whole.size() > kLongestNote) return refuse("more than 64 KiB");
  if (!is_note_text(whole)) return refuse("not UTF-8, or control characters in it");
  // The text may hold empty lines: the last one separates.
  const auto blank = whole.rfind("\n\n");
  if (blank == std::string_view::npos) return refuse("no empty line between text and signatures");
  Note note{.text = std::string(whole.substr(0, blank + 1)), .signatures = {}};
  auto rest = whole.substr(blank + 2);
  while (const auto line = take_line(rest)) {
    if (note.signatures.size() == kMostSignatures) return refuse("more than 64 signatures");
    auto signature = parse_signature(*line);
    if (!signature) return std::unexpected(signature.error());
    note.signatures.push_back(std::move(*signature));
  }
  if (!rest.empty()) return refuse("no line end after the last signature");
  if (note.signatures.empty()) return refuse("no signature");
  return note;
}

// === Checkpoint

std::string Checkpoint::text() const { return std::format("{}\n{}\n{}", origin, size, line_of(root)); }

Result<Checkpoint> parse_checkpoint(std::string_view note_text) {
  const auto origin = take_line(note_text);
  const auto size = take_line(note_text);
  const auto root = take_line(note_text);
  if (!root) return fail(ErrorKind::invalid_input, "checkpoint: fewer than three lines");
  if (!note_text.empty()) return fail(ErrorKind::invalid_input, "checkpoint: extension lines are not accepted");
  if (origin->empty() || !is_note_text(*origin)) return fail(ErrorKind::invalid_input, "checkpoint: no origin");
  const auto leaves = decimal(*size);
  if (!leaves) {
    return fail(ErrorKind::invalid_input, std::format("checkpoint: '{}' is not a tree size", printable(*size)));
  }
  const auto hash = hash_of_line(*root);
  if (!hash) return std::unexpected(within("checkpoint", hash.error()));
  return Checkpoint{std::string(*origin), *leaves, *hash};
}

}  // namespace cordon::transparency
