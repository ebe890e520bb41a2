// One set of policies, its written forms, and requests put to all of them.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/base/result.h"
#include "cordon/policy/policy.h"
#include "cordon/schema/schema.h"
#include "cordon/wire/json.h"
#include "tests/conformance/report.h"

namespace cordon::conformance {

inline constexpr wire::JsonLimits kGenerous{
    .bytes = std::size_t{256} << 20, .depth = 1000, .leaves = 100'000'000, .nul = true};

// What the reference said to a request.
struct Answer {
  bool ok = false;  // the request could be made at all
  bool allow = false;
  std::set<std::string> reasons;
  std::set<std::string> errors;
  bool operator==(const Answer&) const = default;
  std::string text() const;
};

struct Question {
  wire::Json principal, action, resource, context;
  bool validate = false;  // against the schema
  Answer expected;
};

// The same set, read, and read again from each form it can be written in.
struct Form {
  std::string name;
  policy::PolicySet policies;
};
std::vector<Form> forms_of(const policy::PolicySet& read, std::string_view subject, Report& report,
                           const wire::Json& reproduction);

// With the schema's own action entities, as the reference adds them.
Result<policy::Entities> store_of(std::string_view entities, const schema::Schema* schema);

struct World {
  const schema::Schema* schema = nullptr;
  const policy::Entities* entities = nullptr;
  const std::vector<Form>* forms = nullptr;
};

// Puts the question to every form with the index and without, and to the fail-closed profile.
void ask(const Question& question, const World& world, std::string_view subject, Report& report,
         const wire::Json& reproduction);

std::set<std::string> texts_of(const wire::Json* array);

}  // namespace cordon::conformance
