// "PATTERN\nTEXT": compiled or refused with a sentence, and matched the same every time.
#include <cstdint>
#include <cstdlib>

#include "cordon/inspection/pattern.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cordon::inspection;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto end = text.find('\n');
  const auto pattern = Pattern::compile(text.substr(0, end));
  if (!pattern && pattern.error().message.empty()) std::abort();
  if (pattern && end != text.npos) {
    const auto subject = text.substr(end + 1);
    if (pattern->matches(subject) != pattern->matches(subject)) std::abort();
  }
  return 0;
}
