#include "cordon/enforcement/question.h"

namespace cordon::enforcement {

namespace {

using policy::Record;
using policy::Value;

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

std::string_view word_for(wire::sbi::BodyKind kind) {
  switch (kind) {
    case wire::sbi::BodyKind::none:
      return "none";
    case wire::sbi::BodyKind::json:
      return "json";
    case wire::sbi::BodyKind::json_patch:
      return "json-patch";
    case wire::sbi::BodyKind::merge_patch:
      return "merge-patch";
    case wire::sbi::BodyKind::multipart:
      return "multipart";
    case wire::sbi::BodyKind::form:
      return "form";
    case wire::sbi::BodyKind::other:
      return "other";
  }
  return "other";
}

Record to_record(const std::vector<wire::sbi::Parameter>& parameters) {
  Record record;
  for (const auto& parameter : parameters) record.emplace(parameter.name, parameter.value);
  return record;
}

// One value a name; what a patch touches is a set. A second value for another name is kept from policy by saying so:
// "ambiguous" names it, and the default policy refuses ambiguity.
Record to_record(const wire::sbi::BodyFacts& facts) {
  Record record;
  std::vector<Value> patch_paths;
  std::vector<Value> ambiguous;
  for (const auto& [name, value] : facts.asserted) {
    if (name == "patchPaths") {
      patch_paths.emplace_back(value);
    } else if (const auto [at, fresh] = record.emplace(name, value); !fresh && *at->second.as_string() != value) {
      ambiguous.emplace_back(name);
    }
  }
  if (!patch_paths.empty()) record.insert_or_assign("patchPaths", Value::set(std::move(patch_paths)));
  if (!ambiguous.empty()) record.insert_or_assign("ambiguous", Value::set(std::move(ambiguous)));
  return record;
}

}  // namespace

Question make_question(const policy::Entities& beneath, const Sender& sender, const identity::ExpectedNf& producer,
                       const wire::sbi::Classified& classified, const wire::sbi::BodyFacts& facts) {
  const auto& operation = *classified.operation;
  Question question{{{"Nf", sender.nf->instance.text()},
                     {"Action", std::string(operation.action)},
                     {"Service", producer.instance.text() + "/" + std::string(operation.service)},
                     {}},
                    policy::Entities(&beneath)};
  auto& context = question.request.context;
  context.emplace("method", operation.method);
  context.emplace("access", word_for(operation.access));
  context.emplace("callback", operation.callback);
  context.emplace("path", to_record(classified.path));
  context.emplace("query", to_record(classified.query));
  context.emplace("body", to_record(facts));
  context.emplace("bodyKind", word_for(facts.kind));
  context.emplace("tls", Record{{"version", sender.tls.version}, {"group", sender.tls.group}});

  // The only entity of a request that no snapshot holds. Adding one to an empty store cannot fail.
  [[maybe_unused]] const auto added = question.entities.add({question.request.resource,
                                                             {{"service", operation.service},
                                                              {"producer", producer.instance.text()},
                                                              {"producerType", producer.type},
                                                              {"plmn", producer.plmn}},
                                                             {{"NfType", producer.type}}});
  return question;
}

}  // namespace cordon::enforcement
