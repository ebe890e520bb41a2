#include "cordon/evidence/writer.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <set>

#include "cordon/base/socket.h"
#include "cordon/base/temporary_folder.h"
#include "cordon/evidence/checkpoint.h"
#include "cordon/evidence/client.h"
#include "cordon/evidence/frame.h"
#include "cordon/evidence/simulated_disk.h"
#include "cordon/evidence/test_log.h"

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
      if (auto payload = frames_.next().value()) return parse_reply(*payload).value();
      if (!receive()) return {};
    }
  }

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

class WriterTest : public testing::Test {
 protected:
  void start(WriterOptions options = {}) {
    auto log = LogFile::open(disk, test_key(), clock);
    ASSERT_TRUE(log) << log.error().message;
    auto started = Writer::start(loop, std::move(*log), socket, std::move(options));
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
  void fail_with(DiskOperation operation, ErrorKind kind) {
    disk->fault = [=](DiskOperation now, const std::string&) -> Result<void> {
      if (now == operation) return fail(kind, "injected");
      return {};
    };
  }

  TemporaryFolder folder;
  std::filesystem::path socket = folder / "evidence.sock";
  ManualClock clock;
  Loop loop;
  std::shared_ptr<SimulatedDisk> disk = std::make_shared<SimulatedDisk>();
  std::unique_ptr<Writer> writer;
};

TEST_F(WriterTest, AcknowledgesWhatIsInTheLog) {
  start();
  const auto client = connected_client();
  for (int i = 0; i < 5; ++i) EXPECT_EQ(append(*client, numbered(i)).value(), static_cast<std::uint64_t>(i));
  EXPECT_EQ(decisions(Reader(disk)), range(5));
}

TEST_F(WriterTest, MakesOneBatchOfWhatArrivesTogether) {
  start();
  const auto one = connected_client();
  const auto other = connected_client();
  int syncs = 0;
  disk->fault = [&](DiskOperation now, const std::string& name) -> Result<void> {
    syncs += now == DiskOperation::sync && name.starts_with("log-") ? 1 : 0;
    return {};
  };
  std::set<std::uint64_t> answered;
  for (int i = 0; i < 200; ++i) {
    (i % 2 == 0 ? one : other)->append(numbered(i), [&](Result<std::uint64_t> sequence) {
      answered.insert(sequence.value());
    });
  }
  run_until([&] { return answered.size() == 200; });
  EXPECT_EQ(*answered.rbegin(), 199U);
  EXPECT_LE(syncs, 3);
}

TEST_F(WriterTest, LeavesTheRestForTheNextBatch) {
  start({.batch_records = 10});
  const auto client = connected_client();
  int answered = 0;
  for (int i = 0; i < 3000; ++i)
    client->append(numbered(i), [&](const Result<std::uint64_t>& sequence) { answered += sequence ? 1 : 0; });
  run_until([&] { return answered == 3000; });
  EXPECT_EQ(decisions(Reader(disk)), range(3000));
}

TEST_F(WriterTest, RefusesOnAFullDiskAndResumesWithTheNextRecord) {
  start();
  const auto client = connected_client();
  ASSERT_TRUE(append(*client, numbered(0)));
  fail_with(DiskOperation::write, ErrorKind::no_space);
  EXPECT_EQ(append(*client, numbered(9)).error().kind, ErrorKind::no_space);
  EXPECT_EQ(append(*client, numbered(9)).error().kind, ErrorKind::no_space);
  disk->fault = {};
  EXPECT_EQ(append(*client, numbered(1)).value(), 2U);  // after the record of kind "gap"
  EXPECT_EQ(kinds(Reader(disk)), (std::vector<std::string>{"decision", "gap", "decision"}));
}

TEST_F(WriterTest, TellsOnceThatTheLogFailedAndRefusesFromThenOn) {
  int told = 0;
  start({.on_failure = [&](const Error& error) {
    ++told;
    EXPECT_TRUE(error.message.contains("injected"));
  }});
  const auto client = connected_client();
  fail_with(DiskOperation::sync, ErrorKind::io);
  EXPECT_EQ(append(*client, numbered(0)).error().kind, ErrorKind::io);
  disk->fault = {};
  EXPECT_EQ(append(*client, numbered(0)).error().kind, ErrorKind::io);
  EXPECT_EQ(told, 1);
  EXPECT_FALSE(writer->stop());
}

TEST_F(WriterTest, SignsCheckpointsWhileRunningAndTriesAgain) {
  start({.checkpoint_every = std::chrono::milliseconds(1)});
  const auto client = connected_client();
  int attempts = 0;
  disk->fault = [&](DiskOperation now, const std::string&) -> Result<void> {
    if (now == DiskOperation::rename && ++attempts < 3) return fail(ErrorKind::no_space, "full");
    return {};
  };
  ASSERT_TRUE(append(*client, numbered(0)));
  run_until([&] { return !writer->log().checkpoint_due(); });
  EXPECT_EQ(attempts, 3);
  EXPECT_EQ(faults_of(Reader(disk), test_key().public_key()), "");
}

TEST_F(WriterTest, StopsInOrderWithACheckpoint) {
  start();
  const auto client = connected_client();
  ASSERT_TRUE(append(*client, numbered(0)));
  EXPECT_TRUE(writer->log().checkpoint_due());
  ASSERT_TRUE(writer->stop());
  EXPECT_FALSE(writer->log().checkpoint_due());
  EXPECT_EQ(writer->clients(), 0U);
  writer.reset();
  run_until([&] { return !client->connected(); });
}

TEST_F(WriterTest, RefusesASocketPathThatCannotBe) {
  auto log = LogFile::open(disk, test_key(), clock).value();
  EXPECT_FALSE(Writer::start(loop, std::move(log), folder / std::string(200, 'x')));
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
  EXPECT_EQ(append(*client, numbered(0)).value(), 0U);
  EXPECT_EQ(writer->clients(), 1U);
}

TEST_F(WriterTest, KeepsWhatAStrangerSaidBeforeItsMistake) {
  start();
  Stranger stranger(loop, socket);
  stranger.say(order_frame(1, numbered(0)) + "garbage!");
  EXPECT_FALSE(stranger.hear());
  run_until([&] { return writer->log().head().size == 1; });
}

TEST_F(WriterTest, AnswersAWrongRecordAndGoesOn) {
  start();
  Stranger stranger(loop, socket);
  const std::string_view wrong = R"({"id":3,"record":{"time":"never"}})";
  stranger.say(std::string{static_cast<char>(wrong.size()), 0, 0, 0} + std::string(wrong) +
               order_frame(4, numbered(0)));
  const auto first = stranger.hear();
  ASSERT_TRUE(first);
  EXPECT_EQ(first->id, 3U);
  EXPECT_EQ(first->sequence.error().kind, ErrorKind::invalid_input);
  EXPECT_EQ(stranger.hear()->sequence.value(), 0U);
}

TEST_F(WriterTest, DoesNotReadFromWhoDoesNotReadItsReplies) {
  start({.waiting_replies = 1000});
  std::string orders;
  for (int i = 0; i < 20'000; ++i) orders += order_frame(static_cast<std::uint64_t>(i), numbered(i));
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
  run_until([&] { return writer->log().head().size == 20'000; });
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
  EXPECT_EQ(append(*client, numbered(0)).value(), 0U);
  writer.reset();
  run_until([&] { return !client->connected(); });
  start();
  run_until([&] { return client->connected(); });
  EXPECT_EQ(append(*client, numbered(1)).value(), 1U);
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
  const std::string garbage[] = {"garbage, more than four bytes", std::string("\2\0\0\0[]", 6),
                                 reply_frame({77, 0U})};
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

pid_t fork_writer(const std::filesystem::path& folder, const std::filesystem::path& socket) {
  const auto child = ::fork();
  if (child != 0) return child;
  Loop loop;
  auto log = open_log(folder, system_clock(), {.segment_bytes = 20'000});
  if (!log) ::_exit(1);
  auto writer = Writer::start(loop, std::move(*log), socket, {.checkpoint_every = std::chrono::milliseconds(5)});
  if (!writer) ::_exit(2);
  loop.run();
  ::_exit(3);
}

TEST(KilledWriter, HasEveryAcknowledgedRecordAfterRestart) {
  const TemporaryFolder folder;
  const auto socket = folder / "evidence.sock";
  Loop loop;
  const auto client = Client::start(loop, socket);
  std::map<std::uint64_t, std::string> acknowledged;  // sequence to trace
  int next = 0;
  int waiting = 0;
  const std::function<void()> append_one = [&] {
    const auto number = next++;
    ++waiting;
    client->append(numbered(number), [&, number](const Result<std::uint64_t>& sequence) {
      --waiting;
      if (!sequence) return;
      EXPECT_TRUE(acknowledged.emplace(*sequence, std::to_string(number)).second) << "sequence given twice";
    });
  };
  for (int round = 0; round < 8; ++round) {
    const auto child = fork_writer(folder / "evidence", socket);
    ASSERT_GT(child, 0);
    const auto enough = acknowledged.size() + 100 + static_cast<std::size_t>(round) * 7;
    while (acknowledged.size() < enough) {
      while (client->connected() && waiting < 16) append_one();
      loop.run_once(std::chrono::milliseconds(10));
    }
    ::kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the writer ended by itself: " << status;
  }
  while (waiting > 0) loop.run_once(std::chrono::milliseconds(10));
  ASSERT_TRUE(open_log(folder / "evidence", system_clock(), {.segment_bytes = 20'000}));
  const auto reader = Reader::open(folder / "evidence").value();
  EXPECT_EQ(faults_of(reader, log_public_key(folder / "evidence").value()), "");
  std::size_t found = 0;
  ASSERT_TRUE(reader.each(0, [&](const Entry& entry) {
    const auto known = acknowledged.find(entry.record.sequence);
    if (known == acknowledged.end()) return true;
    EXPECT_EQ(known->second, entry.record.trace);
    ++found;
    return true;
  }));
  EXPECT_EQ(found, acknowledged.size());
  EXPECT_GT(found, 900U);
}

}  // namespace
}  // namespace cordon::evidence
