// The evidence log through its real socket, beside what the disk and the processor can do at most.
#include <fcntl.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "benchmarks/report.h"
#include "cordon/base/file.h"
#include "cordon/crypto/digest.h"
#include "cordon/evidence/checkpoint.h"
#include "cordon/evidence/client.h"
#include "cordon/evidence/log_file.h"
#include "cordon/evidence/reader.h"
#include "cordon/evidence/writer.h"

namespace cordon::bench {
namespace {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

constexpr auto kRound = 1s;
constexpr int kRounds = 5;

double seconds_since(Steady::time_point start) {
  return std::chrono::duration<double>(Steady::now() - start).count();
}

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "bench_evidence: %s\n", why.c_str());
  std::exit(1);
}

// A folder on the disk one stands on, removed at the end. The default temporary folder may be no disk at all.
class BenchFolder {
 public:
  BenchFolder() : path_((std::filesystem::current_path() / "bench-evidence-XXXXXX").string()) {
    if (::mkdtemp(path_.data()) == nullptr) give_up("no folder can be made here: go to a folder you may write to");
  }
  ~BenchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  BenchFolder(const BenchFolder&) = delete;
  BenchFolder& operator=(const BenchFolder&) = delete;
  std::filesystem::path operator/(const std::string& name) const { return std::filesystem::path(path_) / name; }

 private:
  std::string path_;
};

// A decision as the enforcement point records it.
evidence::Record sample() {
  evidence::Record record;
  record.time = system_clock().now();
  record.proxy = "edge-1";
  record.decision = "permit";
  record.rule = "smf-reads-sm-data";
  record.policies = {"smf-reads-sm-data"};
  record.policy_set = "5c7fb1f2a9f04c0d";
  record.caller = "f990ed9a-e555-41f1-9dea-7f66d0edecbf";
  record.caller_type = "SMF";
  record.caller_name = "smf-1";
  record.peer = "127.0.0.1:40360";
  record.producer = "f992207a-e555-41f1-9dea-7f66d0edecbf";
  record.producer_type = "UDM";
  record.method = "GET";
  record.action = "nudm-sdm:GetSmData";
  record.resource = "/nudm-sdm/v2/p:0123456789abcdef0123/sm-data?dnn=internet";
  record.trace = "4bf92f3577b34da6a3ce929d0e0e4736";
  return record;
}

// How often work() can be done in a second.
double rate(const std::function<void()>& work) {
  std::uint64_t done = 0;
  const auto start = Steady::now();
  while (Steady::now() - start < kRound) {
    work();
    ++done;
  }
  return static_cast<double>(done) / seconds_since(start);
}

double raw_sync_rate(const BenchFolder& folder, std::size_t bytes) {
  const auto fd = open_file(folder / "raw", O_RDWR | O_CREAT | O_TRUNC);
  if (!fd) give_up(fd.error().message);
  const std::string block(bytes, 'x');
  off_t at = 0;
  return rate([&] {
    if (::pwrite(fd->get(), block.data(), block.size(), at) < 0 || ::fdatasync(fd->get()) != 0)
      give_up("the disk refuses");
    at += static_cast<off_t>(block.size());
  });
}

double hash_rate(std::size_t bytes) {
  const std::string line(bytes, 'x');
  return rate([&] { crypto::sha256(as_bytes(line)); });
}

double batch_rate(evidence::LogFile& log, std::size_t batch) {
  const std::vector<evidence::Record> records(batch, sample());
  return static_cast<double>(batch) * rate([&] {
           if (const auto appended = log.append_batch(records); !appended) give_up(appended.error().message);
         });
}

double verify_rate(const std::filesystem::path& folder) {
  const auto reader = evidence::Reader::open(folder);
  const auto key = evidence::log_public_key(folder);
  if (!reader || !key) give_up("the log just written cannot be opened");
  const auto start = Steady::now();
  const auto report = reader->verify(*key);
  if (!report || !report->ok()) give_up("the log just written does not verify");
  return static_cast<double>(report->records) / seconds_since(start);
}

// Records that become durable in a second when the client always has that many under way.
double client_rate(const std::filesystem::path& socket, int in_flight) {
  Loop loop;
  const auto client = evidence::Client::start(loop, socket);
  while (!client->connected()) loop.run_once(10ms);
  const auto record = sample();
  std::uint64_t durable = 0;
  std::function<void()> append = [&] {
    client->append(record, [&](const Result<std::uint64_t>& sequence) {
      if (!sequence) give_up(sequence.error().message);
      ++durable;
      append();
    });
  };
  const auto start = Steady::now();
  for (int i = 0; i < in_flight; ++i) append();
  while (Steady::now() - start < kRound) loop.run_once(10ms);
  const auto result = static_cast<double>(durable) / seconds_since(start);
  append = [] {};  // what is still under way ends without successors
  return result;
}

// The writer with its own loop and thread, as it would have its own process.
class WriterThread {
 public:
  explicit WriterThread(const BenchFolder& folder) {
    auto log = evidence::open_log(folder / "log", system_clock());
    if (!log) give_up(log.error().message);
    auto writer = evidence::Writer::start(loop_, std::move(*log), folder / "socket");
    if (!writer) give_up(writer.error().message);
    thread_ = std::thread([this, writer = std::move(*writer)] { loop_.run(); });
  }
  ~WriterThread() {
    loop_.stop();
    thread_.join();
  }
  WriterThread(const WriterThread&) = delete;
  WriterThread& operator=(const WriterThread&) = delete;

 private:
  Loop loop_;
  std::thread thread_;
};

std::vector<Figure> measure() {
  const BenchFolder folder;
  const auto statistic = std::format("median of {}", kRounds);
  const auto bytes = evidence::encode(sample()).size() + 75;  // with the hash of the line before and the line end
  const WriterThread writer(folder);
  const auto direct = evidence::open_log(folder / "direct", system_clock());
  if (!direct) give_up(direct.error().message);
  // Each figure and its peer take turns, so that both meet the same neighbours on the machine.
  std::vector<double> one, many, batches, verified, syncs, hashes;
  for (int i = 0; i < kRounds; ++i) {
    syncs.push_back(raw_sync_rate(folder, bytes));
    one.push_back(client_rate(folder / "socket", 1));
    many.push_back(client_rate(folder / "socket", 64));
    batches.push_back(batch_rate(**direct, 64));
    verified.push_back(verify_rate(folder / "direct"));
    hashes.push_back(hash_rate(bytes));
  }
  const Peer sync{std::format("write + fdatasync of {} bytes", bytes), median(syncs)};
  const Peer hash{std::format("SHA-256 of {} bytes", bytes), median(hashes)};
  return {{"durable records, 1 in flight, through the socket", median(one), "records/s", statistic, sync},
          {"durable records, 64 in flight, through the socket", median(many), "records/s", statistic, sync},
          {"durable records, batches of 64, without the socket", median(batches), "records/s", statistic, sync},
          {"records verified", median(verified), "records/s", statistic, hash}};
}

}  // namespace
}  // namespace cordon::bench

int main(int argc, char** argv) {
  const bool json = argc == 2 && std::string_view(argv[1]) == "--json";
  if (argc > 1 && !json) {
    std::fprintf(stderr, "usage: bench_evidence [--json]\n");
    return 2;
  }
  cordon::bench::print("evidence", cordon::bench::measure(), json);
  return 0;
}
