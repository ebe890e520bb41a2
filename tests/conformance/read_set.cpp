#include "tests/conformance/read_set.h"

#include <format>
#include <string>
#include <utility>

#include "cordon/notation/notation.h"
#include "tests/conformance/question.h"

namespace cordon::conformance {
namespace {

std::unexpected<Error> refuse(std::string message) { return fail(ErrorKind::invalid_input, std::move(message)); }

// How many policies the text has; templates among them are an error, as each of those comes by itself.
Result<std::size_t> count_policies(std::string_view text) {
  auto set = policy::PolicySet::parse(text, "set.cedar", {.naming = policy::Naming::position});
  if (!set) return std::unexpected(std::move(set.error()));
  if (!set->templates().empty()) return refuse("a template among the policies");
  return set->policies().size();
}

Result<void> check_template(std::string_view text) {
  auto set = policy::PolicySet::parse(text, "template.cedar", {.naming = policy::Naming::position});
  if (!set) return std::unexpected(std::move(set.error()));
  if (set->templates().size() != 1 || !set->policies().empty()) return refuse("not exactly one template");
  return {};
}

Result<policy::Link> link_of(const wire::Json& json) {
  const auto text = [&](std::string_view name) {
    const auto* member = json.find(name);
    return std::string{member == nullptr ? "" : member->text()};
  };
  policy::Link link{.template_id = text("templateId"), .id = text("newId"), .principal = {}, .resource = {}};
  const auto* values = json.find("values");
  if (values == nullptr) return refuse("a link without values");
  for (const auto& [slot, value] : values->object()) {
    auto uid = notation::uid_from_json(value);
    if (!uid) return std::unexpected(std::move(uid.error()));
    if (slot != "?principal" && slot != "?resource") return refuse(std::format("no slot is called {}", slot));
    (slot == "?principal" ? link.principal : link.resource) = std::move(*uid);
  }
  return link;
}

}  // namespace

Result<policy::PolicySet> read_set(std::string_view text) {
  auto json = wire::parse_json(text, kGenerous);
  if (!json) return std::unexpected(std::move(json.error()));
  const auto* statics = json->find("staticPolicies");
  std::string all{statics == nullptr ? "" : statics->text()};
  auto count = count_policies(all);
  if (!count) return std::unexpected(std::move(count.error()));
  policy::Reading reading;
  for (std::size_t i = 0; i < *count; ++i) reading.ids.push_back(std::format("policy{}", i));
  if (const auto* templates = json->find("templates")) {
    for (const auto& [id, one] : templates->object()) {
      if (auto good = check_template(one.text()); !good) return std::unexpected(std::move(good.error()));
      all += std::format("\n{}", one.text());
      reading.ids.push_back(id);
    }
  }
  if (const auto* links = json->find("templateLinks")) {
    for (const auto& written : links->array()) {
      auto link = link_of(written);
      if (!link) return std::unexpected(std::move(link.error()));
      reading.links.push_back(std::move(*link));
    }
  }
  return policy::PolicySet::parse(all, "set.cedar", reading);
}

}  // namespace cordon::conformance
