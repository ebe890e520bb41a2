// A note, a checkpoint or a verifier key that is read is written again to the same text.
#include <cstdint>
#include <cstdlib>

#include "cordon/transparency/note.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cordon::transparency;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto key = VerifierKey::parse(text); key && key->text() != text) std::abort();
  if (const auto checkpoint = parse_checkpoint(text); checkpoint && checkpoint->text() != text) std::abort();
  const auto note = parse_note(text);
  if (!note) return 0;
  if (note->whole() != text) std::abort();
  // That key has signed one text, which is in the specification (C2SP signed-note).
  static const auto key =
      VerifierKey::parse("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k").value();
  if (verify_signature(*note, key) && note->text != "This is an example message.\n") std::abort();
  return 0;
}
