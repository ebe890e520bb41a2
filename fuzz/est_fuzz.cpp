// EST and policy-set JSON: what is read must be printable, parse again and mean the same.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "cordon/notation/limits.h"
#include "cordon/notation/notation.h"
#include "cordon/policy/parse.h"

namespace {

using namespace cordon;

void check(bool holds) {
  if (!holds) std::abort();
}

void one_policy(const wire::Json& json) {
  const auto policy = notation::policy_from_json(json);
  if (!policy) return;
  const wire::Json written = notation::to_json(*policy);
  if (written.is_null()) return;
  const auto parsed = policy::parse_policies(notation::to_text(*policy));
  check(parsed && parsed->size() == 1 && notation::to_json(parsed->front()) == written);
  const auto read = notation::policy_from_json(written);
  check(read && notation::to_json(*read) == written);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto json = wire::parse_json(text, notation::kPolicyLimits)) one_policy(*json);
  if (const auto set = notation::policy_set_from_json(text, "fuzz")) {
    const wire::Json written = notation::to_json(*set);
    if (!written.is_null()) check(notation::policy_set_from_json(written.dump(), "again").has_value());
  }
  if (const auto once = notation::format(text, "fuzz")) {
    const auto twice = notation::format(*once, "again");
    check(twice && *twice == *once);
  } else {
    check(once.error().kind != ErrorKind::internal);
  }
  return 0;
}
