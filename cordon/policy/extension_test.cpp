#include "cordon/policy/extension.h"

#include <gtest/gtest.h>

#include <limits>
#include <utility>
#include <vector>

#include "cordon/policy/ast.h"
#include "cordon/policy/value.h"

namespace cordon::policy {
namespace {

constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();

// What is accepted and refused is in vectors/expressions.txt; here is what becomes of it.

TEST(Decimal, IsWrittenInTheShortestFormThatReadsBack) {
  for (const auto& [text, units] : std::vector<std::pair<std::string, std::int64_t>>{
           {"0.0", 0}, {"1.5", 15'000}, {"-0.0001", -1}, {"12.3456", 123'456}, {"-922337203685477.5808", kLeast}}) {
    EXPECT_EQ(text_of(Decimal{units}), text);
    EXPECT_EQ(decimal_of(text), Decimal{units});
  }
  EXPECT_EQ(decimal_of("007.5000"), Decimal{75'000});
  EXPECT_EQ(decimal_of("-0.0"), Decimal{0});
}

TEST(IpNetwork, IsWrittenAsRfc5952WantsIt) {
  for (const auto& [text, canonical] :
       std::vector<std::pair<std::string, std::string>>{{"127.0.0.1", "127.0.0.1"},
                                                        {"127.0.0.1/32", "127.0.0.1"},
                                                        {"10.0.0.0/8", "10.0.0.0/8"},
                                                        {"::", "::"},
                                                        {"::1/128", "::1"},
                                                        {"1::", "1::"},
                                                        {"2001:DB8:0:0:1:0:0:1/64", "2001:db8::1:0:0:1/64"},
                                                        {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
                                                        {"0:0:1:0:0:0:1:1", "0:0:1::1:1"},
                                                        {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
                                                        {"::ffff:7f00:1", "::ffff:7f00:1"}}) {
    const auto read = ip_of(text);
    ASSERT_TRUE(read) << text;
    EXPECT_EQ(text_of(*read), canonical);
    EXPECT_EQ(ip_of(canonical), read);
  }
}

TEST(IpNetwork, RangesDoNotCrossFamilies) {
  EXPECT_TRUE(in_range(*ip_of("10.1.0.0/17"), *ip_of("10.1.99.0/16")));
  EXPECT_FALSE(in_range(*ip_of("10.1.128.0/17"), *ip_of("10.1.0.0/17")));
  EXPECT_FALSE(in_range(*ip_of("10.0.0.0/8"), *ip_of("10.0.0.0/9")));
  EXPECT_FALSE(in_range(*ip_of("0.0.0.0"), *ip_of("::/0")));
}

TEST(Datetime, CountsFromTheEpoch) {
  for (const auto& [text, milliseconds] :
       std::vector<std::pair<std::string, std::int64_t>>{{"1970-01-01", 0},
                                                         {"1969-12-31T23:59:59.999Z", -1},
                                                         {"2024-02-29", 1'709'164'800'000},
                                                         {"2026-01-31T23:59:59Z", 1'769'903'999'000},
                                                         {"0000-01-01", -62'167'219'200'000},
                                                         {"9999-12-31T23:59:59.999Z", 253'402'300'799'999}}) {
    EXPECT_EQ(datetime_of(text), Datetime{milliseconds}) << text;
    EXPECT_EQ(text_of(Datetime{milliseconds}), text);
  }
  EXPECT_EQ(datetime_of("2024-01-01T01:30:00+0130"), datetime_of("2024-01-01"));
}

TEST(Datetime, OutsideFourDigitYearsIsWrittenAsItCouldBeMade) {
  EXPECT_EQ(text_of(Datetime{253'402'300'800'000}), "+10000-01-01");
  EXPECT_EQ(text_of(Datetime{-62'167'219'200'001}), "-0001-12-31T23:59:59.999Z");
  EXPECT_EQ(text_of(Datetime{kMost}), "+292278994-08-17T07:12:55.807Z");
  EXPECT_EQ(text_of(Datetime{kLeast}), "-292275055-05-16T16:47:04.192Z");
  EXPECT_EQ(Value(Datetime{kLeast}).text(), "datetime(\"1970-01-01\").offset(duration(\"-9223372036854775808ms\"))");
}

TEST(Datetime, ArithmeticStopsAtTheLimits) {
  EXPECT_EQ(offset(Datetime{kMost}, Duration{1}), std::nullopt);
  EXPECT_EQ(offset(Datetime{-1}, Duration{kLeast}), std::nullopt);
  EXPECT_EQ(duration_since(Datetime{0}, Datetime{kLeast}), std::nullopt);
  EXPECT_EQ(duration_since(Datetime{-1}, Datetime{kLeast}), Duration{kMost});
  EXPECT_EQ(date_of(Datetime{kLeast}), std::nullopt);
  EXPECT_EQ(date_of(Datetime{-1}), Datetime{-86'400'000});
  EXPECT_EQ(time_of(Datetime{-1}), Duration{86'399'999});
}

TEST(Duration, IsWrittenInItsLargestUnits) {
  for (const auto& [text, milliseconds] :
       std::vector<std::pair<std::string, std::int64_t>>{{"0ms", 0},
                                                         {"1d2h3m4s5ms", 93'784'005},
                                                         {"-1h1ms", -3'600'001},
                                                         {"106751991167d7h12m55s807ms", kMost},
                                                         {"-106751991167d7h12m55s808ms", kLeast}}) {
    EXPECT_EQ(text_of(Duration{milliseconds}), text);
    EXPECT_EQ(duration_of(text), Duration{milliseconds});
  }
  EXPECT_EQ(duration_of("90m"), duration_of("1h30m"));
}

TEST(Function, NamesAreThoseOfCedar) {
  for (auto f = Function::decimal; f <= Function::to_days; f = static_cast<Function>(std::to_underlying(f) + 1)) {
    EXPECT_EQ(function_named(name_of(f)), f);
  }
  EXPECT_EQ(name_of(Function::less_than_or_equal), "lessThanOrEqual");
  EXPECT_EQ(name_of(Function::is_in_range), "isInRange");
  EXPECT_EQ(function_named("unknown"), std::nullopt);
}

}  // namespace
}  // namespace cordon::policy
