#include "cordon/enforcement/check_certificate.h"

#include <gtest/gtest.h>

#include "cordon/enforcement/test_judge.h"

namespace cordon::enforcement {
namespace {

using namespace test;
using std::chrono::seconds;

Verdict judged_at(WallTime now, const crypto::PeerProof& proof, const Protection& by) {
  Sender sender;
  sender.nf = by.inventory.find_name("amf1");
  sender.address = "127.0.0.1:40001";
  sender.proof = proof;
  const evidence::Pseudonyms pseudonyms(to_bytes("a key for tests"));
  Judge judge(std::shared_ptr<const Protection>(std::shared_ptr<const Protection>(), &by));
  return judge.judge(sender, by.inventory.find_name("nrf1"), get("nrf1.5gc.test", "/nnrf-nfm/v1/nf-instances"),
                     pseudonyms, now);
}

struct Moment {
  const char* name;
  seconds from_start;  // of a certificate of one minute
  const char* rule;
};
class CertificateTime : public testing::TestWithParam<Moment> {};
INSTANTIATE_TEST_SUITE_P(Each, CertificateTime,
                         testing::Values(Moment{"Before", seconds(-1), "identity-not-yet-valid"},
                                         Moment{"First", seconds(0), "all"}, Moment{"Last", seconds(59), "all"},
                                         Moment{"End", seconds(60), "identity-expired"},
                                         Moment{"After", seconds(3000), "identity-expired"}),
                         [](const auto& each) { return std::string(each.param.name); });

// A connection stays open while the clock goes on, or jumps back.
TEST_P(CertificateTime, DecidesAlsoOnAnOpenConnection) {
  const auto start = std::chrono::floor<seconds>(system_clock().now());
  const auto verdict =
      judged_at(start + GetParam().from_start, {.anchor = "a", .since = start, .until = start + seconds(60)},
                *network().protection());
  EXPECT_EQ(verdict.record.rule, GetParam().rule);
  EXPECT_EQ(verdict.permit, verdict.record.rule == "all");
  if (!verdict.permit) {
    EXPECT_EQ(verdict.problem.status, 403);
  }
}

TEST(WithdrawnProducer, IsNotAsked) {
  TestNetwork withdrawn = network();
  withdrawn.more_inventory = std::format("revoked: [{{instance: {}, because: its host was taken over}}]\n", kNrf);
  const auto verdict = judged_at(system_clock().now(), {}, *withdrawn.protection());
  EXPECT_EQ(verdict.record.rule, "producer-revoked");
  EXPECT_EQ(verdict.problem.status, 503);
  EXPECT_TRUE(verdict.problem.detail.contains("its host was taken over"));
}

}  // namespace
}  // namespace cordon::enforcement
