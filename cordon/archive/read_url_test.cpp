#include <atomic>
#include <thread>

#include "cordon/archive/test_log.h"
#include "cordon/archive/verify.h"
#include "cordon/wire/http1_server.h"

namespace cordon::archive {

namespace {

// Serves a log's files on loopback, from a thread of its own.
class Served {
 public:
  explicit Served(const TestLog& made) : files_(made.files) {
    server_ =
        wire::Http1Server::listen(loop_, {"127.0.0.1", 0},
                                  {.answer = [this](const wire::Request& request) { return answer(request.path); }})
            .value();
    port_ = server_->endpoint()->port;
    thread_ = std::thread([this] {
      while (!stopped_) loop_.run_once(std::chrono::milliseconds(10));
    });
  }
  ~Served() {
    stopped_ = true;
    thread_.join();
  }
  std::string url() const { return std::format("http://127.0.0.1:{}/log", port_); }

 private:
  wire::Response answer(const std::string& path) const {
    if (path == "/log/broken") return wire::text_response(500, "no");
    const auto found = path.starts_with("/log/") ? files_.find(path.substr(5)) : files_.end();
    if (found == files_.end()) return wire::text_response(404, "not here");
    auto response = wire::text_response(200, "");
    response.body = found->second;
    return response;
  }

  std::map<std::string, std::string> files_;
  Loop loop_;
  std::unique_ptr<wire::Http1Server> server_;
  std::uint16_t port_ = 0;
  std::atomic<bool> stopped_ = false;
  std::thread thread_;
};

TEST(ReadUrl, VerifiesALogOverHttp) {
  const TestLog made(600);
  const Served served(made);
  auto read = open_place(served.url());
  ASSERT_TRUE(read) << read.error().message;
  const auto log = LogReader::open(*read);
  ASSERT_TRUE(log) << log.error().message;
  const auto report = verify_log(*log, {.trust = test_keys().trust()});
  ASSERT_TRUE(report);
  EXPECT_TRUE(report->ok()) << report->faults.front().text();
  EXPECT_EQ(log->entry(599).value(), made.entry(599));
}

TEST(ReadUrl, CutsPartialTilesOutOfTheFullOnesThatReplacedThem) {
  const TestLog before(300);
  TestLog after(300);
  after.grow(600);
  // A log may delete a partial tile once the full one is there (tlog-tiles, "Partial Tiles").
  for (const auto* path : {"tile/0/001.p/44", "tile/entries/001.p/44"}) after.files.erase(path);
  const Served served(after);
  const auto log = LogReader::open(read_url(served.url()).value(), before.note);
  ASSERT_TRUE(log);
  EXPECT_EQ(log->entry(299).value(), before.entry(299));
}

TEST(ReadUrl, TellsWhatIsNotThereFromWhatCannotBeHad) {
  std::string url;
  {
    const Served served(TestLog(5));
    url = served.url();
    const auto read = read_url(url).value();
    EXPECT_EQ(read("nothing").error().kind, ErrorKind::not_found);
    EXPECT_EQ(read("broken").error().kind, ErrorKind::unavailable);
  }
  EXPECT_EQ(read_url(url).value()("checkpoint").error().kind, ErrorKind::unavailable);
  EXPECT_FALSE(read_url("https://log.example"));
}

}  // namespace

}  // namespace cordon::archive
