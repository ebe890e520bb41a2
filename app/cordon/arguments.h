// The words after a command: flags, options with a value, and the rest.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/base/result.h"

namespace cordon::app {

struct Shape {
  std::vector<std::string_view> flags = {};    // "--json"
  std::vector<std::string_view> options = {};  // "--config": takes a value, also as --config=VALUE
  std::size_t most_words = 0;
};

class Arguments {
 public:
  // Unknown options and too many words are errors that name the nearest known one.
  static Result<Arguments> parse(const std::vector<std::string>& words, const Shape& shape);

  bool has(std::string_view flag) const { return flags_.contains(std::string(flag)); }
  std::optional<std::string> option(std::string_view name) const;
  const std::vector<std::string>& words() const { return words_; }

 private:
  std::set<std::string> flags_;
  std::map<std::string, std::string, std::less<>> options_;
  std::vector<std::string> words_;
};

}  // namespace cordon::app
