#include "cordon/policy/test_support.h"

#include <fstream>
#include <sstream>
#include <stdexcept>
#include <utility>

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

Entities small_entities() {
  const Value since = *datetime_of("2024-01-01"), net = *ip_of("10.0.0.0/8");
  const EntityUid b{"U", "b"};
  std::vector<Entity> all = {
      {{"G", "top"}, {}, {}, {}},
      {{"G", "mid"}, {}, {{"G", "top"}}, {}},
      {{"U", "a"},
       {{"n", 7},
        {"friend", b},
        {"since", since},
        {"net", net},
        {"left", *duration_of("1h")},
        {"score", *decimal_of("1.5")}},
       {{"G", "mid"}},
       {{"t", "v"}, {"num", 3}, {"", true}, {"a b", Value::set({1})}, {"e", b}, {"since", since}, {"net", net}}},
      {b, {{"n", 8}}, {}, {{"t", 1}}},
      {{"R", "r"}, {{"owner", EntityUid{"U", "a"}}}, {{"G", "shelf"}}, {}}};
  Entities store;
  for (Entity& entity : all) EXPECT_TRUE(store.add(std::move(entity)));
  return store;
}

Decision decide_small(std::string_view text, Profile profile) {
  return parsed(text).decide(small_request(), Entities{}, profile);
}

}  // namespace cordon::policy
