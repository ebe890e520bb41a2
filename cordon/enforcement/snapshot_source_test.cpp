#include "cordon/enforcement/snapshot_source.h"

#include <gtest/gtest.h>
#include <sys/epoll.h>

#include <map>

#include "cordon/base/socket.h"
#include "cordon/base/temporary_folder.h"
#include "cordon/enforcement/line_channel.h"
#include "cordon/enforcement/test_network.h"

namespace cordon::enforcement {
namespace {

using namespace test;

// The engine's end of the socket: sends what it is told to, keeps what is answered.
class TestEngine {
 public:
  TestEngine(Loop& loop, const std::filesystem::path& socket) : loop_(loop), listener_(listen_unix(socket).value()) {
    loop_.watch(listener_.get(), EPOLLIN, [this](std::uint32_t) {
      LineChannel::Events events;
      events.on_line = [this](std::string_view line) { answers.emplace_back(line); };
      channel = std::make_unique<LineChannel>(loop_, std::move(accept_one(listener_.get())->fd), 1 << 20,
                                              std::move(events));
    });
  }
  ~TestEngine() { loop_.forget(listener_.get()); }
  std::string tell(const std::string& line) {  // and what is answered
    const auto before = answers.size();
    channel->send(line);
    return run_until(loop_, [&] { return answers.size() > before; }) ? answers.back() : "";
  }

  std::unique_ptr<LineChannel> channel;
  std::vector<std::string> answers;

 private:
  Loop& loop_;
  Fd listener_;
};

class Source : public testing::Test {
 protected:
  Source() { EXPECT_TRUE(write_file(places.public_key, key.public_key().pem())); }

  std::string line(std::uint64_t sequence, const std::string& policy = kPermitAll) const {
    return sign_snapshot(network.snapshot(policy, sequence), key).value();
  }
  void open() {
    source = std::make_unique<SnapshotSource>(loop, places, [this](std::shared_ptr<const Protection> protection) {
      sequences.push_back(protection->sequence);
      current = std::move(protection);
    });
  }
  void open_with_engine() {
    engine = std::make_unique<TestEngine>(loop, places.socket);
    open();
    ASSERT_TRUE(run_until(loop, [&] { return engine->channel && source->connected(); }));
  }
  std::string stored() const { return read_file(places.last_snapshot).value_or(""); }

  TemporaryFolder folder;
  SnapshotSource::Places places{folder / "engine.sock", folder / "engine.pub", folder / "snapshot.json"};
  crypto::PrivateKey key = crypto::PrivateKey::generate(crypto::KeyKind::ed25519).value();
  TestNetwork network;
  Loop loop;
  std::vector<std::uint64_t> sequences;  // of what came into force, in order
  std::shared_ptr<const Protection> current;
  std::unique_ptr<TestEngine> engine;
  std::unique_ptr<SnapshotSource> source;
};

TEST_F(Source, UsesTheStoredSnapshotAtOnceWhenTheEngineIsAway) {
  ASSERT_TRUE(write_file(places.last_snapshot, line(5)));
  open();
  EXPECT_EQ(sequences, (std::vector<std::uint64_t>{5}));
  EXPECT_FALSE(source->connected());
}

TEST_F(Source, HasNothingWithoutStoredSnapshotAndEngine) {
  open();
  EXPECT_TRUE(sequences.empty());
}

TEST_F(Source, DoesNotUseAStoredSnapshotThatExpired) {
  auto old = network.snapshot();
  old.expires = system_clock().now() - std::chrono::seconds(1);
  ASSERT_TRUE(write_file(places.last_snapshot, sign_snapshot(old, key).value()));
  open();
  EXPECT_TRUE(sequences.empty());
}

TEST_F(Source, DoesNotUseAStoredSnapshotThatWasChanged) {
  auto text = line(5);
  text.replace(text.find("permit"), 6, "forbid");
  ASSERT_TRUE(write_file(places.last_snapshot, text));
  open();
  EXPECT_TRUE(sequences.empty());
}

TEST_F(Source, TakesWhatTheEngineSendsAndStoresIt) {
  open_with_engine();
  const auto text = line(3);
  const auto answer = engine->tell(text);
  EXPECT_EQ(answer, std::format("running 3 {}", network.protection()->digest));
  EXPECT_EQ(sequences, (std::vector<std::uint64_t>{3}));
  EXPECT_EQ(stored(), text);
  const auto mode = std::filesystem::status(places.last_snapshot).permissions();
  EXPECT_EQ(mode, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(Source, RefusesAnOlderSnapshotAlsoAfterARestart) {
  ASSERT_TRUE(write_file(places.last_snapshot, line(5)));
  open_with_engine();
  EXPECT_EQ(engine->tell(line(4)), "refused snapshot 4 is older than the running 5");
  EXPECT_TRUE(engine->tell(line(5)).starts_with("running 5 "));
  EXPECT_TRUE(engine->tell(line(6)).starts_with("running 6 "));
  EXPECT_TRUE(engine->tell(line(5)).starts_with("refused "));
  EXPECT_EQ(sequences, (std::vector<std::uint64_t>{5, 5, 6}));
}

TEST_F(Source, RefusesAWrongSnapshotAndKeepsTheRunningOne) {
  open_with_engine();
  const auto good = line(1);
  ASSERT_TRUE(engine->tell(good).starts_with("running 1 "));
  const auto other = crypto::PrivateKey::generate(crypto::KeyKind::ed25519).value();
  EXPECT_TRUE(engine->tell(sign_snapshot(network.snapshot(kPermitAll, 2), other).value()).contains("signature"));
  EXPECT_TRUE(engine->tell(line(2, "permit (")).starts_with("refused test.cedar:1:"));
  EXPECT_TRUE(engine->tell("not even JSON").starts_with("refused snapshot: "));
  EXPECT_EQ(sequences, (std::vector<std::uint64_t>{1}));
  EXPECT_EQ(stored(), good);
}

TEST_F(Source, WorksOnWhenTheSnapshotCannotBeStored) {
  places.last_snapshot = folder / "missing/snapshot.json";
  open_with_engine();
  EXPECT_TRUE(engine->tell(line(1)).starts_with("running 1 "));
}

TEST_F(Source, BelievesNobodyWithoutTheEnginesKey) {
  places.public_key = folder / "missing.pub";
  open_with_engine();
  EXPECT_TRUE(engine->tell(line(1)).starts_with("refused "));
  ASSERT_TRUE(write_file(places.public_key, "no key"));
  EXPECT_TRUE(engine->tell(line(1)).starts_with("refused "));
  EXPECT_TRUE(sequences.empty());
}

TEST_F(Source, FindsAnEngineThatComesLaterOrComesBack) {
  open();
  engine = std::make_unique<TestEngine>(loop, places.socket);
  ASSERT_TRUE(run_until(loop, [&] { return engine->channel != nullptr; }));
  EXPECT_TRUE(engine->tell(line(1)).starts_with("running 1 "));

  engine = std::make_unique<TestEngine>(loop, places.socket);
  EXPECT_TRUE(run_until(loop, [&] { return engine->channel != nullptr; }));
  EXPECT_TRUE(engine->tell(line(2)).starts_with("running 2 "));
  EXPECT_EQ(sequences, (std::vector<std::uint64_t>{1, 2}));
}

// Every judgement sees one snapshot, whole; and once the engine has heard "running N", none is made by an older one.
TEST_F(Source, ChangesTheProtectionAtOneMomentForEveryJudgement) {
  constexpr std::uint64_t kChanges = 40;
  std::map<std::uint64_t, std::string> digests;
  open_with_engine();
  for (std::uint64_t n = 1; n <= kChanges; ++n) {
    const auto policy = std::format("@id(\"p{0}\") permit (principal, action, resource) when {{ {0} == {0} }};", n);
    digests[n] = network.protection(policy, n)->digest;
    engine->channel->send(line(n, policy));  // all at once: they wait for each other
  }
  std::uint64_t acknowledged = 0;
  std::size_t judged = 0;
  const auto judge_once = [&] {
    if (!current) return;
    const auto snapshot = current;  // as a request keeps it
    EXPECT_GE(snapshot->sequence, acknowledged);
    EXPECT_EQ(snapshot->digest, digests.at(snapshot->sequence));
    const auto decision =
        snapshot->policies.decide({{"Nf", "a"}, {"Action", "b"}, {"Service", "c"}, {}}, snapshot->entities);
    EXPECT_EQ(decision.determining, (std::vector{std::format("p{}", snapshot->sequence)}));
    ++judged;
  };
  ASSERT_TRUE(run_until(loop, [&] {
    judge_once();
    if (!engine->answers.empty()) {
      acknowledged = engine->answers.size();
      EXPECT_EQ(engine->answers.back(), std::format("running {} {}", acknowledged, digests.at(acknowledged)));
    }
    return acknowledged == kChanges;
  }));
  EXPECT_GE(judged, kChanges);
  EXPECT_EQ(sequences.size(), kChanges);
}

TEST_F(Source, LeavesBehindWhatIsStillInUse) {
  ASSERT_TRUE(write_file(places.last_snapshot, line(5)));
  open();
  const auto kept = current;
  current.reset();
  source.reset();
  EXPECT_EQ(kept->sequence, 5U);  // and its end, after the source's, is orderly
}

TEST_F(Source, CanEndWhileASnapshotIsUnderWay) {
  open_with_engine();
  std::string policy = kPermitAll;
  for (int i = 0; i < 2'000; ++i) policy += "permit (principal, action, resource) when { 1 == 1 };\n";
  engine->channel->send(line(1, policy));
  for (int i = 0; i < 3; ++i) loop.run_once(std::chrono::milliseconds(0));
  source.reset();
}

TEST_F(Source, TakesAPolicyLargerThanTheSocketsBuffer) {
  open_with_engine();
  std::string policy = kPermitAll;
  while (policy.size() < 3'000'000) policy += "permit (principal, action, resource) when { \"quoted\" == \"a\" };\n";
  EXPECT_TRUE(engine->tell(line(1, policy)).starts_with("running 1 "));
  EXPECT_EQ(current->policies.text(), policy);
}

}  // namespace
}  // namespace cordon::enforcement
