// A classified request in the words policy uses: policies/sbi.cedarschema.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/enforcement/sender.h"
#include "cordon/enforcement/token_words.h"
#include "cordon/policy/policy.h"
#include "cordon/wire/message.h"
#include "cordon/wire/sbi/catalogue.h"
#include "cordon/wire/sbi/facts.h"

namespace cordon::enforcement {

// A record written anew for each request in the memory of the last one.
class Sheet {
 public:
  void clear();
  const policy::Value* find(std::string_view name) const;
  bool put(std::string_view name, policy::Value value);  // false: the name is taken, and keeps its value
  const policy::Record& record() const { return record_; }
  policy::Record take() { return std::move(record_); }

 private:
  policy::Record record_;
  std::vector<policy::Record::node_type> spare_;
};

// principal Nf::"<instance>", action Action::"<service>:<operation>", resource Service::"<producer>/<service>";
// context: method, access, callback, path, query, body (asserted identities), bodyKind, tls. See README.md. What a
// query and a body say is put to policy as far as the schema has a word for it.
class QuestionForm {
 public:
  QuestionForm();
  QuestionForm(const QuestionForm&) = delete;  // the request points into it
  QuestionForm& operator=(const QuestionForm&) = delete;

  // Valid until the form is filled in again. Allocates nothing but values longer than 15 bytes, once its memory has
  // grown to what requests need.
  const policy::Request& fill(const Sender& sender, const identity::ExpectedNf& producer,
                              const wire::sbi::Classified& classified, const wire::sbi::BodyFacts& facts,
                              const TokenWords& tokens = {}, WallTime now = {});
  void say_emergency(bool emergency);  // of the next request that is filled in
  policy::Request take();              // the same, owning everything; the form is empty then

 private:
  void name(const Sender& sender, const identity::ExpectedNf& producer, const wire::sbi::Operation& operation);
  void describe(const wire::sbi::Operation& operation, wire::sbi::BodyKind kind, const Sender& sender);
  void put_query(const std::vector<wire::sbi::Parameter>& parameters);
  void put_body(const wire::sbi::BodyFacts& facts);
  void put_tokens(const TokenWords& tokens, WallTime now);
  void say(std::string_view name, std::optional<policy::Value> value);

  policy::Request request_;
  Sheet path_, query_, body_, tls_;
  policy::Value *method_, *access_, *callback_, *body_kind_;  // in the context of request_
  std::optional<NfInstanceId> principal_, producer_;          // whose texts stand in request_
  std::string tls_version_, tls_group_;                       // that stand in tls_
  std::vector<policy::Record::node_type> spare_;              // of context, for what only some requests have
};

// What policy is asked, with all that belongs to it. entities lies over the snapshot's and must not outlive it.
struct Question {
  policy::Request request;
  policy::Entities entities;
};

Question make_question(const policy::Entities& beneath, const Sender& sender, const identity::ExpectedNf& producer,
                       const wire::sbi::Classified& classified, const wire::sbi::BodyFacts& facts);

// The query parameters and the members of a body that policy has words for, sorted.
bool is_query_word(std::string_view name);
bool is_body_word(std::string_view name);

}  // namespace cordon::enforcement
