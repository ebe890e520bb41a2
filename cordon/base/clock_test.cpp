#include "cordon/base/clock.h"

#include <gtest/gtest.h>

namespace cordon {
namespace {

using std::chrono::microseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

TEST(Clock, PrintsMicrosecondsInUtc) {
  EXPECT_EQ(format_time(WallTime{}), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(format_time(WallTime{seconds{1'700'000'000} + microseconds{12}}), "2023-11-14T22:13:20.000012Z");
  EXPECT_EQ(format_time(WallTime{nanoseconds{-1}}), "1969-12-31T23:59:59.999999Z");
}

TEST(Clock, ReadsWhatItPrints) {
  for (const auto* text : {"1970-01-01T00:00:00.000000Z", "2024-02-29T23:59:59.999999Z",
                           "1678-01-01T00:00:00.000000Z", "2261-12-31T23:59:59.999999Z"}) {
    const auto time = parse_time(text);
    ASSERT_TRUE(time) << text;
    EXPECT_EQ(format_time(*time), text);
  }
}

TEST(Clock, ReadsAnyNumberOfDigitsUpToNanoseconds) {
  const auto whole = parse_time("2026-11-21T02:48:04Z");
  ASSERT_TRUE(whole);
  EXPECT_EQ(parse_time("2026-11-21T02:48:04.5Z"), *whole + std::chrono::milliseconds(500));
  EXPECT_EQ(parse_time("2026-11-21T02:48:04.000000001Z"), *whole + nanoseconds(1));
}

TEST(Clock, RefusesTimesThatAreNotRfc3339InUtc) {
  for (const auto* text :
       {"", "2026", "2026-11-21", "2026-11-21T02:48:04", "2026-11-21T02:48:04+00:00", "2026-11-21 02:48:04Z",
        "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z", "2026-11-00T00:00:00Z", "2026-11-21T24:00:00Z",
        "2026-11-21T00:60:00Z", "2026-11-21T00:00:60Z", "2026-11-21T02:48:04.Z", "2026-11-21T02:48:04.1234567890Z",
        "2026-11-21T02:48:04ZZ", "+026-11-21T02:48:04Z", "2026-11-21T02:48:-4Z", "2026-11-21T02:48:04.5"}) {
    EXPECT_FALSE(parse_time(text)) << text;
  }
}

TEST(Clock, RefusesYearsItCannotHold) {
  for (const auto* text :
       {"9999-12-31T23:59:59Z", "2262-01-01T00:00:00Z", "1677-12-31T00:00:00Z", "0000-01-01T00:00:00Z"}) {
    const auto time = parse_time(text);
    ASSERT_FALSE(time) << text;
    EXPECT_TRUE(time.error().message.contains("1678")) << time.error().message;
  }
}

TEST(Clock, StandsStillUntilToldToMove) {
  ManualClock clock;
  const auto wall = clock.now();
  const auto steady = clock.steady();
  EXPECT_EQ(clock.now(), wall);
  clock.advance(seconds(3));
  EXPECT_EQ(clock.now() - wall, seconds(3));
  EXPECT_EQ(clock.steady() - steady, seconds(3));
  clock.set(wall);
  EXPECT_EQ(clock.now(), wall);
  EXPECT_EQ(clock.steady() - steady, seconds(3));
}

TEST(Clock, OfTheSystemNeverGoesBackwards) {
  const auto first = system_clock().steady();
  EXPECT_GE(system_clock().steady(), first);
  EXPECT_GT(system_clock().now(), WallTime{});
}

}  // namespace
}  // namespace cordon
