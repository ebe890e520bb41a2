// "ACTION\nCONTENT-TYPE\nBODY": facts are drawn or refused with a sentence, and the same every time.
#include <cstdint>
#include <cstdlib>

#include "cordon/wire/sbi/facts.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cordon::wire::sbi;
  std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto line = [&] {
    const auto result = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), result.size() + 1));
    return result;
  };
  const auto* operation = find_operation(line());
  const auto type = line();
  if (operation == nullptr) operation = &operations().front();
  const Classified classified{operation, {}, {}, nullptr};
  const auto facts = body_facts(*operation, classified, type, text);
  if (!facts && facts.error().message.empty()) std::abort();
  const auto again = body_facts(*operation, classified, type, text);
  if (facts.has_value() != again.has_value()) std::abort();
  if (facts && facts->asserted != again->asserted) std::abort();
  return 0;
}
