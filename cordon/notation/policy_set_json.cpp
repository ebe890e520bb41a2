// Policy sets as JSON: {staticPolicies, templates, templateLinks}.
#include <format>

#include "cordon/base/text.h"
#include "cordon/notation/escape.h"
#include "cordon/notation/est.h"
#include "cordon/notation/limits.h"
#include "cordon/notation/notation.h"
#include "cordon/policy/parse.h"
#include "cordon/policy/place.h"

namespace cordon::notation {

namespace {

using policy::Link;
using policy::PolicySet;
using wire::Json;
using wire::JsonArray;
using wire::JsonObject;

// === reading ===

// Policies as text, in the order they are written, and what goes with them.
class Collector {
 public:
  Result<void> read(const Spot& document);
  Result<PolicySet> parsed(std::string_view file) && {
    return PolicySet::parse(text_, file, {.ids = std::move(ids_), .links = std::move(links_)});
  }

 private:
  Result<void> static_policies(const Spot& spot);
  Result<void> concatenated(const Spot& spot);
  Result<void> named(const Spot& spot, bool templates);
  Result<void> add(const Spot& spot, std::string id, bool is_template);
  Result<void> link(const Spot& spot);
  Result<Link> bound(Link link, const Spot& values) const;

  std::string text_;
  std::vector<std::string> ids_;
  std::vector<Link> links_;
};

Result<void> Collector::read(const Spot& document) {
  if (auto object = document.object(); !object) return object;
  for (const wire::JsonMember& member : document.json().object()) {
    if (member.name == "staticPolicies" || member.name == "templates" || member.name == "templateLinks") continue;
    return document.wrong(
        std::format("unknown member \"{}\"; a policy set has staticPolicies, templates and templateLinks",
                    printable(member.name)));
  }
  Result<void> read;
  if (const auto policies = document.find("staticPolicies")) read = static_policies(*policies);
  const auto templates = document.find("templates");
  if (read && templates) read = templates->object().and_then([&] { return named(*templates, true); });
  const auto links = document.find("templateLinks");
  if (read && links) read = links->array();
  for (std::size_t i = 0; read && links && i < links->json().array().size(); ++i) read = link(links->within(i));
  return read;
}

Result<void> Collector::static_policies(const Spot& spot) {
  if (spot.json().is_object()) return named(spot, false);
  if (spot.json().is_string()) return concatenated(spot);
  if (!spot.json().is_array()) return spot.expected("an object, an array or a string");
  for (std::size_t i = 0; i < spot.json().array().size(); ++i) {
    if (auto added = add(spot.within(i), std::format("policy{}", i), false); !added) return added;
  }
  return {};
}

Result<void> Collector::named(const Spot& spot, bool templates) {
  for (const wire::JsonMember& member : spot.json().object()) {
    if (auto added = add(spot.within(member.name, member.value), member.name, templates); !added) return added;
  }
  return {};
}

Result<std::vector<policy::Policy>> policies_in(const Spot& spot) {
  auto policies = policy::parse_policies(spot.json().text());
  if (policies) return std::move(*policies);
  const std::string place = spot.path();
  return std::unexpected(policy::locate(policies.error(), policy::Lines(spot.json().text(), place)));
}

// Several static policies in one string are numbered as the reference numbers them.
Result<void> Collector::concatenated(const Spot& spot) {
  const auto policies = policies_in(spot);
  if (!policies) return std::unexpected(policies.error());
  for (const policy::Policy& policy : *policies) {
    if (policy.is_template()) return spot.wrong("a template stands among static policies; put it into \"templates\"");
    ids_.push_back(std::format("policy{}", ids_.size()));
  }
  text_ += std::string(spot.json().text()) + "\n";
  return {};
}

// A policy is text or EST.
Result<void> Collector::add(const Spot& spot, std::string id, bool is_template) {
  std::string text;
  bool slots = false;
  if (spot.json().is_string()) {
    const auto policies = policies_in(spot);
    if (!policies) return std::unexpected(policies.error());
    if (policies->size() != 1) return spot.wrong("expected the text of one policy");
    slots = policies->front().is_template();
    text = spot.json().text();
  } else {
    const auto policy = policy_from_json(spot);
    if (!policy) return std::unexpected(policy.error());
    slots = policy->is_template();
    text = to_text(*policy);
  }
  if (slots != is_template) {
    return spot.wrong(is_template ? "a template has a slot, ?principal or ?resource; put this into \"staticPolicies\""
                                  : "a static policy has no slot; put this into \"templates\"");
  }
  ids_.push_back(std::move(id));
  text_ += text + "\n";
  return {};
}

Result<void> Collector::link(const Spot& spot) {
  if (auto object = spot.object(); !object) return object;
  for (const wire::JsonMember& member : spot.json().object()) {
    if (member.name == "templateId" || member.name == "newId" || member.name == "values") continue;
    return spot.wrong(
        std::format("unknown member \"{}\"; a link has templateId, newId and values", printable(member.name)));
  }
  const auto text = [](const Spot& member) { return member.text(); };
  auto template_id = spot.required("templateId").and_then(text);
  if (!template_id) return std::unexpected(template_id.error());
  auto id = spot.required("newId").and_then(text);
  if (!id) return std::unexpected(id.error());
  Link made{.template_id = std::move(*template_id), .id = std::move(*id), .principal = {}, .resource = {}};
  const auto values = spot.required("values");
  if (!values) return std::unexpected(values.error());
  auto whole = bound(std::move(made), *values);
  if (!whole) return std::unexpected(whole.error());
  links_.push_back(std::move(*whole));
  return {};
}

Result<Link> Collector::bound(Link link, const Spot& values) const {
  if (auto object = values.object(); !object) return std::unexpected(object.error());
  for (const wire::JsonMember& member : values.json().object()) {
    const Spot value = values.within(member.name, member.value);
    if (member.name != "?principal" && member.name != "?resource") {
      return value.wrong("the slots are ?principal and ?resource");
    }
    auto uid = uid_from_json(value);
    if (!uid) return std::unexpected(uid.error());
    (member.name == "?principal" ? link.principal : link.resource) = std::move(*uid);
  }
  return link;
}

// === writing ===

Json link_json(const Link& link) {
  JsonObject values;
  if (link.principal) values.push_back({"?principal", to_json(*link.principal)});
  if (link.resource) values.push_back({"?resource", to_json(*link.resource)});
  return Json(JsonObject{
      {"templateId", Json(link.template_id)}, {"newId", Json(link.id)}, {"values", Json(std::move(values))}});
}

}  // namespace

Result<PolicySet> policy_set_from_json(std::string_view text, std::string_view file) {
  const auto json = wire::parse_json(text, kPolicyLimits);
  if (!json) return std::unexpected(within(file, json.error()));
  const std::string name = std::format("{}: ", file);
  Collector collector;
  if (auto read = collector.read(Spot(*json, name)); !read) return std::unexpected(read.error());
  return std::move(collector).parsed(file);
}

Json to_json(const PolicySet& policies) {
  JsonObject statics, templates;
  JsonArray links;
  for (std::size_t i = 0; i < policies.trees().size(); ++i) {
    const policy::PolicyInfo& info = policies.policies()[i];
    if (!info.template_id.empty()) continue;
    statics.push_back({info.id, to_json(policies.trees()[i], policies.text())});
    if (statics.back().value.is_null()) return {};
  }
  for (std::size_t i = 0; i < policies.template_trees().size(); ++i) {
    templates.push_back({policies.templates()[i].id, to_json(policies.template_trees()[i], policies.text())});
    if (templates.back().value.is_null()) return {};
  }
  for (const Link& link : policies.links()) links.push_back(link_json(link));
  return Json(JsonObject{{"templates", Json(std::move(templates))},
                         {"staticPolicies", Json(std::move(statics))},
                         {"templateLinks", Json(std::move(links))}});
}

}  // namespace cordon::notation
