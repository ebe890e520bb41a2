// Parsing a set: trees, ids, places, links, digest and index.
#include "cordon/policy/policy_set.h"

#include <algorithm>
#include <format>
#include <span>

#include "cordon/base/bytes.h"
#include "cordon/crypto/digest.h"
#include "cordon/policy/fold.h"
#include "cordon/policy/parse.h"
#include "cordon/policy/unescape.h"

namespace cordon::policy {

namespace {

std::unexpected<Error> refuse(const PolicySet::Impl& set, std::string_view message) {
  return fail(ErrorKind::invalid_input, std::format("{}: {}", set.file, message));
}

std::unexpected<Error> refuse(const PolicySet::Impl& set, const Complaint& complaint) {
  return std::unexpected(locate(complaint, set.lines));
}

// === ids ===

Read<std::string> id_of(const Policy& policy, std::size_t position, const Reading& reading) {
  if (!reading.ids.empty()) return reading.ids[position];
  if (reading.naming == Naming::annotation) {
    for (const auto& [name, value] : policy.annotations) {
      if (name != "id") continue;
      if (value.empty()) return std::unexpected(Complaint{policy.begin, "@id is empty", "write @id(\"name\")"});
      return value;
    }
  }
  return std::format("policy{}", position);
}

PolicyInfo info_of(const PolicySet::Impl& set, const Policy& policy, std::string id) {
  return {.id = std::move(id),
          .template_id = {},
          .forbid = policy.forbid,
          .place = set.lines.place(policy.begin),
          .text = std::string_view(set.text).substr(policy.begin, policy.end - policy.begin),
          .annotations = policy.annotations};
}

// Policies and templates, which count their positions together.
Result<void> take(PolicySet::Impl& set, std::vector<Policy> written, const Reading& reading) {
  if (!reading.ids.empty() && reading.ids.size() != written.size()) {
    return refuse(set, std::format("{} ids for {} policies and templates; give each of them one", reading.ids.size(),
                                   written.size()));
  }
  const auto templates = static_cast<std::size_t>(std::ranges::count_if(written, &Policy::is_template));
  set.templates.reserve(templates);
  set.template_infos.reserve(templates);
  set.policies.reserve(written.size() - templates + reading.links.size());
  set.infos.reserve(written.size() - templates + reading.links.size());
  for (std::size_t i = 0; i < written.size(); ++i) {
    Policy& policy = written[i];
    auto id = id_of(policy, i, reading);
    if (!id) return refuse(set, id.error());
    fold(policy);
    const bool is_template = policy.is_template();
    (is_template ? set.template_infos : set.infos).push_back(info_of(set, policy, std::move(*id)));
    (is_template ? set.templates : set.policies).push_back(std::move(policy));
  }
  return {};
}

struct IdOrder {
  bool operator()(const PolicyInfo* a, const PolicyInfo* b) const { return a->id < b->id; }
  bool operator()(const PolicyInfo* a, std::string_view b) const { return a->id < b; }
};

void sort_ids(PolicySet::Impl& set) {
  set.by_id.clear();
  for (const PolicyInfo& info : set.template_infos) set.by_id.push_back(&info);
  for (const PolicyInfo& info : set.infos) set.by_id.push_back(&info);
  std::ranges::sort(set.by_id, IdOrder{});
  set.by_id.shrink_to_fit();
}

const PolicyInfo* found(const PolicySet::Impl& set, std::string_view id) {
  const auto at = std::lower_bound(set.by_id.begin(), set.by_id.end(), id, IdOrder{});
  return at == set.by_id.end() || (*at)->id != id ? nullptr : *at;
}

Result<void> refuse_doubles(const PolicySet::Impl& set) {
  const auto twice =
      std::ranges::adjacent_find(set.by_id, {}, [](const PolicyInfo* info) { return std::string_view(info->id); });
  if (twice == set.by_id.end()) return {};
  const PolicyInfo *one = twice[0], *other = twice[1];
  if (!one->template_id.empty()) std::swap(one, other);
  if (!other->template_id.empty()) {
    return refuse(set,
                  std::format("the link {} has the id of another policy; give it another one", in_quotes(other->id)));
  }
  if (other->text.data() < one->text.data()) std::swap(one, other);
  return refuse(
      set, Complaint{static_cast<std::size_t>(other->text.data() - set.text.data()),
                     std::format("the id {} is already that of the policy in line {}", other->id, one->place.line),
                     "give this one another @id"});
}

// === links ===

// A slot takes an entity exactly when the template has it.
Result<void> bind_slot(const PolicySet::Impl& set, const Link& link, std::string_view slot,
                       const std::optional<EntityUid>& value, Scope& scope) {
  if (scope.slot != value.has_value()) {
    return refuse(set, std::format("the link {}: the template {} {} ?{}; {}", in_quotes(link.id),
                                   in_quotes(link.template_id), scope.slot ? "needs" : "has no slot", slot,
                                   scope.slot ? "give the link an entity for it" : "leave its entity out"));
  }
  if (scope.slot) scope.entity = *value;
  scope.slot = false;
  return {};
}

Result<void> add_link(PolicySet::Impl& set, const Link& link) {
  const PolicyInfo* source = found(set, link.template_id);
  const auto first = set.template_infos.data();
  if (source == nullptr || source < first || source >= first + set.template_infos.size()) {
    return refuse(set,
                  std::format("the link {}: {} is no template{}", in_quotes(link.id), in_quotes(link.template_id),
                              source == nullptr ? "; there is none of that name" : " but a policy without slots"));
  }
  Policy bound = set.templates[static_cast<std::size_t>(source - first)];
  if (auto done = bind_slot(set, link, "principal", link.principal, bound.principal); !done) return done;
  if (auto done = bind_slot(set, link, "resource", link.resource, bound.resource); !done) return done;
  PolicyInfo info = *source;
  info.id = link.id;
  info.template_id = link.template_id;
  set.policies.push_back(std::move(bound));
  set.infos.push_back(std::move(info));
  return {};
}

Result<void> add_links(PolicySet::Impl& set, const Reading& reading) {
  if (set.policies.size() + set.templates.size() + reading.links.size() > reading.limits.policies) {
    return refuse(set,
                  std::format("more than {} policies, templates and links; split the set", reading.limits.policies));
  }
  for (const Link& link : reading.links) {
    if (auto added = add_link(set, link); !added) return added;
  }
  set.links = reading.links;
  return {};
}

// === the digest ===

// Every text after its length, so that no two sets are written alike.
void frame(Bytes& out, std::string_view text) {
  for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<std::uint8_t>(text.size() >> shift));
  out.insert(out.end(), text.begin(), text.end());
}

void frame(Bytes& out, const std::optional<EntityUid>& uid) {
  out.push_back(uid ? 1 : 0);
  if (!uid) return;
  frame(out, uid->type);
  frame(out, uid->id);
}

std::string digest_of(const PolicySet::Impl& set) {
  Bytes framed;
  frame(framed, "cordon policy set 1");
  const auto text = crypto::sha256(as_bytes(set.text));
  framed.insert(framed.end(), text.begin(), text.end());
  const std::size_t written = set.infos.size() - set.links.size();
  for (const auto infos : {std::span(set.infos).first(written), std::span(set.template_infos)}) {
    frame(framed, std::to_string(infos.size()));
    for (const PolicyInfo& info : infos) frame(framed, info.id);
  }
  for (const Link& link : set.links) {
    frame(framed, link.template_id);
    frame(framed, link.id);
    frame(framed, link.principal);
    frame(framed, link.resource);
  }
  return to_hex(crypto::sha256(framed));
}

Result<void> fill(PolicySet::Impl& set, const Reading& reading) {
  auto written = parse_policies(set.text, reading.limits);
  if (!written) return refuse(set, written.error());
  if (auto taken = take(set, std::move(*written), reading); !taken) return taken;
  sort_ids(set);
  if (auto unlike = refuse_doubles(set); !unlike) return unlike;
  if (!reading.links.empty()) {
    if (auto linked = add_links(set, reading); !linked) return linked;
    sort_ids(set);
    if (auto unlike = refuse_doubles(set); !unlike) return unlike;
  }
  set.digest = digest_of(set);
  set.conditions = Conditions(set.policies, set.text);
  set.index = ScopeIndex(set.policies, set.conditions.rules());
  return {};
}

}  // namespace

Result<PolicySet> PolicySet::parse(std::string_view text, std::string_view file, const Reading& reading) {
  auto impl = std::make_shared<Impl>();
  impl->file = file;
  if (text.size() > reading.limits.text) {
    return refuse(*impl, std::format("{} bytes of policies, more than the limit of {}; split the set", text.size(),
                                     reading.limits.text));
  }
  impl->text = text;
  impl->lines = Lines(impl->text, impl->file);
  if (auto filled = fill(*impl, reading); !filled) return std::unexpected(filled.error());
  PolicySet set;
  set.impl_ = std::move(impl);
  return set;
}

const std::vector<PolicyInfo>& PolicySet::policies() const { return impl_->infos; }
const std::vector<PolicyInfo>& PolicySet::templates() const { return impl_->template_infos; }
const PolicyInfo* PolicySet::find(std::string_view id) const { return found(*impl_, id); }
std::span<const Policy> PolicySet::trees() const { return impl_->policies; }
std::span<const Policy> PolicySet::template_trees() const { return impl_->templates; }
Place PolicySet::place(std::uint32_t offset) const { return impl_->lines.place(offset); }
std::string_view PolicySet::text() const { return impl_->text; }
const std::vector<Link>& PolicySet::links() const { return impl_->links; }
std::string PolicySet::digest() const { return impl_->digest; }

}  // namespace cordon::policy
