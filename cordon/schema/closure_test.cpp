#include "cordon/schema/closure.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace cordon::schema {
namespace {

std::vector<Node> reached(const Closure& closure, Node node) {
  std::vector<Node> sorted = closure.reached[node];
  std::ranges::sort(sorted);
  return sorted;
}

TEST(Closure, FollowsEdgesToTheEndAndNamesNodesOnce) {
  const auto closure = close({{1, 2}, {3}, {3, 3}, {}}, 100);
  ASSERT_TRUE(closure);
  EXPECT_EQ(reached(*closure, 0), (std::vector<Node>{1, 2, 3}));
  EXPECT_EQ(reached(*closure, 2), (std::vector<Node>{3}));
  EXPECT_TRUE(reached(*closure, 3).empty());
  EXPECT_EQ(std::ranges::count(closure->cycle, true), 0);
}

TEST(Closure, MarksExactlyTheNodesOfACycle) {
  const auto closure = close({{1}, {2}, {1}, {3}}, 100);
  ASSERT_TRUE(closure);
  EXPECT_EQ(closure->cycle, (std::vector<bool>{false, true, true, true}));
  EXPECT_EQ(reached(*closure, 1), (std::vector<Node>{2}));
}

TEST(Closure, StopsAtTheLimit) {
  EXPECT_TRUE(close({{1}, {2}, {}}, 3));
  EXPECT_FALSE(close({{1}, {2}, {}}, 2));
  EXPECT_FALSE(close({std::vector<Node>(1000, 0)}, 1));  // few nodes, many steps
}

}  // namespace
}  // namespace cordon::schema
