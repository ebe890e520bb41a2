// Tables of subjects' keys as a crash or an intruder may leave them: read, repaired, and rows destroyed.
#include <cstdlib>

#include "cordon/base/file.h"
#include "cordon/base/temporary_folder.h"
#include "cordon/vault/subject_table.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cordon;
  using namespace cordon::vault;
  static const TemporaryFolder place;
  const auto file = place / "subjects-1";
  const Bytes key(32, 7);
  if (!write_file(file, as_text({data, size}), 0600)) std::abort();
  auto table = SubjectTable::load(file, 1, key);
  if (!table) return 0;
  if (!table->repair_end()) std::abort();
  const Pseudonym subject{1, 2, 3};
  const auto found = table->find(subject);
  if (!found) std::abort();  // what does not unwrap was destroyed just now
  const auto made = table->add(subject);
  if (!made || !table->flush()) std::abort();
  const auto again = SubjectTable::load(file, 1, key);
  if (!again || !*again->find(subject) || (*again->find(subject))->text() != made->text()) std::abort();
  if (destroy_rows(file, 1, [](BytesView) { return true; }).value_or(0) == 0) std::abort();
  return 0;
}
