#include "cordon/enforcement/rate.h"

#include <gtest/gtest.h>

#include "cordon/enforcement/test_judge.h"
#include "cordon/policy/policy.h"

namespace cordon::enforcement {
namespace {

using namespace test;
using namespace std::chrono_literals;

TEST(Rate, IsReadOrRefused) {
  const auto rate = parse_rate("100/s burst 20");
  ASSERT_TRUE(rate);
  EXPECT_EQ(rate->per_second, 100);
  EXPECT_EQ(rate->burst, 20);
  EXPECT_EQ(parse_rate("100/s")->burst, 100);
  EXPECT_EQ(parse_rate("30/m")->per_second, 0.5);
  for (const auto* wrong : {"", "0/s", "-1/s", "1", "1/h", "1/s ", "1/sburst 2", "1/s burst", "1/s burst 0",
                            "1/s burst 2x", "1.5/s", "99999999999/s", " 1/s", "1 /s", "2000000/s"}) {
    EXPECT_FALSE(parse_rate(wrong)) << wrong;
  }
}

TEST(Rate, IsCheckedInEveryPolicyOfASet) {
  const auto check = [](std::string text) {
    return check_rates(policy::PolicySet::parse(std::move(text), "p.cedar").value());
  };
  EXPECT_TRUE(check(R"(@rate("5/s") permit (principal, action, resource);)"));
  const auto wrong = check(R"(@id("x") @rate("fast") permit (principal, action, resource);)");
  ASSERT_FALSE(wrong);
  EXPECT_TRUE(wrong.error().message.starts_with("p.cedar:1:")) << wrong.error().message;
  EXPECT_TRUE(wrong.error().message.contains("policy x: @rate(\"fast\")")) << wrong.error().message;
  EXPECT_TRUE(check(R"(@rate("5/s") forbid (principal, action, resource);)").error().message.contains("permit"));
}

TEST(Bucket, GivesItsBurstAndThenItsRate) {
  Bucket bucket;
  const Rate rate{2, 3};
  auto now = 100s + 0ns;
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(bucket.take(rate, now));
  EXPECT_FALSE(bucket.take(rate, now));
  EXPECT_TRUE(bucket.take(rate, now += 500ms));
  EXPECT_FALSE(bucket.take(rate, now));
  EXPECT_TRUE(bucket.full(rate, now += 1h));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(bucket.take(rate, now));
  EXPECT_FALSE(bucket.take(rate, now));
}

TEST(Bucket, GainsNothingFromAClockThatGoesBack) {
  Bucket bucket;
  const Rate rate{1, 1};
  EXPECT_TRUE(bucket.take(rate, 1000s));
  EXPECT_FALSE(bucket.take(rate, 10s));
  EXPECT_TRUE(bucket.take(rate, 11s)) << "and does not stand still until the old time comes again";
}

TEST(Rates, KeepABucketForEachIdentityAndRule) {
  Rates rates;
  const Rate rate{1, 1};
  const WallTime now{1000s};
  EXPECT_TRUE(rates.take("a", "r", rate, now));
  EXPECT_FALSE(rates.take("a", "r", rate, now));
  EXPECT_TRUE(rates.take("b", "r", rate, now));
  EXPECT_TRUE(rates.take("a", "s", rate, now));
  EXPECT_EQ(rates.size(), 3);
}

TEST(Rates, AreBoundedAndRefuseWhenNobodyCanBeForgotten) {
  Rates rates;
  const Rate rate{1, 1};
  const WallTime now{1000s};
  for (int i = 0; i < 16'384; ++i) ASSERT_TRUE(rates.take(std::to_string(i), "r", rate, now));
  EXPECT_FALSE(rates.take("new", "r", rate, now));
  EXPECT_TRUE(rates.take("new", "r", rate, now + 2s)) << "full buckets are forgotten";
  EXPECT_EQ(rates.size(), 1);
}

Verdict judged_with(Rates& rates, const Protection& by, const char* caller = "amf1") {
  Sender sender;
  sender.nf = by.inventory.find_name(caller);
  const evidence::Pseudonyms pseudonyms(to_bytes("a key for tests"));
  Judge judge(std::shared_ptr<const Protection>(std::shared_ptr<const Protection>(), &by), {.rates = &rates});
  const Arrival arrival;
  return judge.judge(sender, by.inventory.find_name(arrival.producer), arrival.request, pseudonyms,
                     system_clock().now());
}

// TS 29.500 5.2.7.2: NF_CONGESTION_RISK.
TEST(CheckRate, RefusesWhatPolicyAllowsLessOften) {
  Rates rates;
  const auto by = network().protection(R"(@id("a") @rate("1/m") permit (principal, action, resource);)");
  const auto first = judged_with(rates, *by);
  ASSERT_TRUE(first.permit);
  EXPECT_EQ(first.record.obligations, std::vector<std::string>{"rate=1/m"});
  const auto second = judged_with(rates, *by);
  EXPECT_FALSE(second.permit);
  EXPECT_EQ(second.record.rule, "rate-limit");
  EXPECT_EQ(second.problem.status, 429);
  EXPECT_EQ(second.problem.cause, "NF_CONGESTION_RISK");
  EXPECT_EQ(second.problem.retry_after, 60);
  EXPECT_TRUE(second.problem.detail.contains("only 1/m (policy a)")) << second.problem.detail;
  EXPECT_TRUE(judged_with(rates, *by, "udm1").permit) << "another identity has its own";
}

TEST(CheckRate, RefusesALimitThatCannotBeRead) {
  Rates rates;
  const auto by = network().protection(R"(@id("a") @rate("often") permit (principal, action, resource);)");
  EXPECT_EQ(judged_with(rates, *by).problem.status, 429);
}

}  // namespace
}  // namespace cordon::enforcement
