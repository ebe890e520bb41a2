#include "cordon/notation/test_support.h"

#include <fstream>
#include <sstream>

#include "cordon/base/text.h"
#include "cordon/notation/limits.h"
#include "cordon/policy/parse.h"

namespace cordon::notation {

std::string read_vectors(const std::string& name) {
  std::ifstream in(std::string(CORDON_SOURCE_DIR) + "/cordon/notation/vectors/" + name, std::ios::binary);
  EXPECT_TRUE(in) << name;
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<std::vector<std::string>> vector_rows(const std::string& name) {
  std::istringstream text(read_vectors(name));
  std::vector<std::vector<std::string>> rows;
  for (std::string line; std::getline(text, line);) {
    if (line.empty() || line.starts_with('#')) continue;
    rows.emplace_back();
    for (const std::string_view part : split(line, '\t')) rows.back().emplace_back(part);
  }
  return rows;
}

wire::Json json(std::string_view text) { return wire::parse_json(text, kPolicyLimits).value(); }

policy::Policy parsed(std::string_view text) { return policy::parse_policies(text).value().at(0); }

const schema::Schema& data_schema() {
  static const schema::Schema schema =
      schema::Schema::parse(read_vectors("data.cedarschema"), "data.cedarschema").value();
  return schema;
}

std::string error_of(const Result<std::vector<policy::Entity>>& read) { return read ? "" : read.error().message; }

}  // namespace cordon::notation
