#include "app/cordon/arguments.h"

#include <algorithm>

#include "cordon/base/text.h"

namespace cordon::app {

namespace {

std::unexpected<Error> unknown_option(std::string_view word, const Shape& shape) {
  auto known = shape.flags;
  known.insert(known.end(), shape.options.begin(), shape.options.end());
  const auto near = closest(word, known);
  const auto hint = near.empty() ? std::string() : std::format("; did you mean {}?", near);
  return fail(ErrorKind::invalid_input, std::format("unknown option {}{} (see --help)", word, hint));
}

}  // namespace

Result<Arguments> Arguments::parse(const std::vector<std::string>& words, const Shape& shape) {
  Arguments out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto& word = words[i];
    if (!word.starts_with("--") || word == "--") {
      if (word != "--") out.words_.push_back(word);
      continue;
    }
    const auto equals = word.find('=');
    const auto name = word.substr(0, equals);
    if (std::ranges::find(shape.flags, name) != shape.flags.end() && equals == word.npos) {
      out.flags_.insert(name);
    } else if (std::ranges::find(shape.options, name) == shape.options.end()) {
      return unknown_option(name, shape);
    } else if (equals != word.npos) {
      out.options_[name] = word.substr(equals + 1);
    } else if (i + 1 < words.size()) {
      out.options_[name] = words[++i];
    } else {
      return fail(ErrorKind::invalid_input, name + " wants a value");
    }
  }
  if (out.words_.size() > shape.most_words) {
    return fail(ErrorKind::invalid_input,
                std::format("'{}' is one word too many (see --help)", out.words_[shape.most_words]));
  }
  return out;
}

std::optional<std::string> Arguments::option(std::string_view name) const {
  const auto found = options_.find(name);
  if (found == options_.end()) return std::nullopt;
  return found->second;
}

}  // namespace cordon::app
