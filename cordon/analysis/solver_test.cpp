#include "cordon/analysis/solver.h"

#include <gtest/gtest.h>

#include "cordon/analysis/smt_script.h"
#include "cordon/base/file.h"
#include "cordon/base/temporary_folder.h"

namespace cordon::analysis {
namespace {

std::string shown(const Answer& answer) {
  if (answer.quoted) return "'" + answer.word + "'";
  if (!answer.is_list()) return answer.word;
  std::string text = "[";
  for (const auto& part : answer.parts) text += (text.size() > 1 ? " " : "") + shown(part);
  return text + "]";
}

std::string read(std::string_view text) {
  const auto answer = read_answer(text);
  return answer ? shown(*answer) : answer.error().message;
}

// SMT-LIB 2.6: strings escape their quotes by doubling them and characters as \u{...}.
TEST(Answer, IsReadAsWordsStringsAndLists) {
  EXPECT_EQ(read("sat\n"), "sat");
  EXPECT_EQ(read(R"(((x "a""b") (y (- 5)) (z ())))"), "[[x 'a\"b'] [y [- 5]] [z []]]");
  EXPECT_EQ(read(R"("\u{e9}\u{20ac}\u{1f600}\u0041\u{d800}\u{zz}\n")"), "'\u00e9\u20ac\U0001F600A\uFFFD\\u{zz}\\n'");
}

TEST(Answer, ThatIsNoneIsRefused) {
  for (const std::string_view text : {"", ")", "(a", "\"a", "(a \"b)"}) {
    EXPECT_EQ(read(text), "the solver's answer cannot be read") << text;
  }
  EXPECT_EQ(read(std::string(10'000, '(')), "the solver's answer cannot be read");
}

TEST(Solver, AnswersQuestionAfterQuestionEachInItsOwnScope) {
  auto solver = Solver::start(Solver::find().value(), std::chrono::seconds(10)).value();
  EXPECT_EQ(solver.check("(declare-const x Int)\n(assert (> x 5))\n(assert (< x 7))\n").value(), Satisfiable::yes);
  EXPECT_EQ(shown(solver.values({"x", "(+ x 1)"}).value().at(1)), "7");
  EXPECT_EQ(solver.check("(declare-const x String)\n(assert (not (= x x)))\n").value(), Satisfiable::no);
}

TEST(Solver, SaysWhatItDoesNotUnderstand) {
  auto solver = Solver::start(Solver::find().value(), std::chrono::seconds(10)).value();
  const auto answer = solver.check("(assert (no-such-function 1))\n");
  ASSERT_FALSE(answer);
  EXPECT_TRUE(answer.error().message.starts_with("the solver refused the question: ")) << answer.error().message;
}

// Another program in the solver's place: it ends at once, says nonsense, or says nothing.
TEST(Solver, ThatMisbehavesIsAnErrorAndNoHang) {
  const TemporaryFolder folder;
  const auto fake = [&](std::string_view script) {
    const auto file = folder.path() / "cvc5";
    EXPECT_TRUE(write_file(file, std::format("#!/bin/sh\n{}\n", script), 0755));
    auto solver = Solver::start(file, std::chrono::milliseconds(200));
    EXPECT_TRUE(solver);
    const auto answer = solver->check("");
    return answer ? std::string(*answer == Satisfiable::unknown ? "unknown" : "known") : answer.error().message;
  };
  EXPECT_EQ(fake("exit 0"), "the solver ended");
  EXPECT_EQ(fake("echo maybe; exec cat >/dev/null"), "unknown");
  EXPECT_EQ(fake("exec cat >/dev/null"), "the time limit passed");
  EXPECT_EQ(fake("echo '(error \"out of cheese\")'; exec cat >/dev/null"),
            "the solver refused the question: out of cheese");
}

TEST(Script, WritesNumbersAndStringsAsSmtLibDoes) {
  EXPECT_EQ(smt::number(-5), "(- 5)");
  EXPECT_EQ(smt::number(std::numeric_limits<std::int64_t>::min()), "(- 9223372036854775808)");
  EXPECT_EQ(smt::string_literal("a\"\\\n\u00e9").value(), R"("a\u{22}\u{5c}\u{a}\u{e9}")");
  EXPECT_FALSE(smt::string_literal("\U00030000"));
  EXPECT_FALSE(smt::string_literal("\xff"));
}

TEST(Script, LeavesOutWhatCanBeSeen) {
  EXPECT_EQ(smt::both("a", smt::no("a")), smt::kFalse);
  EXPECT_EQ(smt::either(smt::no("a"), "a"), smt::kTrue);
  EXPECT_EQ(smt::implies("a", smt::kTrue), smt::kTrue);
  smt::Script script;
  const std::string longer(100, 'x');
  EXPECT_EQ(script.share("Bool", longer), script.share("Bool", longer));
}

}  // namespace
}  // namespace cordon::analysis
