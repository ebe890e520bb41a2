// An answer of the index, a released file and a list of auditors: what is read is written again as it was, and
// verifying it never falls over.
#include <cstdlib>

#include "cordon/audit/release_file.h"
#include "cordon/audit/rules.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cordon;
  const BytesView bytes(data, size);
  if (const auto answer = audit::parse_answer(bytes)) {
    if (as_text(as_bytes(audit::encode(*answer))) != as_text(bytes)) std::abort();
    static_cast<void>(audit::verify_answer(*answer, {.origin = "fuzz", .size = 100, .root = {}}));
  }
  if (const auto file = audit::parse_release_file(bytes)) {
    if (as_text(as_bytes(audit::encode(*file))) != as_text(bytes)) std::abort();
    static_cast<void>(audit::verify_release(*file, std::nullopt));
  }
  if (const auto auditors = audit::parse_auditors(as_text(bytes), "fuzz")) {
    if (audit::parse_auditors(audit::text_of(*auditors), "fuzz") != auditors) std::abort();
  }
  if (const auto place = audit::parse_statement_place(as_text(bytes))) {
    if (place->text() != as_text(bytes)) std::abort();
  }
  return 0;
}
