// SMT-LIB text under construction. A term is text too; long ones get a name, so that sharing keeps scripts linear.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/base/result.h"

namespace cordon::analysis::smt {

using Term = std::string;

inline const Term kTrue = "true";
inline const Term kFalse = "false";

// Terms of the Boolean sort; what can be seen to be true or false is not written.
Term both(const Term& a, const Term& b);
Term either(const Term& a, const Term& b);
Term no(const Term& a);
Term implies(const Term& a, const Term& b);

Term apply(std::string_view function, std::initializer_list<std::string_view> arguments);  // (function a b)
Term is_empty(const Term& set, std::string_view sort);                                     // of the set
Term number(std::int64_t value);                                                           // SMT-LIB has no -5
// Nothing for text with characters beyond U+2FFFF, which SMT-LIB's strings do not have.
Result<Term> string_literal(std::string_view text);
bool is_literal(const Term& term);  // a string literal

class Script {
 public:
  Term constant(std::string_view sort, std::string_view hint);  // a fresh unknown
  void declare_function(std::string_view name, std::string_view arguments, std::string_view sort);
  void line(std::string_view text);              // any command
  Term share(std::string_view sort, Term term);  // the term, or a name for it
  void assume(const Term& term);                 // asserted once, however often it is said
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  std::set<Term> assumed_;
  std::map<Term, Term> shared_;  // equal terms have one name, so that a guard is seen to be what it guards
  std::size_t names_ = 0;
};

}  // namespace cordon::analysis::smt
