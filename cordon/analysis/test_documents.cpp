#include "cordon/analysis/test_documents.h"

#include <sstream>

#include "cordon/base/file.h"

namespace cordon::analysis {

namespace {

std::string vector_file(const std::string& name) {
  return read_file(std::string(CORDON_SOURCE_DIR) + "/cordon/analysis/vectors/" + name).value();
}

std::string trimmed(const std::string& text) {
  const auto begin = text.find_first_not_of(' ');
  return begin == text.npos ? "" : text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

}  // namespace

schema::Schema documents() {
  return schema::Schema::parse(vector_file("documents.cedarschema"), "documents.cedarschema").value();
}

policy::PolicySet parsed(std::string_view text) { return policy::PolicySet::parse(text, "test.cedar").value(); }

std::vector<ClaimLine> claim_lines() {
  std::vector<ClaimLine> lines;
  std::istringstream text(vector_file("claims.txt"));
  for (std::string line; std::getline(text, line);) {
    if (line.empty() || line.starts_with('#')) continue;
    const auto first = line.find('|');
    const auto second = line.find('|', first + 1);
    const auto rest = line.substr(second + 1);
    const auto split = rest.find(" || permit") != rest.npos   ? rest.find(" || permit")
                       : rest.find(" || forbid") != rest.npos ? rest.find(" || forbid")
                                                              : rest.find(" || @");
    lines.push_back({line, trimmed(line.substr(0, first)), trimmed(line.substr(first + 1, second - first - 1)),
                     trimmed(rest.substr(0, split)), split == rest.npos ? "" : trimmed(rest.substr(split + 4))});
  }
  return lines;
}

}  // namespace cordon::analysis
