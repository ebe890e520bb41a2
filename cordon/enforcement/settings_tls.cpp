#include "cordon/enforcement/settings_sections.h"

namespace cordon::enforcement {

TlsFiles read_tls(ConfigMap map, const std::filesystem::path& folder, bool needed) {
  const auto file = [&](std::string_view key) {
    return needed ? folder / map.required_text(key) : folder / map.text(key, "");
  };
  TlsFiles tls;
  tls.certificate = file("certificate");
  tls.key = file("key");
  tls.callers = file("callers");
  tls.producers = file("producers");
  // TS 33.210 6.2 asks for 1.2 and 1.3; 1.3 alone is stricter, so 1.2 is an explicit choice.
  if (map.flag("tls12", false)) tls.lowest = crypto::TlsVersion::tls12;
  tls.groups = map.texts("groups");
  map.finish();
  return tls;
}

}  // namespace cordon::enforcement
