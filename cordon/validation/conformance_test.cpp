// Requests and entities that the reference has judged: vectors/data.txt; and what is said of those refused.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "cordon/policy/fold.h"
#include "cordon/policy/parse.h"
#include "cordon/validation/validate.h"

namespace cordon::validation {

namespace {

using policy::EntityUid;

// A value written as an expression without variables.
policy::Value value_of(const std::string& text) {
  auto expression = policy::parse_expression(text);
  EXPECT_TRUE(expression) << text;
  if (!expression) return {};
  policy::fold(*expression);
  EXPECT_TRUE(expression->constant || expression->kind == policy::ExpressionKind::literal) << text;
  return expression->literal;
}

EntityUid uid_of(const std::string& text) { return *value_of(text).as_entity(); }
policy::Record record_of(const std::string& text) { return *value_of(text).as_record(); }

std::vector<std::string> columns(const std::string& line) {
  std::vector<std::string> columns;
  for (std::size_t begin = 0; begin <= line.size();) {
    const std::size_t end = std::min(line.find(" | ", begin), line.size());
    columns.push_back(line.substr(begin, end - begin));
    begin = end + 3;
  }
  return columns;
}

std::vector<EntityUid> uids_of(const std::string& text) {
  std::vector<EntityUid> uids;
  std::size_t begin = text.find_first_not_of(' ');
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find(", ", begin), text.size());
    uids.push_back(uid_of(text.substr(begin, end - begin)));
    begin = end + 2;
  }
  return uids;
}

policy::Request request_of(const std::string& line) {
  const auto parts = columns(line);
  return {uid_of(parts.at(0)), uid_of(parts.at(1)), uid_of(parts.at(2)), record_of(parts.at(3))};
}

policy::Entity entity_of(const std::string& line) {
  const auto parts = columns(line + " ");
  return {.uid = uid_of(parts.at(0)),
          .attributes = record_of(parts.at(1)),
          .parents = uids_of(parts.at(3)),
          .tags = record_of(parts.at(2))};
}

std::string judged(const Result<void>& result) { return result ? "ok" : "refused"; }

schema::Schema schema_of(const std::string& text) {
  auto schema = schema::Schema::parse(text, "schema");
  EXPECT_TRUE(schema) << schema.error().message;
  return *schema;
}

std::map<std::string, schema::Schema> read_schemas(std::istream& file) {
  std::map<std::string, schema::Schema> schemas;
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with("@schema ")) continue;
    std::string text;
    for (std::string part; std::getline(file, part) && part != "@end";) text += part + "\n";
    schemas.emplace(line.substr(8), schema_of(text));
  }
  return schemas;
}

constexpr const char* kPath = CORDON_SOURCE_DIR "/cordon/validation/vectors/data.txt";

constexpr const char* kSchema = R"(
entity Colour enum ["red", "green"];
entity Group in [Group];
entity User in [Group] { name: String, age?: Long, seen: Set<{ at: datetime, by?: User }> } tags Long;
entity Plain;
action group;
action view in [group] appliesTo { principal: [User], resource: [Plain, Colour], context: { n: Long, color?: Colour } };
action idle;
)";

std::string message_of(const Result<void>& result) { return result ? "ok" : result.error().message; }

}  // namespace

TEST(Vectors, RequestsAndEntitiesAreJudgedAsTheReferenceJudgesThem) {
  std::ifstream schema_file(kPath);
  const auto schemas = read_schemas(schema_file);
  std::ifstream file(kPath);
  const schema::Schema* schema = nullptr;
  std::vector<policy::Entity> entities;
  std::string judgement;
  std::string shown;
  std::size_t count = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("@use ")) schema = &schemas.at(line.substr(5));
    if (line.starts_with("? ")) judgement = judged(validate(request_of(line.substr(2)), *schema));
    if (line.starts_with("= ")) entities.push_back(entity_of(line.substr(2)));
    if (!line.starts_with("< ")) {
      shown = line;
      continue;
    }
    if (!entities.empty()) judgement = judged(validate(std::span<const policy::Entity>(entities), *schema));
    EXPECT_EQ(judgement, line.substr(2)) << shown;
    entities.clear();
    ++count;
  }
  EXPECT_GE(count, 150U);
}

TEST(Request, SaysWhichPartIsWrongAndWhatWasMeant) {
  const schema::Schema schema = schema_of(kSchema);
  policy::Request request{{"User", "a"}, {"Action", "view"}, {"Plain", "p"}, {{"n", policy::Value(1)}}};
  EXPECT_EQ(message_of(validate(request, schema)), "ok");
  request.context = {{"n", policy::Value(1)}, {"colour", policy::Value(1)}};
  EXPECT_EQ(message_of(validate(request, schema)),
            "context: the schema declares no attribute `colour`; did you mean `color`?");
  request.context = {{"n", policy::Value("1")}};
  EXPECT_EQ(message_of(validate(request, schema)),
            R"(context: attribute `n`: expected Long, found "1" of type String)");
  request.context = {};
  EXPECT_EQ(message_of(validate(request, schema)), "context: the required attribute `n` is missing");
  request.resource = {"User", "b"};
  EXPECT_EQ(message_of(validate(request, schema)),
            "resource: `Action::\"view\"` does not apply to the type `User`; it applies to `Colour`, `Plain`");
  request.resource = {"Colour", "gren"};
  EXPECT_EQ(message_of(validate(request, schema)),
            "resource: `Colour::\"gren\"` is none of the entities that the schema lists for `Colour`; did you mean "
            "`green`?");
  request.action = {"Action", "idle"};
  request.resource = {"Plain", "p"};
  EXPECT_EQ(message_of(validate(request, schema)),
            "principal: `Action::\"idle\"` does not apply to the type `User`; it applies to nothing");
  request.action = {"Action", "veiw"};
  EXPECT_EQ(message_of(validate(request, schema)), "action: the schema has no action `Action::\"veiw\"`");
  request.principal = {"Person", "p"};
  EXPECT_EQ(message_of(validate(request, schema)), "principal: the schema has no entity type `Person`");
}

TEST(Entity, SaysWhereInItTheMistakeIs) {
  const schema::Schema schema = schema_of(kSchema);
  policy::Entity entity{.uid = {"User", "a"},
                        .attributes = {{"name", policy::Value("n")}, {"seen", policy::Value::set({})}},
                        .parents = {{"Group", "g"}}};
  EXPECT_EQ(message_of(validate(entity, schema)), "ok");
  entity.attributes["seen"] = policy::Value::set({policy::Value(policy::Record{{"at", policy::Value(1)}})});
  EXPECT_EQ(message_of(validate(entity, schema)),
            "entity `User::\"a\"`: attribute `seen`: attribute `at`: expected datetime, found 1 of type Long");
  entity.attributes.erase("name");
  EXPECT_EQ(message_of(validate(entity, schema)), "entity `User::\"a\"`: the required attribute `name` is missing");
  entity = {.uid = {"Group", "g"}, .attributes = {}, .parents = {{"Plain", "p"}}};
  EXPECT_EQ(
      message_of(validate(entity, schema)),
      "entity `Group::\"g\"`: it may not be in `Plain::\"p\"`: the schema does not let a `Group` be in a `Plain`");
  entity = {.uid = {"Plain", "p"}, .attributes = {}, .parents = {}, .tags = {{"t", policy::Value(1)}}};
  EXPECT_EQ(message_of(validate(entity, schema)),
            "entity `Plain::\"p\"`: it has the tag `t`, but `Plain` has no tags");
}

TEST(Entity, AnActionMayNameItsDirectParentsOnly) {
  const schema::Schema schema = schema_of(kSchema);
  const policy::Entity view{.uid = {"Action", "view"}, .attributes = {}, .parents = {{"Action", "group"}}};
  EXPECT_TRUE(validate(view, schema));
  const policy::Entity alone{.uid = {"Action", "view"}, .attributes = {}, .parents = {}};
  EXPECT_FALSE(validate(alone, schema));
}

}  // namespace cordon::validation
