// Any bytes as policy text: parsing must end with an error or a set, and a set must answer a fixed request, the same
// with and without the index. Templates are linked, so that their conditions are evaluated too.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "cordon/policy/explain.h"
#include "cordon/policy/policy.h"

namespace {

using cordon::policy::Entities;
using cordon::policy::EntityUid;
using cordon::policy::PolicySet;
using cordon::policy::Profile;
using cordon::policy::Reading;
using cordon::policy::Record;
using cordon::policy::Request;
using cordon::policy::Search;
using cordon::policy::Value;

const Entities& entities() {
  static const Entities kStore = [] {
    Entities store;
    const bool added = store.add({{"Nf", "a"},
                                  {{"nfType", "AMF"}, {"peer", EntityUid{"Nf", "b"}}},
                                  {{"NfType", "AMF"}},
                                  {{"zone", "red"}, {"net", *cordon::policy::ip_of("10.0.0.0/8")}}}) &&
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
                      {"now", *cordon::policy::datetime_of("2026-01-01")},
                      {"age", *cordon::policy::duration_of("1h")},
                      {"score", *cordon::policy::decimal_of("0.5")},
                      {"body", Record{{"nfType", "AMF"}}}}};
}

Reading links_to(const PolicySet& set) {
  Reading reading{.naming = cordon::policy::Naming::position};
  for (std::size_t i = 0; i < set.templates().size(); ++i) {
    const auto& tree = set.template_trees()[i];
    auto& link = reading.links.emplace_back(set.templates()[i].id, "link" + std::to_string(i));
    if (tree.principal.slot) link.principal = request().principal;
    if (tree.resource.slot) link.resource = request().resource;
  }
  return reading;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto unlinked = PolicySet::parse(text, "fuzz.cedar", {.naming = cordon::policy::Naming::position});
  if (!unlinked) {
    if (!unlinked.error().message.starts_with("fuzz.cedar")) std::abort();  // every error names its place
    return 0;
  }
  const auto set = PolicySet::parse(text, "fuzz.cedar", links_to(*unlinked));
  if (!set || set->policies().size() != unlinked->policies().size() + set->links().size()) std::abort();
  const auto indexed = set->decide(request(), entities());
  const auto all = set->decide(request(), entities(), Profile::fail_closed, Search::every);
  if (indexed.allow != all.allow || indexed.determining != all.determining) std::abort();
  if (describe(*set, request(), entities(), indexed).empty()) std::abort();
  return 0;
}
