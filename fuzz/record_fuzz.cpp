// Records in JSON as somebody else may have written them, and texts with subscribers in them. What can be read is
// written in one form only.
#include <cstdlib>

#include "cordon/evidence/pseudonym.h"
#include "cordon/evidence/record.h"
#include "cordon/evidence/record_text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cordon::evidence;
  const auto text = cordon::as_text({data, size});
  const Pseudonyms pseudonyms(cordon::Bytes(32, 1));
  std::vector<Subject> found;
  const auto once = pseudonyms.pseudonymise(text, found);
  if (once.size() > 30 * text.size() || once != pseudonyms.pseudonymise(text)) std::abort();
  if (found.size() > kMostSubjects) std::abort();
  for (const auto& subject : found) {
    if (subject.pseudonym != pseudonyms.of(subject.identifier) || !once.contains(subject.pseudonym)) std::abort();
  }
  std::string scratch;
  const auto restored = without_references(with_references(once, found, scratch), found);
  if (!restored || *restored != once) std::abort();
  const auto record = decode(text);
  if (!record) return 0;
  const auto line = encode(*record);
  if (line.size() > kLongestJson || line.contains('\n')) std::abort();
  const auto again = decode(line);
  if (!again || encode(*again) != line) std::abort();
  return 0;
}
