// Who is served next when not everybody can be: deficit round robin (Shreedhar and Varghese, 1995) over flows, in two
// classes. While both wait, three of four go to the priority class: it keeps its share, and so do the others.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace cordon::enforcement {

// Once it has grown to what waits at most, it allocates nothing. Flows are small numbers.
template <typename Item>
class FairQueue {
 public:
  void push(std::uint32_t flow, bool priority, std::uint32_t cost, Item item) {
    auto& line = lines_[priority ? 1 : 0];
    if (flow >= line.flows.size()) line.flows.resize(flow + 1);
    const auto place = room();
    entries_[place] = {std::move(item), std::clamp(cost, 1U, kMostCost), kNone};
    line.add(flow, place, entries_);
    ++size_;
  }

  std::optional<Item> pop() {
    if (size_ == 0) return std::nullopt;
    const bool priority = lines_[0].first == kNone || (lines_[1].first != kNone && turn_++ % 4 != 3);
    const auto place = lines_[priority ? 1 : 0].take(entries_);
    entries_[place].next = std::exchange(free_, place);
    --size_;
    return std::exchange(entries_[place].item, Item{});
  }

  std::size_t size() const { return size_; }

 private:
  static constexpr std::uint32_t kNone = UINT32_MAX;
  static constexpr std::uint32_t kQuantum = 4;
  static constexpr std::uint32_t kMostCost = 64;

  struct Entry {
    Item item;
    std::uint32_t cost = 1;
    std::uint32_t next = kNone;
  };
  struct Flow {
    std::uint32_t first = kNone, last = kNone;  // entries
    std::uint32_t next = kNone;                 // the next flow in turn
    std::uint32_t deficit = 0;
  };
  // Invariant: a flow is in the circle of turns exactly when it has entries.
  struct Line {
    std::vector<Flow> flows;
    std::uint32_t first = kNone, last = kNone;  // flows in turn

    void join(std::uint32_t flow) {
      flows[flow].next = kNone;
      (first == kNone ? first : flows[last].next) = flow;
      last = flow;
    }
    std::uint32_t leave() {
      const auto flow = first;
      first = flows[flow].next;
      return flow;
    }
    void add(std::uint32_t number, std::uint32_t place, std::vector<Entry>& entries) {
      auto& flow = flows[number];
      if (flow.first == kNone) {
        flow.first = place;
        join(number);
      } else {
        entries[flow.last].next = place;
      }
      flow.last = place;
    }
    std::uint32_t take(std::vector<Entry>& entries) {
      while (flows[first].deficit < entries[flows[first].first].cost) {
        flows[first].deficit += kQuantum;
        join(leave());
      }
      auto& flow = flows[first];
      const auto place = flow.first;
      flow.deficit -= entries[place].cost;
      flow.first = entries[place].next;
      if (flow.first == kNone) flows[leave()].deficit = 0;
      return place;
    }
  };

  std::uint32_t room() {
    if (free_ != kNone) return std::exchange(free_, entries_[free_].next);
    entries_.emplace_back();
    return static_cast<std::uint32_t>(entries_.size() - 1);
  }

  std::vector<Entry> entries_;
  std::uint32_t free_ = kNone;  // the first unused entry
  Line lines_[2];               // ordinary, priority
  std::uint32_t turn_ = 0;
  std::size_t size_ = 0;
};

}  // namespace cordon::enforcement
