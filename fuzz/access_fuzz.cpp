// Any bytes as an access evaluation: a request or an error, and the request is answered.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "cordon/administrator/access_request.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto kPolicies = cordon::policy::PolicySet::parse(
      "permit(principal, action, resource) when { context.n < principal.n }; forbid(principal, action, resource) "
      "when { resource.x };",
      "fuzz.cedar");
  const cordon::policy::Entities known;
  const auto asked = cordon::administrator::read_access_request({reinterpret_cast<const char*>(data), size}, known);
  if (!asked) return 0;
  cordon::policy::Entities entities(&known);
  for (const auto& entity : asked->entities) {
    if (!entities.add(entity)) std::abort();
  }
  const auto decision = kPolicies->decide(asked->request, entities);
  if (cordon::administrator::access_answer(*kPolicies, *asked, entities, decision).dump().empty()) std::abort();
  return 0;
}
