#include "cordon/evidence/writer.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <map>
#include <set>

#include "cordon/base/socket.h"
#include "cordon/base/temporary_folder.h"
#include "cordon/evidence/client.h"
#include "cordon/evidence/frame.h"
#include "cordon/evidence/test_folder.h"
#include "cordon/evidence/test_parts.h"

namespace cordon::evidence {
namespace {

// A peer that speaks bytes, not our client: it may say anything.
class Stranger {
 public:
  Stranger(Loop& loop, const std::filesystem::path& socket) : loop_(loop), fd_(connect_unix(socket).value()) {}

  void say(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto put = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (put > 0) bytes.remove_prefix(static_cast<std::size_t>(put));
      if (put < 0 && errno != EAGAIN) return;  // it closed on us, as it may
      loop_.run_once(std::chrono::milliseconds(0));
    }
  }

  // The next reply; nothing once the writer closed.
  std::optional<AppendReply> hear() {
    for (;;) {
      const auto payload = frames_.next().value();
      if (!payload && !receive()) return {};
      if (!payload) continue;
      auto said = parse_writer(*payload).value();
      if (auto* reply = std::get_if<AppendReply>(&said)) return std::move(*reply);
      epochs.push_back(std::get<EpochKeys>(said).epoch);
    }
  }
  std::vector<std::uint32_t> epochs;  // that were announced

 private:
  bool receive() {
    std::uint8_t chunk[4096];
    for (;;) {
      const auto got = ::recv(fd_.get(), chunk, sizeof chunk, 0);
      if (got > 0) return frames_.add({chunk, static_cast<std::size_t>(got)}), true;
      if (got == 0 || errno != EAGAIN) return false;
      loop_.run_once(std::chrono::milliseconds(1));
    }
  }

  Loop& loop_;
  Fd fd_;
  Frames frames_;
};

std::string order(std::uint64_t id, const Record& record) {
  std::string out;
  append_order(out, id, record);
  return out;
}
std::string reply(const AppendReply& said) {
  std::string out;
  append_reply(out, said);
  return out;
}

constexpr std::uint64_t kNotes = 2;  // of the writer's own when it starts: start, spool-positions

class WriterTest : public testing::Test {
 protected:
  void start(WriterOptions options = {}) {
    auto started = Writer::start(loop, clock, parts_of(log), {}, socket, std::move(options));
    ASSERT_TRUE(started) << started.error().message;
    writer = std::move(*started);
  }
  void run_until(const std::function<bool()>& done) {
    while (!done()) loop.run_once(std::chrono::milliseconds(10));
  }
  std::unique_ptr<Client> connected_client() {
    auto client = Client::start(loop, socket);
    run_until([&] { return client->connected(); });
    return client;
  }
  // The answer to one record.
  Result<std::uint64_t> append(Client& client, const Record& record) {
    std::optional<Result<std::uint64_t>> answer;
    client.append(record, [&](Result<std::uint64_t> sequence) { answer = std::move(sequence); });
    EXPECT_FALSE(answer) << "answered before append() returned";
    run_until([&] { return answer.has_value(); });
    return *answer;
  }
  void fail_with(ErrorKind kind) {
    log.on_append = [kind]() -> Result<void> { return fail(kind, "injected"); };
  }

  TemporaryFolder folder;
  std::filesystem::path socket = folder / "evidence.sock";
  ManualClock clock;
  Loop loop;
  TestLog log;
  std::unique_ptr<Writer> writer;
};

TEST_F(WriterTest, AcknowledgesWhatIsInTheLog) {
  start();
  const auto client = connected_client();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(append(*client, numbered(i)).value(), kNotes + static_cast<std::uint64_t>(i));
  EXPECT_EQ(log.decisions(), range(5));
}

TEST_F(WriterTest, MakesOneBatchOfWhatArrivesTogether) {
  start();
  const auto one = connected_client();
  const auto other = connected_client();
  const int before = log.appends;
  std::set<std::uint64_t> answered;
  for (int i = 0; i < 200; ++i) {
    (i % 2 == 0 ? one : other)->append(numbered(i), [&](Result<std::uint64_t> sequence) {
      answered.insert(sequence.value());
    });
  }
  run_until([&] { return answered.size() == 200; });
  EXPECT_EQ(*answered.rbegin(), kNotes + 199);
  EXPECT_LE(log.appends - before, 3);
}

TEST_F(WriterTest, LeavesTheRestForTheNextBatch) {
  start({.batch_records = 10});
  const auto client = connected_client();
  int answered = 0;
  for (int i = 0; i < 3000; ++i)
    client->append(numbered(i), [&](const Result<std::uint64_t>& sequence) { answered += sequence ? 1 : 0; });
  run_until([&] { return answered == 3000; });
  EXPECT_EQ(log.decisions(), range(3000));
}

TEST_F(WriterTest, RefusesOnAFullDiskAndResumesWithTheNextRecord) {
  start();
  const auto client = connected_client();
  ASSERT_TRUE(append(*client, numbered(0)));
  fail_with(ErrorKind::no_space);
  EXPECT_EQ(append(*client, numbered(9)).error().kind, ErrorKind::no_space);
  EXPECT_EQ(append(*client, numbered(9)).error().kind, ErrorKind::no_space);
  log.on_append = {};
  EXPECT_EQ(append(*client, numbered(1)).value(), kNotes + 2);  // after the record of kind "gap"
  EXPECT_EQ(log.kinds(), (std::vector<std::string>{"start", "spool-positions", "decision", "gap", "decision"}));
}

TEST_F(WriterTest, TellsOnceThatTheLogFailedAndRefusesFromThenOn) {
  int told = 0;
  start({.on_failure = [&](const Error& error) {
    ++told;
    EXPECT_TRUE(error.message.contains("injected"));
  }});
  const auto client = connected_client();
  fail_with(ErrorKind::io);
  EXPECT_EQ(append(*client, numbered(0)).error().kind, ErrorKind::io);
  log.on_append = {};
  EXPECT_EQ(append(*client, numbered(0)).error().kind, ErrorKind::io);
  EXPECT_EQ(told, 1);
  EXPECT_FALSE(writer->stop());
}

TEST_F(WriterTest, TidiesTheJournalWhileRunningAndTriesAgain) {
  int attempts = 0;
  log.on_forget = [&]() -> Result<void> {
    if (++attempts < 3) return fail(ErrorKind::io, "injected");
    return {};
  };
  start({.look_every = std::chrono::milliseconds(1)});
  run_until([&] { return attempts >= 3; });
  EXPECT_EQ(log.forgotten, kNotes);
}

TEST_F(WriterTest, StopsInOrderAndPublishes) {
  start();
  const auto client = connected_client();
  ASSERT_TRUE(append(*client, numbered(0)));
  EXPECT_EQ(writer->size(), kNotes + 1);
  ASSERT_TRUE(writer->stop());
  EXPECT_TRUE(log.stopped);
  EXPECT_EQ(writer->clients(), 0U);
  writer.reset();
  run_until([&] { return !client->connected(); });
}

TEST_F(WriterTest, DoesNotStartOnALogThatFails) {
  fail_with(ErrorKind::io);
  EXPECT_FALSE(Writer::start(loop, clock, parts_of(log), {}, socket));
}

TEST_F(WriterTest, SaysWhatTheLogItselfHasToSayThoughNobodySendsAnything) {
  start();
  writer->say("witness", "w1 is away");
  run_until([&] { return log.entries.size() > kNotes; });
  EXPECT_EQ(log.kinds().back(), "witness");
}

TEST_F(WriterTest, KnowsTheFreeSpaceOfAFolder) {
  EXPECT_GT(free_space_of(folder.path())().value(), 0U);
  EXPECT_EQ(free_space_of(folder / "none")().error().kind, ErrorKind::not_found);
}

// --- keys of the epoch ------------------------------------------------------------------------------------------

TEST_F(WriterTest, TellsThePseudonymKeyAtConnectAndAfterARotation) {
  start({.look_every = std::chrono::milliseconds(1)});
  const auto client = connected_client();
  EXPECT_EQ(client->pseudonyms(), nullptr);
  EXPECT_FALSE(client->spool_key());
  run_until([&] { return client->pseudonyms() != nullptr; });
  const auto first = client->pseudonyms();
  EXPECT_EQ(first->of("imsi-1"), Pseudonyms(to_bytes("key of epoch 1")).of("imsi-1"));
  EXPECT_EQ(as_text(client->spool_key().value()), "spool key");
  log.epoch = 2;
  run_until([&] { return client->pseudonyms() != first; });
  EXPECT_EQ(client->pseudonyms()->of("imsi-1"), Pseudonyms(to_bytes("key of epoch 2")).of("imsi-1"));
}

TEST_F(WriterTest, TellsANewEpochBeforeItAnswersRecordsSealedUnderIt) {
  start({.look_every = std::chrono::hours(1)});
  Stranger stranger(loop, socket);
  stranger.say(order(1, numbered(0)));
  EXPECT_TRUE(stranger.hear()->sequence);
  EXPECT_EQ(stranger.epochs, (std::vector<std::uint32_t>{1}));
  log.epoch = 2;
  stranger.say(order(2, numbered(1)));
  EXPECT_TRUE(stranger.hear()->sequence);
  EXPECT_EQ(stranger.epochs, (std::vector<std::uint32_t>{1, 2}));
}

TEST_F(WriterTest, KeepsAPseudonymKeyWhileTheWriterIsAway) {
  start();
  const auto client = connected_client();
  run_until([&] { return client->pseudonyms() != nullptr; });
  writer.reset();
  run_until([&] { return !client->connected(); });
  EXPECT_NE(client->pseudonyms(), nullptr);
}

TEST_F(WriterTest, KeepsThePlaceInTheSpool) {
  start();
  const auto client = connected_client();
  std::optional<Result<std::uint64_t>> answer;
  client->append(
      numbered(1), [&](Result<std::uint64_t> sequence) { answer = std::move(sequence); }, SpoolMark{"edge1/7f", 1});
  run_until([&] { return answer.has_value(); });
  EXPECT_EQ(log.records().back().spool, (SpoolMark{"edge1/7f", 1}));
}

TEST_F(WriterTest, RefusesASocketPathThatCannotBe) {
  EXPECT_FALSE(Writer::start(loop, clock, parts_of(log), {}, folder / std::string(200, 'x')));
}

TEST_F(WriterTest, TurnsAwayMoreClientsThanItMayHave) {
  start({.clients = 2});
  const auto one = connected_client();
  const auto two = connected_client();
  ASSERT_TRUE(append(*one, numbered(0)));
  ASSERT_TRUE(append(*two, numbered(1)));
  Stranger third(loop, socket);
  EXPECT_FALSE(third.hear());
  EXPECT_EQ(writer->clients(), 2U);
}

TEST_F(WriterTest, ClosesAStrangerWhoTalksGarbageAndServesTheOthers) {
  start();
  const auto client = connected_client();
  const std::string garbage[] = {"GET / HTTP/1.1\r\n\r\n", std::string("\0\0\0\0", 4), std::string("\2\0\0\0{}", 6),
                                 std::string("\x05\0\0\0\xff\xff\xff\xff\xff", 9), std::string(200'000, '\x7f')};
  for (const auto& bytes : garbage) {
    Stranger stranger(loop, socket);
    stranger.say(bytes);
    EXPECT_FALSE(stranger.hear());
  }
  EXPECT_EQ(append(*client, numbered(0)).value(), kNotes);
  EXPECT_EQ(writer->clients(), 1U);
}

TEST_F(WriterTest, KeepsWhatAStrangerSaidBeforeItsMistake) {
  start();
  Stranger stranger(loop, socket);
  stranger.say(order(1, numbered(0)) + "garbage!");
  EXPECT_FALSE(stranger.hear());
  run_until([&] { return writer->size() == kNotes + 1; });
}

TEST_F(WriterTest, AnswersAWrongRecordAndGoesOn) {
  start();
  Stranger stranger(loop, socket);
  const std::string_view wrong("\xa2\x01\x03\x02\x80", 5);  // {1: 3, 2: []}
  stranger.say(std::string{static_cast<char>(wrong.size()), 0, 0, 0} + std::string(wrong) + order(4, numbered(0)));
  const auto first = stranger.hear();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->id, 3U);
  EXPECT_EQ(first->sequence.error().kind, ErrorKind::invalid_input);
  EXPECT_EQ(stranger.hear()->sequence.value(), kNotes);
}

TEST_F(WriterTest, DoesNotReadFromWhoDoesNotReadItsReplies) {
  start({.waiting_replies = 1000});
  std::string orders;
  for (int i = 0; i < 20'000; ++i) orders += order(static_cast<std::uint64_t>(i), numbered(i));
  // A sender of its own process fills the socket, and listens a little only when it cannot.
  const auto sender = ::fork();
  if (sender == 0) {
    const auto fd = connect_unix(socket);
    std::string_view rest = orders;
    while (!rest.empty()) {
      const auto put =
          ::send(fd->get(), rest.data(), std::min<std::size_t>(rest.size(), 65536), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (put > 0) rest.remove_prefix(static_cast<std::size_t>(put));
      if (put < 0 && errno != EAGAIN) ::_exit(1);
      std::uint8_t chunk[512];
      if (put < 0) [[maybe_unused]]
        const auto got = ::recv(fd->get(), chunk, sizeof chunk, MSG_DONTWAIT);
    }
    // Stays to the end: a sender that leaves may take along what the writer has not read yet.
    std::uint8_t chunk[512];
    for (pollfd waiting{.fd = fd->get(), .events = POLLIN, .revents = 0};; ::poll(&waiting, 1, -1)) {
      if (::recv(fd->get(), chunk, sizeof chunk, MSG_DONTWAIT) == 0) ::_exit(2);
    }
  }
  run_until([&] { return writer->size() == kNotes + 20'000; });
  ::kill(sender, SIGKILL);
  int status = 0;
  ASSERT_EQ(::waitpid(sender, &status, 0), sender);
  EXPECT_TRUE(WIFSIGNALED(status)) << "the sender ended by itself: " << status;
}

TEST_F(WriterTest, ForgetsAClientThatLeft) {
  start();
  auto client = connected_client();
  ASSERT_TRUE(append(*client, numbered(0)));
  client->append(numbered(1), [](const Result<std::uint64_t>& sequence) { EXPECT_FALSE(sequence); });
  client.reset();
  run_until([&] { return writer->clients() == 0; });
}

// --- the client ------------------------------------------------------------------------------------------------

TEST_F(WriterTest, ClientSaysUnavailableWhileTheWriterIsAwayAndComesBack) {
  const auto client = Client::start(loop, socket);
  EXPECT_FALSE(client->connected());
  const auto refused = append(*client, numbered(0));
  EXPECT_EQ(refused.error().kind, ErrorKind::unavailable);
  EXPECT_TRUE(refused.error().message.contains("away"));
  start();
  run_until([&] { return client->connected(); });
  EXPECT_EQ(append(*client, numbered(0)).value(), kNotes);
  writer.reset();
  run_until([&] { return !client->connected(); });
  start();
  run_until([&] { return client->connected(); });
  EXPECT_EQ(append(*client, numbered(1)).value(), kNotes + 1 + kNotes);
}

// A socket that accepts and says what it is told to.
class FalseWriter : public WriterTest {
 protected:
  void SetUp() override { listener = listen_unix(socket).value(); }
  Fd accepted() {
    for (;;) {
      if (auto one = accept_one(listener.get())) return std::move(one->fd);
      loop.run_once(std::chrono::milliseconds(1));
    }
  }
  Fd listener;
};

TEST_F(FalseWriter, QueueHoldsFourThousandAndNinetySixRecords) {
  const auto client = connected_client();
  auto peer = accepted();
  int unavailable = 0;
  std::string last;
  for (int i = 0; i < 4100; ++i) {
    client->append(numbered(i), [&](const Result<std::uint64_t>& sequence) {
      ASSERT_FALSE(sequence);
      EXPECT_EQ(sequence.error().kind, ErrorKind::unavailable);
      ++unavailable;
      last = sequence.error().message;
    });
  }
  run_until([&] { return unavailable == 4; });
  EXPECT_TRUE(last.contains("queue is full"));
  peer.reset();  // the writer dies: every record still waiting is answered
  run_until([&] { return unavailable == 4100; });
  EXPECT_TRUE(last.contains("went away before it answered"));
}

TEST_F(FalseWriter, QueueIsBoundedInBytesToo) {
  const auto client = connected_client();
  auto record = numbered(0);
  record.details.assign(100, std::string(2000, 'x'));
  int unavailable = 0;
  for (int i = 0; i < 2000; ++i) {
    client->append(record, [&](const Result<std::uint64_t>& sequence) { unavailable += sequence ? 0 : 1; });
  }
  run_until([&] { return unavailable > 0; });
  EXPECT_LT(unavailable, 2000);
}

TEST_F(FalseWriter, ClientLeavesAWriterThatTalksGarbage) {
  const auto client = connected_client();
  const std::string garbage[] = {"garbage, more than four bytes", std::string("\2\0\0\0[]", 6), reply({77, 0U})};
  for (const auto& bytes : garbage) {
    run_until([&] { return client->connected(); });
    auto peer = accepted();
    std::optional<Result<std::uint64_t>> answer;
    client->append(numbered(0), [&](Result<std::uint64_t> sequence) { answer = std::move(sequence); });
    ASSERT_EQ(::send(peer.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
    run_until([&] { return answer.has_value(); });
    EXPECT_EQ(answer->error().kind, ErrorKind::unavailable);
  }
}

TEST_F(WriterTest, ClientMayBeDestroyedByTheAnswer) {
  start();
  auto client = connected_client();
  bool second = false;
  client->append(numbered(0), [&](const Result<std::uint64_t>& sequence) {
    EXPECT_TRUE(sequence);
    client.reset();
  });
  client->append(numbered(1), [&](const Result<std::uint64_t>& sequence) {
    EXPECT_FALSE(sequence);
    second = true;
  });
  run_until([&] { return second; });
}

// --- a writer that is killed -----------------------------------------------------------------------------------

pid_t fork_writer(const std::filesystem::path& state, const std::filesystem::path& socket) {
  const auto child = ::fork();
  if (child != 0) return child;
  Loop loop;
  const auto vault = test_vault(state, system_clock());
  auto parts = folder_parts(state, *vault, system_clock(), {.segment_bytes = 20'000}, true);
  auto positions = Records({state / "evidence"}, vault.get()).spool_positions();
  if (!positions) ::_exit(1);
  auto writer = Writer::start(loop, system_clock(), std::move(parts), std::move(*positions), socket);
  if (!writer) ::_exit(2);
  loop.run();
  ::_exit(3);
}

// Sends records, of which every second comes out of a spool and is sent again until it is acknowledged.
class Sender {
 public:
  Sender(Loop& loop, const std::filesystem::path& socket) : client(Client::start(loop, socket)) {}
  void send_more() {
    while (client->connected() && waiting < 16) again.empty() ? send(next++) : send(take_again());
  }
  std::map<std::uint64_t, std::string> acknowledged;  // sequence to trace
  std::unique_ptr<Client> client;
  int waiting = 0;
  int repeated = 0;

 private:
  int take_again() {
    const auto number = *again.begin();
    again.erase(again.begin());
    ++repeated;
    return number;
  }
  void send(int number) {
    ++waiting;
    const bool spool = number % 2 == 1;
    std::optional<SpoolMark> mark;
    if (spool) mark = SpoolMark{"edge1/7f", static_cast<std::uint64_t>(number) / 2 + 1};
    client->append(
        numbered(number),
        [this, number, spool](const Result<std::uint64_t>& sequence) {
          --waiting;
          if (sequence && !spool) {
            EXPECT_TRUE(acknowledged.emplace(*sequence, std::to_string(number)).second) << "sequence given twice";
          }
          if (sequence && spool) spooled.insert(number);
          if (!sequence && spool) again.insert(number);
        },
        mark);
  }
  int next = 0;
  std::set<int> again;

 public:
  std::set<int> spooled;  // acknowledged
};

TEST(KilledWriter, HasEveryAcknowledgedRecordAfterRestart) {
  const TemporaryFolder state;
  const auto socket = state / "evidence.sock";
  Loop loop;
  Sender sender(loop, socket);
  for (int round = 0; round < 6; ++round) {
    const auto child = fork_writer(state.path(), socket);
    ASSERT_GT(child, 0);
    const auto enough = sender.acknowledged.size() + 100 + static_cast<std::size_t>(round) * 7;
    while (sender.acknowledged.size() < enough) {
      sender.send_more();
      loop.run_once(std::chrono::milliseconds(10));
    }
    ::kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the writer ended by itself: " << status;
  }
  while (sender.waiting > 0) loop.run_once(std::chrono::milliseconds(10));
  const auto vault = test_vault(state.path(), system_clock());
  const auto parts = folder_parts(state.path(), *vault, system_clock());  // recovers
  std::size_t found = 0;
  std::map<std::string, int> traces;
  const auto read =
      Records({state / "evidence"}, vault.get()).each(0, [&](std::uint64_t index, const Record& record, BytesView) {
        EXPECT_NE(record.kind, "spool-gap") << record.reason;
        if (record.kind == "decision") ++traces[record.trace];
        const auto known = sender.acknowledged.find(index);
        if (known == sender.acknowledged.end()) return true;
        EXPECT_EQ(known->second, record.trace);
        ++found;
        return true;
      });
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(found, sender.acknowledged.size());
  EXPECT_GT(found, 600U);
  for (const auto number : sender.spooled) EXPECT_EQ(traces[std::to_string(number)], 1) << number;
}

}  // namespace
}  // namespace cordon::evidence
