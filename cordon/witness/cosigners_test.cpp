#include "cordon/witness/cosigners.h"

#include <gtest/gtest.h>

#include "cordon/journal/simulated_disk.h"
#include "cordon/wire/test_http1.h"
#include "cordon/witness/test_log.h"
#include "cordon/witness/witness.h"

namespace cordon::witness {
namespace {

using transparency::Note;

constexpr std::chrono::milliseconds kLong(30'000);

// A witness of which the test decides how it answers; reached without a network.
struct FakeWitness {
  std::string name;
  std::vector<transparency::NoteSigner> keys;
  std::unique_ptr<Witness> witness;
  std::function<Result<wire::Response>(Result<wire::Response>)> twist = [](auto answer) { return answer; };
  int asked = 0;

  FakeWitness(std::string named, const KnownLog& log, const Clock& clock)
      : name(std::move(named)), keys(test_cosigner(name)) {
    auto disk = std::make_shared<journal::SimulatedDisk>();
    EXPECT_TRUE(Witness::create(*disk));
    witness = Witness::open(disk, {log}, keys, clock).value();
  }
  Result<wire::Response> ask(std::string body) {
    ++asked;
    return twist(witness->answer({.method = "POST", .path = "/add-checkpoint", .body = std::move(body)}));
  }
};

class CosignersTest : public testing::Test {
 protected:
  CosignersTest() {
    for (const auto* name : {"w1", "w2", "w3"}) {
      witnesses_.push_back(std::make_unique<FakeWitness>(name, log_.known(), clock_));
    }
  }

  // Each witness with both keys under one URL; two of the three must have cosigned.
  transparency::TrustPolicy policy() const {
    auto text = log_.trust_lines();
    std::string group = "group two 2";
    for (const auto& each : witnesses_) {
      for (const auto& key : each->keys) {
        const bool classic = key.verifier().type == transparency::SignatureType::ed25519_cosignature;
        const auto name = each->name + (classic ? "" : "-pq");
        text += "witness " + name + " " + key.verifier().text() + " http://" + each->name + "\n";
        if (classic) group += " " + name;
      }
    }
    return transparency::parse_trust_policy(text + group + "\nquorum two\n", "trust").value();
  }

  std::unique_ptr<HttpCosigners> make() {
    HttpCosigners::Options options;
    options.link = [this](const std::string& url) -> Result<std::unique_ptr<WitnessLink>> {
      struct Link final : WitnessLink {
        FakeWitness* to = nullptr;
        Result<wire::Response> add_checkpoint(std::string body, std::chrono::milliseconds) override {
          return to->ask(std::move(body));
        }
      };
      auto link = std::make_unique<Link>();
      for (const auto& each : witnesses_) {
        if (url == "http://" + each->name) link->to = each.get();
      }
      if (link->to == nullptr) return fail(ErrorKind::not_found, "no such witness");
      return link;
    };
    return HttpCosigners::of(policy(), clock_, std::move(options)).value();
  }
  journal::Cosigners::Outcome cosign(HttpCosigners& cosigners, std::uint64_t size) {
    return cosigners.cosign(log_.note(size), log_.tree());
  }

  ManualClock clock_;
  TestLog log_;
  std::vector<std::unique_ptr<FakeWitness>> witnesses_;
};

TEST_F(CosignersTest, CollectsWhatAllWitnessesSignAndRemembersTheirSizes) {
  log_.grow(100);
  const auto cosigners = make();
  for (const std::uint64_t size : {10U, 64U, 64U, 100U}) {
    const auto outcome = cosign(*cosigners, size);
    EXPECT_TRUE(outcome.quorum) << outcome.why;
    EXPECT_EQ(outcome.signatures.size(), 6U);
    EXPECT_EQ(outcome.why, "");
    Note whole = log_.note(size);
    whole.signatures.insert(whole.signatures.end(), outcome.signatures.begin(), outcome.signatures.end());
    EXPECT_EQ(transparency::verify_checkpoint(whole, policy())->witnesses.size(), 6U);
  }
  EXPECT_EQ(witnesses_[0]->asked, 4);  // once each time, though it has two keys
}

TEST_F(CosignersTest, LearnsTheSizeFromTheConflict) {
  log_.grow(100);
  ASSERT_TRUE(cosign(*make(), 40).quorum);
  const auto restarted = make();  // does not know what they have
  witnesses_[0]->asked = 0;
  EXPECT_EQ(cosign(*restarted, 100).signatures.size(), 6U);
  EXPECT_EQ(witnesses_[0]->asked, 2);
}

TEST_F(CosignersTest, ToldAQuorumThatIsNotMetAndByWhom) {
  log_.grow(3);
  const auto cosigners = make();
  witnesses_[1]->twist = [](auto) -> Result<wire::Response> {
    return fail(ErrorKind::unavailable, "no answer in time");
  };
  EXPECT_TRUE(cosign(*cosigners, 1).quorum);
  witnesses_[2]->twist = [](auto) -> Result<wire::Response> { return wire::Response{500, {}, "oh\x1b dear\n"}; };
  const auto outcome = cosign(*cosigners, 2);
  EXPECT_FALSE(outcome.quorum);
  EXPECT_EQ(outcome.signatures.size(), 2U);
  EXPECT_TRUE(outcome.why.contains("w3, w3-pq: refused with 500: oh\\x1b dear")) << outcome.why;
  EXPECT_TRUE(outcome.why.contains("w2, w2-pq: it failed and is asked again in 1s")) << outcome.why;
}

TEST_F(CosignersTest, LeavesAFailingWitnessAloneForLongerAndLonger) {
  log_.grow(3);
  const auto cosigners = make();
  auto& failing = *witnesses_[0];
  failing.twist = [](auto) -> Result<wire::Response> { return fail(ErrorKind::unavailable, "away"); };
  for (int i = 0; i < 20; ++i) {
    cosign(*cosigners, 1);
    clock_.advance(std::chrono::seconds(1));
  }
  EXPECT_EQ(failing.asked, 5);  // at 0, 1, 3, 7 and 15 seconds
  failing.twist = [](auto answer) { return answer; };
  clock_.advance(std::chrono::seconds(60));
  EXPECT_EQ(cosign(*cosigners, 3).signatures.size(), 6U);
}

TEST_F(CosignersTest, CosignaturesThatDoNotHoldAreNotTaken) {
  log_.grow(3);
  const auto cosigners = make();
  witnesses_[0]->twist = [](Result<wire::Response> answer) {
    answer->body[answer->body.size() - 20] ^= 1;  // of the second line: the first still holds
    return answer;
  };
  witnesses_[1]->twist = [&](auto) -> Result<wire::Response> {
    return wire::Response{200, {}, test_cosigner("w2")[0].sign(log_.note(3).text, clock_.now())->line()};
  };
  witnesses_[2]->twist = [](auto) -> Result<wire::Response> { return wire::Response{200, {}, "hello"}; };
  const auto outcome = cosign(*cosigners, 3);
  EXPECT_FALSE(outcome.quorum);
  EXPECT_LE(outcome.signatures.size(), 1U);
  EXPECT_TRUE(outcome.why.contains("w2, w2-pq: its answer has no cosignature that holds")) << outcome.why;
}

TEST_F(CosignersTest, AWitnessThatNeverSettlesIsGivenUp) {
  log_.grow(50);
  const auto cosigners = make();
  std::uint64_t size = 1;
  witnesses_[0]->twist = [&](auto) -> Result<wire::Response> {
    return wire::Response{409, {}, std::to_string(++size) + "\n"};
  };
  const auto outcome = cosign(*cosigners, 50);
  EXPECT_TRUE(outcome.quorum);
  EXPECT_EQ(witnesses_[0]->asked, 3);
  for (const std::string body : {"", "x\n", "12", "-1\n", "99999999999999999999999\n"}) {
    witnesses_[1]->twist = [&](auto) -> Result<wire::Response> { return wire::Response{409, {}, body}; };
    clock_.advance(std::chrono::seconds(100));
    EXPECT_EQ(cosign(*cosigners, 50).signatures.size(), 2U) << body;
  }
}

// The log was restored from a backup, or somebody else signs with its keys.
TEST_F(CosignersTest, TellsThatAWitnessHasSeenMore) {
  log_.grow(100);
  ASSERT_TRUE(cosign(*make(), 100).quorum);
  log_.truncate(60);
  const auto outcome = cosign(*make(), 60);
  EXPECT_FALSE(outcome.quorum);
  EXPECT_TRUE(outcome.why.contains("it has cosigned size 100 of this log, which has 60 now")) << outcome.why;
}

TEST_F(CosignersTest, ARewrittenHistoryFindsNoQuorum) {
  log_.grow(100);
  ASSERT_TRUE(cosign(*make(), 90).quorum);
  log_.rewrite(7, "nothing happened");  // with the log's keys
  const auto outcome = cosign(*make(), 100);
  EXPECT_FALSE(outcome.quorum);
  EXPECT_TRUE(outcome.signatures.empty());
  EXPECT_TRUE(outcome.why.contains("refused with 422")) << outcome.why;
}

// Even together with the log's keys, fewer witnesses' keys than the quorum convince nobody.
TEST_F(CosignersTest, AStolenWitnessKeyIsNotAQuorum) {
  log_.grow(100);
  auto thief = log_;
  thief.rewrite(7, "nothing happened");
  Note forged = thief.note(100);
  for (const auto& key : witnesses_[0]->keys)
    forged.signatures.push_back(key.sign(forged.text, clock_.now()).value());
  EXPECT_FALSE(transparency::verify_checkpoint(forged, policy())->quorum);
  // And without the log's keys they are worth nothing at all.
  TestLog nobody(log_.origin());
  nobody.grow(100);
  Note stranger = nobody.note(100);
  for (const auto& each : witnesses_) {
    for (const auto& key : each->keys) {
      stranger.signatures.push_back(key.sign(stranger.text, clock_.now()).value());
    }
  }
  EXPECT_FALSE(transparency::verify_checkpoint(stranger, policy()));
}

TEST_F(CosignersTest, ATreeThatCannotBeReadIsTold) {
  struct Broken final : transparency::HashSource {
    Result<transparency::Hash> node(unsigned, std::uint64_t) const override {
      return fail(ErrorKind::io, "read tile/0/000: Input/output error");
    }
  };
  log_.grow(100);
  const auto cosigners = make();
  ASSERT_TRUE(cosign(*cosigners, 50).quorum);
  const auto outcome = cosigners->cosign(log_.note(100), Broken{});
  EXPECT_TRUE(outcome.why.contains("Input/output error")) << outcome.why;
  EXPECT_FALSE(cosigners->cosign({"no checkpoint\n", {}}, log_.tree()).quorum);
}

TEST_F(CosignersTest, SpeaksWithARealWitnessOverHttp) {
  log_.grow(300);
  const wire::test::RunningServer server([&](const wire::Request& request) {
    return witnesses_[0]->witness->answer(request);  // nobody else asks it
  });
  const auto text = log_.trust_lines() + "witness w1 " + witnesses_[0]->keys[0].verifier().text() + " " +
                    server.url() + "\nwitness silent " + witnesses_[1]->keys[0].verifier().text() + "\nquorum w1\n";
  const auto cosigners =
      HttpCosigners::of(transparency::parse_trust_policy(text, "trust").value(), clock_, {.deadline = kLong});
  ASSERT_TRUE(cosigners);
  for (const std::uint64_t size : {1U, 256U, 300U}) {
    const auto outcome = (*cosigners)->cosign(log_.note(size), log_.tree());
    EXPECT_TRUE(outcome.quorum) << outcome.why;
    EXPECT_EQ(outcome.signatures.size(), 1U);
  }
}

TEST_F(CosignersTest, AUrlThatCannotBeAskedIsRefusedAtTheStart) {
  const auto text = log_.trust_lines() + "witness w1 " + witnesses_[0]->keys[0].verifier().text() +
                    " https://witness.example\nquorum w1\n";
  const auto cosigners = HttpCosigners::of(transparency::parse_trust_policy(text, "trust").value(), clock_, {});
  ASSERT_FALSE(cosigners);
  EXPECT_TRUE(cosigners.error().message.starts_with("witness w1: ")) << cosigners.error().message;
}

}  // namespace
}  // namespace cordon::witness
