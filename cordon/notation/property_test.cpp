// Random trees: what is printed or written as EST comes back as the same tree.
#include <array>
#include <random>

#include "cordon/notation/est.h"
#include "cordon/notation/notation.h"
#include "cordon/notation/test_support.h"
#include "cordon/policy/parse.h"

namespace cordon::notation {
namespace {

using policy::Expression;
using policy::ExpressionKind;

class Trees {
 public:
  explicit Trees(std::uint32_t seed) : random_(seed) {}

  policy::Policy policy() {
    policy::Policy made;
    made.forbid = below(2) == 0;
    made.principal = scope();
    made.resource = scope();
    made.action.kind = static_cast<policy::ScopeKind>(below(3));
    const std::size_t actions = made.action.kind == policy::ScopeKind::any     ? 0
                                : made.action.kind == policy::ScopeKind::equal ? 1
                                                                               : below(4);
    for (std::size_t i = 0; i < actions; ++i) made.action.actions.push_back({"A::Action", text()});
    for (std::size_t i = below(3); i > 0; --i) made.clauses.push_back({.unless = below(2) == 0, .body = tree(5)});
    if (below(2) == 0) made.annotations.emplace_back("note", text());
    return made;
  }

  Expression tree(std::size_t levels) {
    if (levels == 0) return leaf();
    const auto kind = static_cast<ExpressionKind>(below(static_cast<std::size_t>(ExpressionKind::call) + 1));
    if (kind == ExpressionKind::literal || kind == ExpressionKind::variable) return leaf();
    Expression e;
    e.kind = kind;
    for (std::size_t i = operands(e); i > 0; --i) e.operands.push_back(tree(levels - 1));
    words(e);
    // Left-leaning chains of one kind are one chain.
    if (is_chain(kind) && e.operands[0].kind == kind) e.operands[0] = leaf();
    return e;
  }

 private:
  static bool is_chain(ExpressionKind kind) {
    return kind == ExpressionKind::all || kind == ExpressionKind::any || kind == ExpressionKind::sum ||
           kind == ExpressionKind::product;
  }

  std::size_t operands(Expression& e) {
    switch (e.kind) {
      case ExpressionKind::conditional:
        return 3;
      case ExpressionKind::all:
      case ExpressionKind::any:
      case ExpressionKind::sum:
      case ExpressionKind::product:
        return 2 + below(3);
      case ExpressionKind::set:
      case ExpressionKind::record:
        return below(4);
      case ExpressionKind::call:
        e.function = static_cast<policy::Function>(below(static_cast<std::size_t>(policy::Function::to_days) + 1));
        return is_constructor(e.function) ? below(3) : 1 + below(2);
      case ExpressionKind::negate:
      case ExpressionKind::minus:
      case ExpressionKind::is:
      case ExpressionKind::like:
      case ExpressionKind::has:
      case ExpressionKind::get:
      case ExpressionKind::is_empty:
        return 1;
      default:
        return 2;
    }
  }

  void words(Expression& e) {
    if (e.kind == ExpressionKind::sum) {
      std::string signs = "+";
      while (signs.size() < e.operands.size()) signs += below(2) == 0 ? '+' : '-';
      e.signs = signs;
    }
    if (e.kind == ExpressionKind::is || e.kind == ExpressionKind::is_in) e.texts = {below(2) == 0 ? "U" : "A::B"};
    if (e.kind == ExpressionKind::has || e.kind == ExpressionKind::get) e.texts = {text()};
    if (e.kind == ExpressionKind::like) {
      for (std::size_t i = 1 + below(3); i > 0; --i) e.texts.push_back(text());
    }
    for (std::size_t i = 0; e.kind == ExpressionKind::record && i < e.operands.size(); ++i) {
      e.texts.push_back(std::to_string(i) + text());
    }
  }

  Expression leaf() {
    Expression e;
    switch (below(5)) {
      case 0:
        e.literal = std::int64_t{static_cast<std::int64_t>(random_())} - 2'000'000'000;
        break;
      case 1:
        e.literal = text();
        break;
      case 2:
        e.literal = policy::EntityUid{"S::T", text()};
        break;
      case 3:
        e.literal = below(2) == 0;
        break;
      default:
        e.kind = ExpressionKind::variable;
        e.variable = static_cast<policy::Variable>(below(4));
    }
    return e;
  }

  policy::Scope scope() {
    policy::Scope made;
    made.kind = static_cast<policy::ScopeKind>(below(5));
    const bool bound = made.kind != policy::ScopeKind::any && made.kind != policy::ScopeKind::is;
    made.slot = bound && below(3) == 0;
    if (bound && !made.slot) made.entity = {"G", text()};
    if (made.kind == policy::ScopeKind::is || made.kind == policy::ScopeKind::is_in) made.type = "U";
    return made;
  }

  std::string text() {
    constexpr std::array<std::string_view, 12> kTexts = {
        "", "a", "in", "a b", "*", "\\", "\"", "\n\t\r", {"\0", 1}, "é\U0001F600", "permit", "\x7f'//"};
    return std::string(kTexts[below(kTexts.size())]);
  }

  std::size_t below(std::size_t bound) { return random_() % bound; }

  std::mt19937 random_;
};

TEST(RandomTrees, ComeBackFromTheirText) {
  Trees trees(1);
  for (int i = 0; i < 3'000; ++i) {
    const policy::Policy tree = trees.policy();
    const std::string text = to_text(tree);
    const auto read = policy::parse_policies(text);
    ASSERT_TRUE(read) << text << "\n" << read.error().message;
    ASSERT_EQ(read->size(), 1U);
    ASSERT_TRUE(to_json(read->front()) == to_json(tree)) << text << "\n" << to_text(read->front());
    ASSERT_EQ(to_text(read->front()), text);
  }
}

TEST(RandomTrees, ComeBackFromTheirEst) {
  Trees trees(2);
  for (int i = 0; i < 3'000; ++i) {
    const wire::Json written = to_json(trees.policy());
    const auto read = policy_from_json(json(written.dump()));
    ASSERT_TRUE(read) << written.dump() << "\n" << read.error().message;
    ASSERT_TRUE(to_json(*read) == written) << written.dump();
  }
}

TEST(RandomTrees, AreFormattedWithoutAnotherMeaningAndStayFormatted) {
  Trees trees(3);
  for (int i = 0; i < 1'000; ++i) {
    const policy::Policy tree = trees.policy();
    const auto once = notation::format(to_text(tree), "random", {.width = static_cast<std::size_t>(20 + i % 80)});
    ASSERT_TRUE(once) << once.error().message;
    ASSERT_TRUE(to_json(parsed(*once)) == to_json(tree)) << *once;
    ASSERT_EQ(notation::format(*once, "again", {.width = static_cast<std::size_t>(20 + i % 80)}).value(), *once);
  }
}

}  // namespace
}  // namespace cordon::notation
