#include "cordon/enforcement/token_words.h"

#include "cordon/base/ids.h"

namespace cordon::enforcement {

namespace {

using policy::Record;
using policy::Value;

// Instances as the inventory writes them, whatever the case in the token.
std::string instance_text(const std::string& text) {
  const auto instance = NfInstanceId::parse(text);
  return instance ? instance->text() : text;
}

Value instances(const std::vector<std::string>& texts) {
  std::vector<Value> out;
  for (const auto& text : texts) out.emplace_back(instance_text(text));
  return Value::set(std::move(out));
}

Value texts(const std::vector<std::string>& all) { return Value::set({all.begin(), all.end()}); }

Value time(std::int64_t seconds) { return policy::Datetime{seconds * 1000}; }

}  // namespace

Record token_words(const tokens::Claims& claims) {
  std::vector<Value> scope;
  for (const auto& each : claims.scope) scope.emplace_back(policy::EntityUid{"Action", each});
  Record out;
  out.emplace("sub", instance_text(claims.subject));
  out.emplace("aud", instances(claims.audience));
  out.emplace("scope", Value::set(std::move(scope)));
  out.emplace("exp", time(claims.expires));
  out.emplace("issuer", policy::EntityUid{"Nf", instance_text(claims.issuer)});
  if (!claims.consumer_plmn.empty()) out.emplace("consumerPlmn", claims.consumer_plmn);
  if (!claims.producer_plmn.empty()) out.emplace("producerPlmn", claims.producer_plmn);
  if (!claims.slices.empty()) out.emplace("snssais", texts(claims.slices));
  if (!claims.nf_set.empty()) out.emplace("nfSet", claims.nf_set);
  return out;
}

Record assertion_words(const tokens::Assertion& assertion) {
  Record out;
  out.emplace("sub", assertion.instance.text());
  out.emplace("aud", texts(assertion.claims.audience));
  out.emplace("exp", time(assertion.claims.expires));
  return out;
}

const Record& words_of(tokens::KnownToken& token) {
  if (!token.made) token.made = std::make_shared<const Record>(token_words(token.claims));
  return *static_cast<const Record*>(token.made.get());
}

}  // namespace cordon::enforcement
