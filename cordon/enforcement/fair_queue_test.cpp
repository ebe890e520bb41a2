#include "cordon/enforcement/fair_queue.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace cordon::enforcement {
namespace {

std::string drained(FairQueue<char>& queue) {
  std::string out;
  while (const auto item = queue.pop()) out += *item;
  return out;
}

TEST(FairQueue, ServesEachFlowInItsOrderAndTheFlowsInTurn) {
  FairQueue<char> queue;
  for (int i = 0; i < 6; ++i) queue.push(0, false, 4, 'a');
  queue.push(7, false, 4, 'x');
  queue.push(7, false, 4, 'y');
  EXPECT_EQ(queue.size(), 8);
  EXPECT_EQ(drained(queue), "axayaaaa");
  EXPECT_EQ(queue.size(), 0);
  EXPECT_FALSE(queue.pop());
}

TEST(FairQueue, CountsWhatARequestCosts) {
  FairQueue<char> queue;
  for (int i = 0; i < 4; ++i) queue.push(0, false, 16, 'H');  // large
  for (int i = 0; i < 16; ++i) queue.push(1, false, 4, 's');
  const auto order = drained(queue);
  EXPECT_EQ(std::ranges::count(order.substr(0, 10), 'H'), 2) << order;
}

TEST(FairQueue, GivesThreeOfFourToPriorityAndTheRestToTheOthers) {
  FairQueue<char> queue;
  for (int i = 0; i < 8; ++i) queue.push(0, false, 1, 'o');
  for (int i = 0; i < 6; ++i) queue.push(1, true, 1, 'p');
  EXPECT_EQ(drained(queue), "pppopppooooooo");
}

TEST(FairQueue, ReusesItsPlaces) {
  FairQueue<char> queue;
  for (int round = 0; round < 1000; ++round) {
    queue.push(static_cast<std::uint32_t>(round % 5), round % 2 == 0, 1, 'a');
    queue.push(static_cast<std::uint32_t>(round % 3), false, 70, 'b');
    EXPECT_EQ(drained(queue).size(), 2);
  }
}

// The reason it exists: one flow of a thousand and one of ten.
TEST(FairQueue, LetsNobodyWaitBehindAFlood) {
  FairQueue<int> queue;
  for (int i = 0; i < 1000; ++i) queue.push(0, false, 1, 0);
  for (int i = 0; i < 10; ++i) queue.push(1, false, 1, 1);
  int position = 0, last = 0;
  while (const auto item = queue.pop()) {
    ++position;
    if (*item == 1) last = position;
  }
  EXPECT_LE(last, 24);
}

}  // namespace
}  // namespace cordon::enforcement
