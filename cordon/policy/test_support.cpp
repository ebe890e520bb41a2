#include "cordon/policy/test_support.h"

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace cordon::policy {

std::string read_source(const std::string& path) {
  std::ifstream in(std::string(CORDON_SOURCE_DIR) + "/" + path, std::ios::binary);
  EXPECT_TRUE(in) << path;
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<std::string> vector_lines(const std::string& name) {
  std::istringstream text(read_source("cordon/policy/vectors/" + name));
  std::vector<std::string> lines;
  for (std::string line; std::getline(text, line);) {
    if (!line.empty() && !line.starts_with('#')) lines.push_back(line);
  }
  return lines;
}

PolicySet parsed(std::string_view text) {
  auto set = PolicySet::parse(text, "test.cedar");
  if (!set) throw std::runtime_error(set.error().message);
  return *set;
}

std::string refusal(std::string_view text) {
  const auto set = PolicySet::parse(text, "test.cedar");
  return set ? "it parses" : set.error().message;
}

Request small_request() {
  return {.principal = {"U", "a"},
          .action = {"Action", "x"},
          .resource = {"R", "r"},
          .context = {{"a", 1}, {"r", Record{{"b", Record{{"c", true}}}}}, {"s", Value::set({1, 2})}, {"str", "x"}}};
}

Decision decide_small(std::string_view text, Profile profile) {
  return parsed(text).decide(small_request(), Entities{}, profile);
}

}  // namespace cordon::policy
