// Any bytes as policy text: parsing must end with an error or a set, and a set must answer a fixed request, the same
// with and without the index of actions.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "cordon/policy/explain.h"
#include "cordon/policy/policy.h"

namespace {

using cordon::policy::Entities;
using cordon::policy::EntityUid;
using cordon::policy::Profile;
using cordon::policy::Record;
using cordon::policy::Request;
using cordon::policy::Search;
using cordon::policy::Value;

const Entities& entities() {
  static const Entities kStore = [] {
    Entities store;
    const bool added =
        store.add({{"Nf", "a"}, {{"nfType", "AMF"}, {"peer", EntityUid{"Nf", "b"}}}, {{"NfType", "AMF"}}}) &&
        store.add({{"Action", "s:Op"}, {}, {{"Action", "s"}}});
    if (!added) std::abort();
    return store;
  }();
  return kStore;
}

Request request() {
  return {.principal = {"Nf", "a"},
          .action = {"Action", "s:Op"},
          .resource = {"Service", "b/s"},
          .context = {{"n", 1},
                      {"text", "imsi-999700000000001"},
                      {"set", Value::set({1, "a", EntityUid{"Nf", "a"}})},
                      {"body", Record{{"nfType", "AMF"}}}}};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto set = cordon::policy::PolicySet::parse(text, "fuzz.cedar");
  if (!set) {
    if (!set.error().message.starts_with("fuzz.cedar")) std::abort();  // every error names its place
    return 0;
  }
  const auto indexed = set->decide(request(), entities());
  const auto all = set->decide(request(), entities(), Profile::fail_closed, Search::every);
  if (indexed.allow != all.allow || indexed.determining != all.determining) std::abort();
  if (describe(*set, request(), entities(), indexed).empty()) std::abort();
  return 0;
}
