// Configuration from a file somebody else wrote: parsing and reading with any schema must end in a value or a
// sentence.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "cordon/base/bytes.h"
#include "cordon/base/config.h"

namespace {

void read_everything(cordon::ConfigMap& map, int depth) {
  map.required_text("name");
  map.text("name", "x");
  map.number("port", 1, 1, 65535);
  map.flag("strict", true);
  map.choice("mode", "observe", {"observe", "enforce"});
  map.texts("peers");
  if (depth < 3) {
    auto child = map.map("proxy");
    read_everything(child, depth + 1);
    for (auto& one : map.maps("routes")) read_everything(one, depth + 1);
  }
  map.finish();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto config = cordon::Config::parse(cordon::as_text({data, size}), "fuzz.yaml");
  if (!config) {
    if (config.error().message.empty()) std::abort();
    return 0;
  }
  read_everything(config->root(), 0);
  const auto checked = config->check();
  // A wrong value must not pass: what check() accepts has the name that required_text asks for.
  if (checked && !config->root().has("name")) std::abort();
  // One error a line, whatever the keys and values contain: no control character but the line end.
  if (!checked) {
    for (const char c : checked.error().message) {
      if (static_cast<unsigned char>(c) < 0x20 && c != '\n') std::abort();
    }
  }
  return 0;
}
