// What the reference accepts and refuses, as data.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "cordon/schema/schema.h"

namespace cordon::schema {
namespace {

namespace fs = std::filesystem;

const fs::path kVectors = fs::path(CORDON_SOURCE_DIR) / "cordon/schema/vectors";

std::string read(const fs::path& path) {
  const std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

struct Case {
  std::size_t line = 0;
  std::string expected;  // "accepted", "accepted, warnings: 1", "refused 1:2: why; remedy"
  std::string schema;
};

// A case is a line that says what is expected, then the schema, indented by two spaces; an empty line ends it.
std::vector<Case> cases_of(const std::string& name) {
  std::istringstream text(read(kVectors / name));
  std::vector<Case> cases;
  std::size_t number = 0;
  for (std::string line; std::getline(text, line);) {
    ++number;
    if (line.starts_with("accepted") || line.starts_with("refused")) {
      cases.push_back({number, line, {}});
    } else if (line.starts_with("  ")) {
      std::string& schema = cases.back().schema;
      if (!schema.empty()) schema += '\n';
      schema += line.substr(2);
    }
  }
  return cases;
}

std::string answer(const Result<Schema>& schema, std::string_view file) {
  if (!schema) {
    const std::string& message = schema.error().message;
    return "refused " + message.substr(file.size(), message.find('\n') - file.size());
  }
  if (schema->warnings().empty()) return "accepted";
  return std::format("accepted, warnings: {}", schema->warnings().size());
}

TEST(SchemaVectors, SchemasInCedarsSyntaxAreAnsweredAsByTheReference) {
  const auto cases = cases_of("text.txt");
  EXPECT_GE(cases.size(), 300U);
  for (const Case& each : cases) {
    EXPECT_EQ(answer(Schema::parse(each.schema, "s"), "s:"), each.expected) << "text.txt:" << each.line;
  }
}

TEST(SchemaVectors, SchemasInJsonAreAnsweredAsByTheReference) {
  const auto cases = cases_of("json.txt");
  EXPECT_GE(cases.size(), 160U);
  for (const Case& each : cases) {
    EXPECT_EQ(answer(Schema::parse_json(each.schema, "s"), "s: "), each.expected) << "json.txt:" << each.line;
  }
}

TEST(SchemaVectors, TheReferencesJsonOfASchemaIsTheSameSchema) {
  std::size_t compared = 0;
  for (const auto& entry : fs::directory_iterator(kVectors / "corpus")) {
    if (entry.path().extension() != ".cedarschema") continue;
    const auto schema = Schema::parse(read(entry.path()), "corpus");
    ASSERT_TRUE(schema) << schema.error().message;
    for (const char* extension : {".json", ".resolved.json"}) {
      const auto other = Schema::parse_json(read(fs::path(entry.path()).replace_extension(extension)), "corpus");
      ASSERT_TRUE(other) << other.error().message;
      EXPECT_EQ(schema->entity_types(), other->entity_types()) << entry.path();
      EXPECT_EQ(schema->actions(), other->actions()) << entry.path();
      ++compared;
    }
  }
  EXPECT_EQ(compared, 24U);
}

}  // namespace
}  // namespace cordon::schema
