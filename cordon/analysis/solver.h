// cvc5 as a separate process that answers SMT-LIB.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/base/result.h"

namespace cordon::analysis {

// A word, a string, or a list: what SMT-LIB answers consist of.
struct Answer {
  std::string word;  // also the text of a string, unescaped to UTF-8
  bool quoted = false;
  std::vector<Answer> parts;  // of a list
  bool is_list() const { return word.empty() && !quoted; }
};

// One answer from the start of text, which it consumes. Nested at most 500 deep.
Result<Answer> read_answer(std::string_view& text);

enum class Satisfiable { yes, no, unknown };

class Solver {
 public:
  // The first cvc5 of PATH, or not_found with the remedy.
  static Result<std::filesystem::path> find();

  // The limit holds for each question. The process ends with this object.
  static Result<Solver> start(const std::filesystem::path& program, std::chrono::milliseconds limit);
  Solver(Solver&&) noexcept;
  ~Solver();

  // Declarations and assertions, in a scope of their own that ends with the next question. Unavailable when the limit
  // has passed without a word from the solver, or it ended: start another then.
  Result<Satisfiable> check(std::string_view script);
  // After Satisfiable::yes: the value of each term, in order.
  Result<std::vector<Answer>> values(const std::vector<std::string>& terms);

 private:
  struct State;
  explicit Solver(std::unique_ptr<State> state);
  Result<Answer> ask(std::string_view text);
  std::unique_ptr<State> state_;
};

}  // namespace cordon::analysis
