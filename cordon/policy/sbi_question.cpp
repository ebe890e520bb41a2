#include "cordon/policy/sbi_question.h"

#include <algorithm>
#include <map>
#include <sstream>
#include <stdexcept>

#include "cordon/policy/test_support.h"

namespace cordon::policy {

namespace {

constexpr std::string_view kOwn = "f990ed9a-e555-41f1-9dea-7f66d0edecbf";
constexpr std::string_view kOwnHost = "amf.5gc.mnc070.mcc999.3gppnetwork.org";
constexpr std::string_view kOther = "0e1f1f0c-0000-4000-8000-00000000beef";
constexpr std::string_view kProducer = "aaaaaaaa-0000-4000-8000-000000000001";
constexpr std::string_view kNrf = "aaaaaaaa-0000-4000-8000-00000000000f";
constexpr Datetime kNow{1'790'000'000'000};

std::string meaning(std::string_view word) {
  if (word == "own") return std::string(kOwn);
  if (word == "own-host") return std::string(kOwnHost);
  if (word == "other") return std::string(kOther);
  if (word == "producer") return std::string(kProducer);
  return std::string(word);
}

Value set_of(std::string_view words) {
  std::vector<Value> members;
  for (const auto& word : split(words, ',')) members.emplace_back(meaning(word));
  return Value::set(std::move(members));
}

Value actions_of(std::string_view words) {
  std::vector<Value> members;
  for (const auto& word : split(words, ',')) members.emplace_back(EntityUid{"Action", word});
  return Value::set(std::move(members));
}

// "past", "now+60" (seconds)
Value time_of(std::string_view word) {
  if (word == "past") return Datetime{kNow.milliseconds - 1};
  return Datetime{kNow.milliseconds + std::stoll(std::string(word.substr(4))) * 1000};
}

Value plain(std::string_view word) {
  if (word == "true" || word == "false") return word == "true";
  if (!word.empty() && std::ranges::all_of(word, [](char c) { return c >= '0' && c <= '9'; })) {
    return std::int64_t{std::stoll(std::string(word))};
  }
  return meaning(word);
}

bool is_set(std::string_view name) {
  return name == "slices" || name == "snssais" || name == "aud" || name == "services" || name == "ambiguous";
}

// Everything said in one line, by its first word: path, query, body, token, assertion, context, caller, asked.
struct Said {
  std::map<std::string, Record, std::less<>> parts = {{"path", {}}, {"query", {}}, {"body", {}}};
  std::vector<Value> patch_paths;
  std::vector<Value> hosts;

  void take(const std::string& word);
};

void Said::take(const std::string& word) {
  const auto dot = word.find('.'), equals = word.find('=');
  const std::string part = word.substr(0, dot), name = word.substr(dot + 1, equals - dot - 1),
                    value = word.substr(equals + 1);
  if (name == "good") {
    parts[part];
  } else if (name == "patchPaths") {
    patch_paths.emplace_back(value);
  } else if (is_set(name)) {
    parts[part].insert_or_assign(name, set_of(value));
  } else if (part == "token" && name == "scope") {
    parts[part].insert_or_assign(name, actions_of(value));
  } else if (name == "exp") {
    parts[part].insert_or_assign(name, time_of(value));
  } else if (name == "issuer") {
    parts[part].insert_or_assign(name, EntityUid{"Nf", meaning(value)});
  } else if (part == "context" || part == "caller" || part == "asked") {
    parts[part].insert_or_assign(name, plain(value));
  } else {
    parts[part].insert_or_assign(name, meaning(value));
  }
  if (part == "body" && name.ends_with("Host")) hosts.emplace_back(meaning(value));
}

// What a good token says, unless the line says otherwise.
void complete_token(Said& said, const std::string& producer, const std::string& service) {
  const auto token = said.parts.find("token");
  if (token == said.parts.end()) return;
  token->second.emplace("sub", kOwn);
  token->second.emplace("aud", set_of(producer));
  token->second.emplace("scope", actions_of(service));
  token->second.emplace("exp", time_of("now+3600"));
  token->second.emplace("issuer", EntityUid{"Nf", std::string(kNrf)});
}

Record context_of(Said& said, const SbiOperation& operation) {
  const bool reads = std::ranges::contains(operation.groups, "read");
  Record context = {{"method", reads ? "GET" : "POST"},
                    {"access", reads ? "read" : "write"},
                    {"callback", std::ranges::contains(operation.groups, "callback")},
                    {"bodyKind", "json"},
                    {"tls", Record{{"version", "TLSv1.3"}, {"group", "X25519MLKEM768"}}},
                    {"now", kNow}};
  for (auto& [name, value] : said.parts["context"]) context.insert_or_assign(name, value);
  if (!said.patch_paths.empty()) said.parts["body"].emplace("patchPaths", Value::set(said.patch_paths));
  if (!said.hosts.empty()) said.parts["body"].emplace("callbackHosts", Value::set(said.hosts));
  for (const auto* name : {"path", "query", "body", "token", "assertion"}) {
    if (const auto part = said.parts.find(name); part != said.parts.end()) context.emplace(name, part->second);
  }
  return context;
}

const SbiOperation& operation_of(const std::string& action) {
  const auto found = std::ranges::find(sbi_operations(), action, &SbiOperation::action);
  if (found == sbi_operations().end()) throw std::runtime_error("no such action: " + action);
  return *found;
}

const Entities& all_actions() {
  static const Entities made = [] {
    Entities entities;
    for (const auto& operation : sbi_operations()) {
      Entity action{{"Action", operation.action}, {}, {}};
      for (const auto& group : operation.groups) action.parents.push_back({"Action", group});
      EXPECT_TRUE(entities.add(std::move(action)));
    }
    EXPECT_TRUE(entities.add({{"Nf", std::string(kNrf)}, {}, {{"NfType", "NRF"}}}));
    return entities;
  }();
  return made;
}

Record with(Record attributes, const Record& said) {
  for (const auto& [name, value] : said) attributes.insert_or_assign(name, value);
  return attributes;
}

}  // namespace

std::vector<std::string> split(std::string_view text, char by) {
  std::vector<std::string> parts;
  std::istringstream in{std::string(text)};
  for (std::string part; std::getline(in, part, by);) parts.push_back(part);
  return parts;
}

const std::vector<SbiOperation>& sbi_operations() {
  static const auto made = [] {
    std::vector<SbiOperation> operations;
    std::istringstream schema(read_source("policies/sbi.cedarschema"));
    for (std::string line; std::getline(schema, line);) {
      if (!line.starts_with("action \"") || !line.contains(" appliesTo {")) continue;
      const auto words = split(line, '"');  // action, NAME, in [, GROUP, ", ", GROUP, ...
      SbiOperation operation{words[1], {}, {}};
      for (std::size_t i = 3; i < words.size(); i += 2) operation.groups.push_back(words[i]);
      std::getline(schema, line);
      const auto shape = split(line.substr(line.find("Asked")), '_');
      operation.path.assign(shape.begin() + 1, shape.end());
      operations.push_back(std::move(operation));
    }
    return operations;
  }();
  return made;
}

std::vector<std::string> sbi_nf_types() {
  const auto text = read_source("policies/vocabulary.cedarschema");
  const auto from = text.find("enum [");
  const auto words = split(text.substr(from, text.find(']', from) - from), '"');
  std::vector<std::string> types;
  for (std::size_t i = 1; i < words.size(); i += 2) types.push_back(words[i]);
  return types;
}

PolicySet sbi_rules() {
  const auto set = PolicySet::parse(read_source("policies/sbi.cedar"), "sbi.cedar");
  if (!set) throw std::runtime_error(set.error().message);
  return *set;
}

SbiQuestion sbi_question(const std::vector<std::string>& words) {
  const auto caller = split(words[0], '@');
  const auto service = words[2].substr(0, words[2].find(':'));
  Said said;
  for (std::size_t i = 3; i < words.size(); ++i) said.take(words[i]);
  complete_token(said, words[1], service);
  SbiQuestion made{{.principal = {"Nf", std::string(kOwn)},
                    .action = {"Action", words[2]},
                    .resource = {"Service", std::string(kProducer) + "/" + service},
                    .context = context_of(said, operation_of(words[2]))},
                   Entities(&all_actions())};
  EXPECT_TRUE(made.entities.add({made.request.principal,
                                 with({{"instance", kOwn},
                                       {"nfType", caller[0]},
                                       {"name", "nf1"},
                                       {"hosts", Value::set({kOwnHost, "127.0.0.5"})},
                                       {"plmn", caller.size() > 1 ? caller[1] : "99970"},
                                       {"slices", Value::set({"1"})}},
                                      said.parts["caller"]),
                                 {{"NfType", caller[0]}}}));
  EXPECT_TRUE(made.entities.add({made.request.resource,
                                 with({{"service", service},
                                       {"producer", kProducer},
                                       {"producerType", words[1]},
                                       {"plmn", "99970"},
                                       {"slices", Value::set({"1"})}},
                                      said.parts["asked"]),
                                 {{"NfType", words[1]}}}));
  return made;
}

}  // namespace cordon::policy
