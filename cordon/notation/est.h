// The EST, Cedar's JSON form of policies: what its reader and its writer share.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "cordon/notation/spot.h"
#include "cordon/policy/ast.h"

namespace cordon::notation {

// Levels of JSON that a reader follows, and that a writer writes below a condition: fewer, because conditions stand
// in policies and policies in sets.
inline constexpr std::size_t kDeepestEst = 500;
inline constexpr std::size_t kDeepestWritten = 480;

struct Operator {
  std::string_view name;
  policy::ExpressionKind kind;
};

// {"==": {"left": ..., "right": ...}}; sums and differences are apart, because they share a kind.
inline constexpr std::array<Operator, 15> kBinaryOperators = {{{"==", policy::ExpressionKind::equal},
                                                               {"!=", policy::ExpressionKind::not_equal},
                                                               {"in", policy::ExpressionKind::in},
                                                               {"<", policy::ExpressionKind::less},
                                                               {"<=", policy::ExpressionKind::less_equal},
                                                               {">", policy::ExpressionKind::greater},
                                                               {">=", policy::ExpressionKind::greater_equal},
                                                               {"&&", policy::ExpressionKind::all},
                                                               {"||", policy::ExpressionKind::any},
                                                               {"*", policy::ExpressionKind::product},
                                                               {"contains", policy::ExpressionKind::contains},
                                                               {"containsAll", policy::ExpressionKind::contains_all},
                                                               {"containsAny", policy::ExpressionKind::contains_any},
                                                               {"hasTag", policy::ExpressionKind::has_tag},
                                                               {"getTag", policy::ExpressionKind::get_tag}}};

// {"!": {"arg": ...}}
inline constexpr std::array<Operator, 3> kUnaryOperators = {{{"!", policy::ExpressionKind::negate},
                                                             {"neg", policy::ExpressionKind::minus},
                                                             {"isEmpty", policy::ExpressionKind::is_empty}}};

inline constexpr std::array<std::string_view, 4> kVariableNames = {"principal", "action", "resource", "context"};

Result<policy::Expression> expression_from_json(const Spot& spot);
Result<policy::Policy> policy_from_json(const Spot& spot);

// Null when it would be nested deeper than kDeepestWritten, or have millions of nodes.
wire::Json to_json(const policy::Expression& expression);

}  // namespace cordon::notation
