#include "cordon/enforcement/question.h"

#include <algorithm>
#include <array>
#include <span>

namespace cordon::enforcement {

namespace {

using policy::Record;
using policy::Value;

// The record types Query and Body of policies/vocabulary.cedarschema; vocabulary_test.cpp holds both to each other.
constexpr auto kQueryWords = std::to_array<std::string_view>({"af-service-id",
                                                              "ana-req",
                                                              "app-ids",
                                                              "dataset-names",
                                                              "dnn",
                                                              "dnns",
                                                              "event-filter",
                                                              "event-id",
                                                              "gpsi",
                                                              "guami",
                                                              "hnrf-uri",
                                                              "home-plmn-id",
                                                              "ipv4Addr",
                                                              "ipv6Prefix",
                                                              "limit",
                                                              "macAddr48",
                                                              "nf-id",
                                                              "nf-type",
                                                              "pei",
                                                              "plmn-id",
                                                              "registration-dataset-names",
                                                              "requester-nf-instance-fqdn",
                                                              "requester-nf-instance-id",
                                                              "requester-nf-type",
                                                              "requester-plmn-list",
                                                              "requester-snssais",
                                                              "service-names",
                                                              "serving-plmn-id",
                                                              "shared-data-ids",
                                                              "single-nssai",
                                                              "snssai",
                                                              "snssais",
                                                              "supi",
                                                              "tai",
                                                              "target-nf-fqdn",
                                                              "target-nf-instance-id",
                                                              "target-nf-set-id",
                                                              "target-nf-type",
                                                              "target-plmn-list",
                                                              "tgt-ue",
                                                              "ue-id",
                                                              "ue-ids"});
static_assert(std::ranges::is_sorted(kQueryWords));

// Where a producer is asked to send its notifications. Hosts of other URIs are nobody's claim.
constexpr auto kCallbackHosts = std::to_array<std::string_view>(
    {"amfStatusUriHost", "callbackReferenceHost", "dataRestorationCallbackUriHost", "deregCallbackUriHost",
     "n1NotifyCallbackUriHost", "n1n2FailureTxfNotifURIHost", "n2NotifyCallbackUriHost", "n2NotifyUriHost",
     "nfStatusNotificationUriHost", "notifUriHost", "notificationUriHost", "pcscfRestorationCallbackUriHost",
     "reauthNotifyCallbackUriHost", "smContextStatusUriHost"});
static_assert(std::ranges::is_sorted(kCallbackHosts));

constexpr auto kBodyWords = std::to_array<std::string_view>({"amfInstanceId",
                                                             "ausfInstanceId",
                                                             "gpsi",
                                                             "grant_type",
                                                             "guamiPlmn",
                                                             "nf-type",
                                                             "nfInstanceId",
                                                             "nfType",
                                                             "nwdafInstanceId",
                                                             "pcfId",
                                                             "reqNfInstanceId",
                                                             "reqNfType",
                                                             "requester-nf-instance-id",
                                                             "requester-nf-type",
                                                             "scope",
                                                             "service-names",
                                                             "servingNfId",
                                                             "smfId",
                                                             "smfInstanceId",
                                                             "smsfInstanceId",
                                                             "sourceNfInstanceId",
                                                             "supi",
                                                             "supiOrSuci",
                                                             "target-nf-instance-id",
                                                             "target-nf-type",
                                                             "targetNfInstanceId",
                                                             "targetNfType"});
static_assert(std::ranges::is_sorted(kBodyWords));

bool holds(std::span<const std::string_view> sorted, std::string_view name) {
  return std::ranges::binary_search(sorted, name);
}

std::string_view word_for(wire::sbi::Access access) {
  switch (access) {
    case wire::sbi::Access::read:
      return "read";
    case wire::sbi::Access::write:
      return "write";
    case wire::sbi::Access::create:
      return "create";
    case wire::sbi::Access::remove:
      return "remove";
  }
  return "write";
}

// RFC 6749 3.3: scopes are separated by spaces. "nudm-sdm:am-data:read" and "nudm-sdm" are both of nudm-sdm.
Value services_in(std::string_view scope) {
  std::vector<Value> services;
  while (!scope.empty()) {
    const auto word = scope.substr(0, scope.find(' '));
    if (!word.empty()) services.emplace_back(word.substr(0, word.find(':')));
    scope.remove_prefix(std::min(word.size() + 1, scope.size()));
  }
  return Value::set(std::move(services));
}

}  // namespace

// === Sheet ===

void Sheet::clear() {
  while (!record_.empty()) spare_.push_back(record_.extract(record_.begin()));
}

const Value* Sheet::find(std::string_view name) const {
  const auto found = record_.find(name);
  return found == record_.end() ? nullptr : &found->second;
}

bool Sheet::put(std::string_view name, Value value) {
  if (spare_.empty()) return record_.emplace(name, std::move(value)).second;
  auto node = std::move(spare_.back());
  spare_.pop_back();
  node.key().assign(name);
  node.mapped() = std::move(value);
  auto put = record_.insert(std::move(node));
  if (!put.inserted) spare_.push_back(std::move(put.node));
  return put.inserted;
}

// === QuestionForm ===

QuestionForm::QuestionForm() {
  request_.principal.type = "Nf";
  request_.action.type = "Action";
  request_.resource.type = "Service";
  auto& context = request_.context;
  method_ = &context.emplace("method", "").first->second;
  access_ = &context.emplace("access", "").first->second;
  callback_ = &context.emplace("callback", false).first->second;
  body_kind_ = &context.emplace("bodyKind", "").first->second;
  context.emplace("path", Value::view(path_.record()));
  context.emplace("query", Value::view(query_.record()));
  context.emplace("body", Value::view(body_.record()));
  context.emplace("tls", Value::view(tls_.record()));
}

const policy::Request& QuestionForm::fill(const Sender& sender, const identity::ExpectedNf& producer,
                                          const wire::sbi::Classified& classified, const wire::sbi::BodyFacts& facts,
                                          const TokenWords& tokens, WallTime now) {
  name(sender, producer, *classified.operation);
  describe(*classified.operation, facts.kind, sender);
  path_.clear();
  for (const auto& parameter : classified.path) path_.put(parameter.name, parameter.value);
  put_query(classified.query);
  put_body(facts);
  put_tokens(tokens, now);
  return request_;
}

policy::Request QuestionForm::take() {
  for (auto& [name, sheet] :
       {std::pair<const char*, Sheet&>{"path", path_}, {"query", query_}, {"body", body_}, {"tls", tls_}}) {
    request_.context.insert_or_assign(name, sheet.take());
  }
  return std::move(request_);
}

void QuestionForm::name(const Sender& sender, const identity::ExpectedNf& producer,
                        const wire::sbi::Operation& operation) {
  if (principal_ != sender.nf->instance) {
    principal_ = sender.nf->instance;
    request_.principal.id = sender.nf->instance.text();
  }
  constexpr std::size_t kUuid = 36;
  if (producer_ != producer.instance) {
    producer_ = producer.instance;
    request_.resource.id = producer.instance.text();
  }
  request_.resource.id.resize(kUuid);
  (request_.resource.id += '/') += operation.service;
  request_.action.id = operation.action;
}

void QuestionForm::describe(const wire::sbi::Operation& operation, wire::sbi::BodyKind kind, const Sender& sender) {
  *method_ = operation.method;
  *access_ = word_for(operation.access);
  *callback_ = operation.callback;
  *body_kind_ = wire::sbi::name_of(kind);
  if (tls_version_ == sender.tls.version && tls_group_ == sender.tls.group && !tls_.record().empty()) return;
  tls_version_ = sender.tls.version;
  tls_group_ = sender.tls.group;
  tls_.clear();
  tls_.put("version", tls_version_);
  tls_.put("group", tls_group_);
}

void QuestionForm::put_query(const std::vector<wire::sbi::Parameter>& parameters) {
  query_.clear();
  for (const auto& parameter : parameters) {
    if (is_query_word(parameter.name)) query_.put(parameter.name, parameter.value);
  }
}

// One value a name; what a patch touches is a set, and so is where one wants to be called back. A second value for
// another name is kept from policy by saying so: "ambiguous" names it, and the default policy refuses ambiguity.
void QuestionForm::put_body(const wire::sbi::BodyFacts& facts) {
  std::vector<Value> patch_paths, hosts, ambiguous;
  body_.clear();
  for (const auto& [name, value] : facts.asserted) {
    if (name == "patchPaths") {
      patch_paths.emplace_back(value);
    } else if (is_body_word(name)) {
      if (holds(kCallbackHosts, name)) hosts.emplace_back(value);
      if (!body_.put(name, value) && *body_.find(name)->as_string() != value) ambiguous.emplace_back(name);
      if (name == "scope") body_.put("services", services_in(value));
    }
  }
  if (!patch_paths.empty()) body_.put("patchPaths", Value::set(std::move(patch_paths)));
  if (!hosts.empty()) body_.put("callbackHosts", Value::set(std::move(hosts)));
  if (!ambiguous.empty()) body_.put("ambiguous", Value::set(std::move(ambiguous)));
}

// Policy is told the time where it is told of a token: rules hold it against exp.
void QuestionForm::put_tokens(const TokenWords& tokens, WallTime now) {
  const auto view = [](const policy::Record* record) {
    return record ? std::optional(Value::view(*record)) : std::nullopt;
  };
  const auto at = std::chrono::floor<std::chrono::milliseconds>(now).time_since_epoch().count();
  say("token", view(tokens.token));
  say("assertion", view(tokens.assertion));
  say("now", tokens.token ? std::optional<Value>(policy::Datetime{at}) : std::nullopt);
}

void QuestionForm::say_emergency(bool emergency) {
  say("emergency", emergency ? std::optional<Value>(true) : std::nullopt);
}

void QuestionForm::say(std::string_view name, std::optional<Value> value) {
  auto& context = request_.context;
  const auto found = context.find(name);
  if (!value) {
    if (found != context.end()) spare_.push_back(context.extract(found));
  } else if (found != context.end()) {
    found->second = std::move(*value);
  } else if (spare_.empty()) {
    context.emplace(name, std::move(*value));
  } else {
    spare_.back().key().assign(name);
    spare_.back().mapped() = std::move(*value);
    context.insert(std::move(spare_.back()));
    spare_.pop_back();
  }
}

Question make_question(const policy::Entities& beneath, const Sender& sender, const identity::ExpectedNf& producer,
                       const wire::sbi::Classified& classified, const wire::sbi::BodyFacts& facts) {
  QuestionForm form;
  form.fill(sender, producer, classified, facts);
  return {form.take(), policy::Entities(&beneath)};
}

bool is_query_word(std::string_view name) { return holds(kQueryWords, name); }
bool is_body_word(std::string_view name) { return holds(kBodyWords, name) || holds(kCallbackHosts, name); }

}  // namespace cordon::enforcement
