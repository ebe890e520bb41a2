// Lines of an evidence log as somebody else may have written them. What can be read is written in one form only.
#include <cstdlib>

#include "cordon/evidence/chain.h"
#include "cordon/evidence/pseudonym.h"
#include "cordon/evidence/record.h"
#include "cordon/evidence/record_json.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cordon::evidence;
  const auto text = cordon::as_text({data, size});
  Chain().accept(text);
  const Pseudonyms pseudonyms(cordon::Bytes(32, 1));
  const auto once = pseudonyms.pseudonymise(text);
  if (once.size() > 30 * text.size()) std::abort();
  const auto record = decode(text);
  if (!record) return 0;
  const auto line = encode(*record);
  if (line.size() > kLineLimit || line.contains('\n')) std::abort();
  const auto again = decode(line);
  if (!again || encode(*again) != line) std::abort();
  // As a line of the log it continues the chain, and its successor refuses any other.
  Chain chain;
  const auto first = chain_line({}, *record);
  if (chain.accept(first) || chain.accept(chain_line(chain.head(), *record))) std::abort();
  return 0;
}
