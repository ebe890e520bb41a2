#include "cordon/schema/closure.h"

#include <cstddef>

namespace cordon::schema {

namespace {

constexpr std::size_t kStepsPerReached = 64;  // a dense graph takes more steps than it reaches nodes

class Walk {
 public:
  Walk(const Edges& edges, std::size_t most)
      : edges_(edges), seen_from_(edges.size(), 0), reached_left_(most), steps_left_(most * kStepsPerReached) {}

  std::expected<Closure, TooLarge> run() {
    Closure closure{Edges(edges_.size()), std::vector<bool>(edges_.size())};
    for (Node start = 0; start < edges_.size(); ++start) {
      if (!from(start, closure)) return std::unexpected(TooLarge{});
    }
    return closure;
  }

 private:
  // The nodes reached are at once the list of those still to be left.
  bool from(Node start, Closure& closure) {
    auto& reached = closure.reached[start];
    Node node = start;
    for (std::size_t next = 0;; node = reached[next++]) {
      for (const Node to : edges_[node]) {
        if (steps_left_-- == 0) return false;
        if (to == start) closure.cycle[start] = true;
        if (to == start || seen_from_[to] == start + 1) continue;
        seen_from_[to] = start + 1;
        if (reached_left_-- == 0) return false;
        reached.push_back(to);
      }
      if (next == reached.size()) return true;
    }
  }

  const Edges& edges_;
  std::vector<Node> seen_from_;  // 1 + the start from which the node was last reached
  std::size_t reached_left_;
  std::size_t steps_left_;
};

}  // namespace

std::expected<Closure, TooLarge> close(const Edges& edges, std::size_t most) { return Walk(edges, most).run(); }

}  // namespace cordon::schema
