#include "cordon/enforcement/learn.h"

#include <algorithm>
#include <array>

#include "cordon/enforcement/body_members.h"
#include "cordon/enforcement/operation_groups.h"
#include "cordon/enforcement/own_instance.h"
#include "cordon/wire/sbi/uri_host.h"

namespace cordon::enforcement {

namespace {

constexpr std::size_t kMostCallbacks = 16;  // of one request
constexpr std::uint8_t kAbout = 100;        // the number, beside the links', of whose context a resource is
constexpr std::size_t kLongestUri = 1024;
constexpr std::int64_t kAuthentication = 600;  // a challenge is answered within seconds
constexpr std::int64_t kHandover = 600;
constexpr std::int64_t kAnswered = 30;  // a request by then, or never
constexpr std::int64_t kSlack = 120;    // after its end, for what is on its way

std::string_view path_of(const Case& c) {
  return std::string_view(c.request.path).substr(0, c.request.path.find('?'));
}

std::string_view parent_of(std::string_view path) { return path.substr(0, path.rfind('/')); }

// What has an owner that no other NF of his type may act for: policy says that only its creator touches it, or it is
// a subscriber's registration, authentication or context.
bool has_owner(const wire::sbi::Operation& operation) {
  constexpr std::array<std::string_view, 4> kServices = {"nudm-uecm", "nausf-auth", "npcf-am-policy-control",
                                                         "npcf-ue-policy-control"};
  return !operation.callback &&
         (std::ranges::contains(kServices, operation.service) ||
          (operation.service == "nsmf-pdusession" && operation.path.starts_with("/sm-contexts")) ||
          only_its_creator(operation));
}

bool has_owned_members(const wire::sbi::Operation& operation) {
  return operation.method == "POST" && !operation.callback &&
         std::ranges::any_of(wire::sbi::operations(), [&](const wire::sbi::Operation& each) {
           return each.service == operation.service && each.path.size() > operation.path.size() + 2 &&
                  each.path.starts_with(operation.path) &&
                  each.path.substr(operation.path.size()).starts_with("/{") && only_its_creator(each);
         });
}

// A collection whose members have an owner: who adds one will be.
bool makes_owned(const wire::sbi::Operation& operation) {
  static const auto kMakers = [] {
    std::vector<bool> makers;
    for (const auto& each : wire::sbi::operations()) makers.push_back(has_owned_members(each));
    return makers;
  }();
  return kMakers[static_cast<std::size_t>(&operation - wire::sbi::operations().data())];
}

std::string_view name_of_owner(const identity::ExpectedNf& nf, std::string_view instance) {
  return nf.nf_set.empty() ? instance : std::string_view(nf.nf_set);
}

std::int64_t end_of(const Case& c, const Ledger& ledger) {
  const auto end = ledger.end_of_life(c.now);
  const bool short_lived = c.classified->operation->service == "nausf-auth";
  return short_lived ? end - ledger.rules.life.count() + kAuthentication : end;
}

// TS 29.502 5.2.2.2 (requestType), TS 29.503 6.2.6.2.2 (emergencyRegistrationInd): the caller's claim.
bool claims_emergency(const Case& c) {
  const auto& text = c.request.body;
  if (!text.contains("mergency") && !text.contains("EMERGENCY")) return false;
  bool found = false;
  each_member(*c.body, [&](std::string_view name, const BodyValue& value) {
    found = found || (name == "requestType" && value.text().contains("EMERGENCY")) ||
            (name == "emergencyRegistrationInd" && value.boolean());
  });
  return found;
}

class Foreseeing {
 public:
  Foreseeing(const Case& c, const Ledger& ledger) : c_(c), ledger_(ledger), operation_(*c.classified->operation) {}

  std::shared_ptr<const Prospect> all() {
    look_into_body();
    if (ledger_.rules.state != Strictness::off || ledger_.rules.notifications != Strictness::off) look_at_resource();
    look_at_mobility();
    foresee_own_instance(c_, ledger_, out_);
    const bool something = out_.does != Prospect::Does::nothing || !out_.callbacks.empty() || !out_.also.empty();
    return something ? std::make_shared<const Prospect>(std::move(out_)) : nullptr;
  }

 private:
  // What the caller hands to the producer and where it can be called is a callback, whatever the member is called.
  void look_into_body() {
    if (!c_.request.body.contains("//") && !c_.request.body.contains("\\/") && !c_.request.body.contains("purgeFlag"))
      return;
    each_member(*c_.body, [this](std::string_view name, const BodyValue& value) {
      if (name == "purgeFlag") purges_ = purges_ || value.boolean();
      add_callback(name, value.text());
    });
  }

  void add_callback(std::string_view name, std::string_view uri) {
    if (uri.empty() || uri.size() > kLongestUri || !wire::sbi::is_http(uri)) return;
    const auto host = wire::sbi::uri_host(uri);
    if (!host || !is_host_of(*c_.sender.nf, *host) || out_.callbacks.size() >= kMostCallbacks) return;
    // TS 29.510 6.1.6.2.4: a default notification subscription of a profile is an offer to everybody.
    const bool offer = operation_.service == "nnrf-nfm" && name == "callbackUri";
    const auto path = path_of_uri(uri);
    out_.callbacks.emplace_back(callback_of(ledger_, *c_.sender.nf, path, offer ? nullptr : c_.producer),
                                ledger_.mark({"called", owner_name(*c_.sender.nf), path}));
  }

  void look_at_resource() {
    if (!has_owner(operation_) && !makes_owned(operation_)) return;
    out_.producer = owner_name(*c_.producer);
    out_.made = {.owner = owner_of(ledger_, *c_.sender.nf),
                 .until = end_of(c_, ledger_),
                 .type = type_of(ledger_, *c_.sender.nf),
                 .uses = 1,
                 .emergency = c_.emergency};
    out_.resource = c_.resource;
    const auto path = path_of(c_);
    const auto& method = c_.request.method;
    const bool custom_end = path.ends_with("/release") || path.ends_with("/delete");
    if (c_.made && (purges_ || (method == "DELETE" && c_.depth == 0) || (custom_end && c_.depth == 1))) {
      out_.does = Prospect::Does::removes;
    } else if (method == "PUT" && operation_.service != "nausf-auth") {
      out_.does = Prospect::Does::replaces;
      out_.resource = ledger_.mark({"resource", out_.producer, path});
    } else if (c_.made) {
      out_.does = Prospect::Does::touches;
    } else if (method == "POST") {
      out_.does = Prospect::Does::creates;
    }
    if (const auto supi = c_.facts->first("supi")) out_.about = ledger_.mark({"serving", *supi});
  }

  // TS 23.502 4.2.2.2.2 step 14a, 4.9.1.3: which AMF serves a UE, or is about to.
  void look_at_mobility() {
    if (operation_.service == "nudm-uecm" && operation_.id.ends_with("3GppRegistration") &&
        c_.request.method == "PUT") {
      const auto ue = ledger_.mark({"serving", c_.classified->path_value("ueId").value_or("")});
      out_.also.emplace_back(ue, out_.made);
    } else if (operation_.action == "namf-comm:CreateUEContext") {
      const auto ue = ledger_.mark({"serving", c_.classified->path_value("ueContextId").value_or("")});
      const auto end = ledger_.end_of_life(c_.now) - ledger_.rules.life.count() + kHandover;
      out_.also.emplace_back(ue.with(owner_of(ledger_, *c_.producer)), Ledger::Entry{.owner = {}, .until = end});
    }
  }

  const Case& c_;
  const Ledger& ledger_;
  const wire::sbi::Operation& operation_;
  Prospect out_;
  bool purges_ = false;
};

// Nearly every answer is ruled out without reading it; a name may be written with escapes.
bool may_tell_validity(std::string_view body) {
  return body.contains("validityTime") || body.contains("expires") || body.contains("expiry") || body.contains("\\u");
}

class Learning {
 public:
  Learning(Ledger& ledger, const Prospect& prospect, const wire::Response& response, WallTime now)
      : ledger_(ledger), prospect_(prospect), now_(now), made_(prospect.made) {
    find_validity(response);
  }

  void learn(const wire::Response& response) {
    auto resource = prospect_.resource;
    bool known = prospect_.does != Prospect::Does::nothing;
    if (prospect_.does == Prospect::Does::creates) {
      const auto location = wire::find_header(response.headers, "location");
      known = response.status == 201 && location && location->size() <= kLongestUri;
      if (known) resource = ledger_.mark({"resource", prospect_.producer, path_of_uri(*location)});
    }
    if (prospect_.does == Prospect::Does::removes) return forget(resource);
    if (known) keep(resource);
    add_callbacks(known ? &resource : nullptr);
    for (const auto& [key, entry] : prospect_.also) ledger_.put(key, entry);
  }

  void forget(const Mark& resource) {
    for (std::uint8_t i = 0; i < kMostCallbacks; ++i) {
      const auto link = resource.numbered(i);
      if (const auto* found = ledger_.find(link, now_)) let_go(found->owner);
      ledger_.erase(link);
    }
    ledger_.erase(about_of(resource));
    ledger_.erase(resource);
  }

 private:
  // TS 29.510 validityTime, TS 29.503 expires, TS 29.518 expiry: what the producer grants.
  void find_validity(const wire::Response& response) {
    validity_ = ledger_.end_of_life(now_);
    if (!may_tell_validity(response.body)) return;
    each_member(response.headers, response.body, [this](std::string_view name, const BodyValue& value) {
      if (name != "validityTime" && name != "expires" && name != "expiry") return;
      const auto until = parse_time(value.text());
      if (!until) return;
      const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(until->time_since_epoch()).count();
      validity_ = std::min(validity_, seconds + kSlack);
    });
    if (made_.until != 0) made_.until = std::min(made_.until, validity_);
  }

  void keep(const Mark& resource) {
    const auto* before = ledger_.find(resource, now_);
    const bool touched = prospect_.does == Prospect::Does::touches;
    if (before && before->emergency) made_.emergency = 1;
    if (before && before->owner == made_.owner && (touched || prospect_.callbacks.empty())) {
      renew(resource);
    } else if (before && !touched) {
      forget(resource);
    }
    ledger_.put(resource, made_);
    if (prospect_.about != Mark{}) {
      ledger_.put(about_of(resource), {.owner = prospect_.about, .until = made_.until});
    }
  }

  void renew(const Mark& resource) {
    for (std::uint8_t i = 0; i < kMostCallbacks; ++i) {
      const auto link = resource.numbered(i);
      const auto* found = ledger_.find(link, now_);
      if (found == nullptr) break;
      const auto target = found->owner;
      extend(link);
      extend(target);
    }
    extend(about_of(resource));
  }

  void extend(const Mark& key) {
    const auto* found = ledger_.find(key, now_);
    if (found == nullptr || found->until >= validity_) return;
    auto entry = *found;
    entry.until = validity_;
    ledger_.put(key, entry);
  }

  // The last use of a callback ends a little later: a notification may be on its way, and an AMF that lost a UE to
  // another one is still told so (TS 29.503 5.3.2.3.2).
  void let_go(const Mark& callback) {
    const auto* found = ledger_.find(callback, now_);
    if (found == nullptr) return;
    auto entry = *found;
    if (entry.uses > 1) {
      --entry.uses;
    } else {
      entry.until = std::min(entry.until, ledger_.end_of_life(now_) - ledger_.rules.life.count() + kSlack);
      entry.uses = 0;
    }
    ledger_.put(callback, entry);
  }

  void add_callbacks(const Mark* resource) {
    for (std::size_t i = 0; i < prospect_.callbacks.size(); ++i) {
      const auto& [key, called] = prospect_.callbacks[i];
      const auto* before = ledger_.find(key, now_);
      const auto* linked = resource ? ledger_.find(resource->numbered(static_cast<std::uint8_t>(i)), now_) : nullptr;
      if (linked && linked->owner == key) {
        extend(key);
        continue;
      }
      Ledger::Entry entry{.owner = {}, .until = validity_};
      if (before) entry.uses = static_cast<std::uint16_t>(std::min(before->uses + 1, 0xffff));
      if (before) entry.until = std::max(before->until, validity_);
      ledger_.put(key, entry);
      ledger_.put(called, {.owner = {}, .until = ledger_.end_of_life(now_)});
      if (resource) ledger_.put(resource->numbered(static_cast<std::uint8_t>(i)), {.owner = key, .until = validity_});
    }
  }

  Ledger& ledger_;
  const Prospect& prospect_;
  WallTime now_;
  Ledger::Entry made_;
  std::int64_t validity_ = 0;
};

}  // namespace

std::uint16_t type_of(const Ledger& ledger, const identity::ExpectedNf& nf) {
  const auto mark = ledger.mark({"type", nf.type});
  return static_cast<std::uint16_t>(mark.bytes[0] << 8 | mark.bytes[1]);
}

Mark about_of(const Mark& resource) { return resource.numbered(kAbout); }

bool only_its_creator(const wire::sbi::Operation& operation) {
  return std::ranges::contains(groups_of(operation), "owned");
}

std::string owner_name(const identity::ExpectedNf& nf) { return nf.nf_set.empty() ? nf.instance.text() : nf.nf_set; }

Mark owner_of(const Ledger& ledger, const identity::ExpectedNf& nf) { return ledger.mark({"nf", owner_name(nf)}); }

Mark callback_of(const Ledger& ledger, const identity::ExpectedNf& consumer, std::string_view path,
                 const identity::ExpectedNf* from) {
  const auto to = owner_name(consumer);
  if (from == nullptr) return ledger.mark({"offer", to, path});
  const auto by = ledger.rules.from == LedgerRules::From::instance ? from->instance.text()
                  : ledger.rules.from == LedgerRules::From::set    ? owner_name(*from)
                                                                   : from->type;
  return ledger.mark({"callback", to, path, by});
}

void recall(Case& c, const Ledger* ledger) {
  c.emergency = claims_emergency(c);
  if (ledger == nullptr || !has_owner(*c.classified->operation)) return;
  const auto producer = name_of_owner(*c.producer, c.verdict.record.producer);
  auto path = path_of(c);
  for (int depth = 0; depth < 3 && std::ranges::count(path, '/') > 2; ++depth, path = parent_of(path)) {
    const auto mark = ledger->mark({"resource", producer, path});
    const auto* found = ledger->find(mark, c.now);
    if (found == nullptr) continue;
    c.made = found;
    c.resource = mark;
    c.depth = depth;
    c.emergency = c.emergency || found->emergency != 0;
    return;
  }
}

std::shared_ptr<const Prospect> foresee(const Case& c, const Ledger& ledger) {
  if (c.request.method == "GET" || c.classified->operation->callback) return nullptr;
  return Foreseeing(c, ledger).all();
}

// TS 29.510 5.2.2.6: an NRF notifies as soon as something happens, also while its answer to the subscription is on
// its way.
void expect(Ledger& ledger, const Prospect& prospect, WallTime now) {
  const auto until = ledger.end_of_life(now) - ledger.rules.life.count() + kAnswered;
  for (const auto& [key, called] : prospect.callbacks) {
    if (ledger.find(key, now) == nullptr) ledger.put(key, {.owner = {}, .until = until, .uses = 0});
  }
}

void learn(Ledger& ledger, const Prospect& prospect, const wire::Response& response, WallTime now) {
  const bool good = response.status >= 200 && response.status < 300;
  const bool gone = prospect.does == Prospect::Does::removes && response.status == 404;
  if (!good && !gone) return;
  Learning learning(ledger, prospect, response, now);
  learning.learn(response);
}

}  // namespace cordon::enforcement
