// The evidence log beside what disk and processor can do at most, and beside etcd.
#include <sched.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "benchmarks/etcd.h"
#include "benchmarks/evidence_limits.h"
#include "benchmarks/report.h"
#include "cordon/archive/verify.h"
#include "cordon/base/ring.h"
#include "cordon/evidence/client.h"
#include "cordon/evidence/sealing.h"
#include "cordon/evidence/writer.h"
#include "cordon/journal/journal.h"
#include "cordon/journal/priority.h"
#include "cordon/journal/publisher.h"
#include "cordon/vault/vault.h"

namespace cordon::bench {
namespace {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

constexpr std::size_t kBatch = 512;
constexpr int kRounds = 5;
constexpr auto kEvery = 500ms;
constexpr std::size_t kSubscribers = 10'000;
const std::string kOrigin = "bench.example/evidence";

struct Options {
  bool json = false;
  bool long_run = false;  // 10 million leaves
};

template <class T>
T must(Result<T> result) {
  if (!result) give_up(result.error().message);
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

// The calling thread on one processor, until it goes.
class Pinned {
 public:
  Pinned() {
    ::sched_getaffinity(0, sizeof before_, &before_);
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(static_cast<std::size_t>(::sched_getcpu()), &one);
    ::sched_setaffinity(0, sizeof one, &one);
  }
  ~Pinned() { ::sched_setaffinity(0, sizeof before_, &before_); }
  Pinned(const Pinned&) = delete;
  Pinned& operator=(const Pinned&) = delete;

 private:
  cpu_set_t before_{};
};

// Seals one record more.
using Seal = std::function<void(std::string& entry)>;

std::vector<std::string> subscribers() {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < kSubscribers; ++i) out.push_back(std::format("imsi-99970{:010}", i));
  return out;
}

// A vault, and records of exactly kRecordBytes sealed by it: one subscriber each, four terms, header and explanation.
class Records {
 public:
  explicit Records(const std::filesystem::path& folder)
      : vault_(must(vault::Vault::create(folder, vault::KeyFile{folder.string() + "-key"}, system_clock()))) {
    std::string entry;
    seal(entry);
    header_.resize(header_.size() + kRecordBytes - entry.size(), 'x');
    for (std::size_t i = 0; i < kSubscribers; ++i) seal(entry);  // all have their keys
    must(vault_->sync());
  }
  void seal(std::string& entry) {
    entry.clear();
    const vault::Clear clear{
        .kind = vault::EntryKind::decision,
        .header = header_,
        .analyst = "why it was decided as it was, and from what",
        .terms = {"caller:smf-1", "producer:UDM", "rule:smf-reads-sm-data", "action:nudm-sdm:Get"},
        .personal = {{subscribers_[next_++ % kSubscribers], "the identifier"}}};
    must(vault_->seal(clear, entry));
  }
  void sync() { must(vault_->sync()); }
  vault::Vault& vault() { return *vault_; }

 private:
  std::vector<std::string> subscribers_ = subscribers();
  std::string header_ = std::string(64, 'h');
  std::size_t next_ = 0;
  std::unique_ptr<vault::Vault> vault_;
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
  record.subjects = {{"p:0123456789abcdef0123", "imsi-999700000021309"}};
  return record;
}

journal::LogFolder make_log(const std::filesystem::path& root) {
  std::filesystem::create_directories(root);
  return {root};
}

// Journal and publisher, fed by one thread.
class Log {
 public:
  Log(const std::filesystem::path& root, journal::PublisherOptions options) : own_thread_(options.own_thread) {
    const auto folder = make_log(root);
    auto signer = must(journal::log_signer(folder, kOrigin));
    options.origin = kOrigin;
    options.every = kEvery;
    options.on_failure = [](const Error& error) { give_up(error.message); };
    journal_ = must(journal::Journal::open(must(journal::open_disk(root)), 0));
    publisher_ = must(journal::Publisher::start(folder, std::move(signer), system_clock(), options));
  }

  // Seals, makes durable; then the publisher's share of the work, where it has no thread of its own.
  void batch(std::size_t count, const Seal& seal, const std::function<void()>& sync) {
    entries_.resize(count);
    views_.clear();
    for (auto& entry : entries_) {
      seal(entry);
      views_.push_back(entry);
    }
    sync();
    const auto first = must(journal_->append(views_));
    acknowledged_ = Steady::now();
    publisher_->committed(first, views_);
    if (acknowledged_ < due_) return;
    due_ = acknowledged_ + kEvery;
    if (!own_thread_) must(publisher_->publish());
    must(journal_->forget_below(publisher_->published()));
  }

  Steady::time_point acknowledged() const { return acknowledged_; }
  std::uint64_t size() const { return journal_->size(); }
  journal::Publisher& publisher() { return *publisher_; }

 private:
  bool own_thread_;
  std::unique_ptr<journal::Journal> journal_;
  std::unique_ptr<journal::Publisher> publisher_;
  std::vector<std::string> entries_;
  std::vector<std::string_view> views_;
  Steady::time_point acknowledged_;
  Steady::time_point due_ = Steady::now() + kEvery;
};

struct Throughput {
  double rate = 0;
  double p99 = 0;  // seconds from when the batch before was acknowledged: what a record waits that arrives then
};

Throughput run_until(Log& log, std::uint64_t size, std::size_t batch, const Seal& seal,
                     const std::function<void()>& sync) {
  std::vector<double> times;
  const auto first = log.size();
  const auto start = Steady::now();
  auto before = start;
  while (log.size() < size) {
    log.batch(std::min<std::uint64_t>(batch, size - log.size()), seal, sync);
    times.push_back(std::chrono::duration<double>(log.acknowledged() - before).count());
    before = log.acknowledged();
  }
  return {static_cast<double>(size - first) / seconds_since(start), percentile(times, 0.99)};
}

void note(const char* what) { std::fprintf(stderr, "bench_evidence: %s\n", what); }

// --- one thread, one processor ----------------------------------------------------------------------------------

void measure_throughput(const BenchFolder& folder, Records& records, std::vector<Figure>& figures) {
  const Pinned pinned;
  const auto sync = [&] { records.sync(); };
  evidence::VaultSealing sealing(records.vault());
  const auto record = sample();
  std::size_t record_bytes = 0;
  const Seal padded = [&](std::string& entry) { records.seal(entry); };
  const Seal encoded = [&](std::string& entry) {
    entry.clear();
    must(sealing.seal(record, entry));
    record_bytes = entry.size();
  };
  Log log(folder / "throughput", {.own_thread = false});
  std::vector<double> rates, tails, encoded_rates, ceilings, seals;
  Limits limits;
  constexpr std::uint64_t kRound = 250'000;
  run_until(log, 50'000, kBatch, padded, sync);
  for (int i = 0; i < kRounds; ++i) {  // each figure and its limit take turns: both meet the same neighbours
    limits = measure_limits(folder, kBatch);
    ceilings.push_back(limits.ceiling());
    const auto measured = run_until(log, log.size() + kRound, kBatch, padded, sync);
    rates.push_back(measured.rate);
    tails.push_back(measured.p99 * 1e3);
    encoded_rates.push_back(run_until(log, log.size() + kRound, kBatch, encoded, sync).rate);
    std::string entry;
    seals.push_back(rate([&] { records.seal(entry); }));
  }
  const auto statistic = std::format("median of {}", kRounds);
  const Peer ceiling{"ceiling: sync+SHA-256+HMAC+AES", median(ceilings)};
  figures.push_back({std::format("records of 512 bytes, batches of {}, one thread", kBatch), median(rates),
                     "records/s", statistic, ceiling});
  figures.push_back({"  the longest wait of a record, p99", median(tails), "ms", statistic, Peer{"bar", 5}});
  figures.push_back({std::format("decisions as recorded, {} bytes, the same", record_bytes), median(encoded_rates),
                     "records/s", statistic, ceiling});
  figures.push_back(
      {"  sealing alone", median(seals), "records/s", statistic, Peer{"AES-256-GCM of 512 bytes", limits.seals}});
  figures.push_back({"limit: SHA-256 of a leaf, side by side", limits.leaves, "hashes/s", "last of 5",
                     Peer{"one after the other", limits.leaves_singly}});
  figures.push_back({std::format("limit: write + fdatasync of {} records", kBatch), limits.sync_batch, "syncs/s",
                     "last of 5", Peer{"of one record", limits.sync_one}});
}

void measure_signing(const BenchFolder& folder, std::vector<Figure>& figures) {
  const auto signer = must(journal::log_signer(make_log(folder / "signing"), kOrigin));
  const transparency::Checkpoint checkpoint{kOrigin, 1'000'000, {}};
  const auto signatures = rate([&] { must(signer.sign(checkpoint, system_clock().now())); });
  const auto per_second = 1 / std::chrono::duration<double>(kEvery).count();
  figures.push_back({"signing checkpoints, Ed25519 + ML-DSA-44", 100 * per_second / signatures, "% of one CPU",
                     "mean", Peer{"bar", 0.5}});
}

// --- one record after the other ---------------------------------------------------------------------------------

struct Tail {
  double p50 = 0;
  double p99 = 0;
};

Tail one_by_one(Log& log, Records& records, std::chrono::milliseconds how_long) {
  std::vector<double> times;
  const auto end = Steady::now() + how_long;
  while (Steady::now() < end) {
    const auto start = Steady::now();
    log.batch(1, [&](std::string& entry) { records.seal(entry); }, [&] { records.sync(); });
    times.push_back(std::chrono::duration<double>(log.acknowledged() - start).count() * 1e3);
  }
  return {percentile(times, 0.5), percentile(times, 0.99)};
}

Tail sync_one_by_one(const BenchFolder& folder, std::chrono::milliseconds how_long) {
  const auto disk = must(journal::open_disk((folder / "raw").parent_path()));
  const auto file = must(disk->open("raw-one", journal::OpenMode::replace));
  const std::string block(kRecordBytes, 'x');
  std::vector<double> times;
  const auto end = Steady::now() + how_long;
  for (std::uint64_t at = 0; Steady::now() < end; at += block.size()) {
    const auto start = Steady::now();
    must(file->write(at, block));
    must(file->sync());
    times.push_back(seconds_since(start) * 1e3);
  }
  return {percentile(times, 0.5), percentile(times, 0.99)};
}

// Threads that take every processor from whoever lets them.
class Contention {
 public:
  Contention() {
    for (unsigned i = 0; i < 2 * std::thread::hardware_concurrency(); ++i) {
      threads_.emplace_back([this] {
        while (!stop_.load(std::memory_order_relaxed)) {
        }
      });
    }
  }
  ~Contention() {
    stop_ = true;
    for (auto& thread : threads_) thread.join();
  }
  Contention(const Contention&) = delete;
  Contention& operator=(const Contention&) = delete;

 private:
  std::atomic<bool> stop_ = false;
  std::vector<std::thread> threads_;
};

void measure_one_record(const BenchFolder& folder, Records& records, Etcd* etcd, std::vector<Figure>& figures) {
  Log log(folder / "single", {});
  one_by_one(log, records, 500ms);
  const auto bare = sync_one_by_one(folder, 2s);
  const auto quiet = one_by_one(log, records, 3s);
  figures.push_back({"one record, durable, p50", quiet.p50, "ms", "p50", Peer{"write + fdatasync", bare.p50}});
  figures.push_back({"one record, durable, p99", quiet.p99, "ms", "p99", Peer{"write + fdatasync", bare.p99}});
  if (etcd != nullptr) {
    const auto one = etcd->put(1, kRecordBytes);
    figures.push_back({"  the same", quiet.p50, "ms", "p50", Peer{"etcd, 1 client", one.p50 * 1e3}});
    figures.push_back({"  the same", quiet.p99, "ms", "p99", Peer{"etcd, 1 client", one.p99 * 1e3}});
  }
  const Contention contention;
  const auto crowded = one_by_one(log, records, 2s);
  figures.push_back({"one record, all processors taken", crowded.p99, "ms", "p99", Peer{"idle", quiet.p99}});
  std::thread([&] {
    const auto raised = journal::raise_commit_priority();
    if (!raised) return note("real-time priority is not permitted here: left out");
    const auto first = one_by_one(log, records, 2s);
    figures.push_back({"  with real-time priority", first.p99, "ms", "p99", Peer{"without", crowded.p99}});
  }).join();
}

// --- receipts ---------------------------------------------------------------------------------------------------

// How long after its acknowledgement a record is under a published checkpoint.
void measure_receipts(const BenchFolder& folder, Records& records, std::vector<Figure>& figures) {
  struct Waiting {
    std::uint64_t end = 0;
    Steady::time_point since;
  };
  Ring<Waiting> waiting(1U << 12);  // from this thread to the publisher's
  std::optional<Waiting> oldest;    // the publisher's own until it has stopped, as the next
  std::vector<double> times;
  journal::PublisherOptions options;
  options.on_published = [&](const journal::Published& published) {
    for (; oldest || (oldest = waiting.pop()); oldest.reset()) {
      if (oldest->end > published.size) return;
      times.push_back(seconds_since(oldest->since));
    }
  };
  Log log(folder / "receipts", options);
  const auto end = Steady::now() + 5s;
  while (Steady::now() < end) {
    log.batch(16, [&](std::string& entry) { records.seal(entry); }, [&] { records.sync(); });
    if (!waiting.push({log.size(), log.acknowledged()})) give_up("checkpoints come too late to measure them");
    std::this_thread::sleep_until(log.acknowledged() + 2ms);
  }
  must(log.publisher().stop());
  figures.push_back({"receipt after acknowledgement", percentile(times, 0.99), "s", "p99", Peer{"bar", 1}});
}

// --- size -------------------------------------------------------------------------------------------------------

void measure_size(const BenchFolder& folder, Records& records, const Options& options, std::vector<Figure>& figures) {
  const std::uint64_t large = options.long_run ? 10'000'000 : 1'000'000;
  constexpr std::uint64_t kWindow = 100'000;
  const auto seal = [&](std::string& entry) { records.seal(entry); };
  const auto sync = [&] { records.sync(); };
  {
    const Pinned pinned;
    Log log(folder / "size", {.own_thread = false});
    run_until(log, kWindow, kBatch, seal, sync);
    const auto small = run_until(log, 3 * kWindow, kBatch, seal, sync);
    run_until(log, large - 2 * kWindow, kBatch, seal, sync);
    const auto big = run_until(log, large, kBatch, seal, sync);
    must(log.publisher().stop());
    figures.push_back({std::format("rate at {} records", large), big.rate, "records/s", "one run",
                       Peer{"at 100,000 records", small.rate}});
  }
  const Pinned pinned;
  const auto log = must(archive::LogReader::open_folder(folder / "size"));
  const auto start = Steady::now();
  const auto report = must(archive::verify_log(log));
  const auto seconds = seconds_since(start);
  if (!report.ok() || report.entries != large) give_up("the log just written does not verify");
  const Limits limits = measure_limits(folder, kBatch);
  figures.push_back({std::format("whole log verified, {} records", large),
                     static_cast<double>(report.entries) / seconds, "records/s", "one thread",
                     Peer{"SHA-256 of leaf and node", 1 / (1 / limits.leaves + 1 / limits.nodes)}});
}

// --- through the socket -----------------------------------------------------------------------------------------

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
  while (Steady::now() - start < 2s) loop.run_once(10ms);
  const auto result = static_cast<double>(durable) / seconds_since(start);
  append = [] {};  // what is still under way ends without successors
  return result;
}

// The writer with its own loop and thread, as it would have its own process.
class WriterThread {
 public:
  WriterThread(const std::filesystem::path& root, Records& records, const std::filesystem::path& socket) {
    const auto folder = make_log(root);
    auto signer = must(journal::log_signer(folder, kOrigin));
    auto log = must(journal::Journal::open(must(journal::open_disk(root)), 0));
    auto publisher = must(
        journal::Publisher::start(folder, std::move(signer), system_clock(), {.origin = kOrigin, .every = kEvery}));
    auto writer = must(evidence::Writer::start(
        loop_, system_clock(),
        {std::move(log), std::move(publisher), std::make_unique<evidence::VaultSealing>(records.vault())}, {},
        socket));
    thread_ = std::thread([this, writer = std::move(writer)] { loop_.run(); });
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

void measure_socket(const BenchFolder& folder, Records& records, Etcd* etcd, std::vector<Figure>& figures) {
  const WriterThread writer(folder / "writer", records, folder / "socket");
  client_rate(folder / "socket", 64);
  for (const int in_flight : {1, 64}) {
    const auto ours = client_rate(folder / "socket", in_flight);
    std::optional<Peer> peer;
    if (etcd != nullptr) {
      peer = Peer{std::format("etcd, {} clients", in_flight),
                  etcd->put(static_cast<std::size_t>(in_flight), kRecordBytes).rate};
    }
    figures.push_back(
        {std::format("decisions through the socket, {} under way", in_flight), ours, "records/s", "one run", peer});
  }
}

std::vector<Figure> measure(const Options& options) {
  const BenchFolder folder;
  const auto etcd = Etcd::start(folder / "etcd");
  if (!etcd) note("etcd is not installed (package etcd-server): its figures are left out");
  Records records(folder / "vault");
  std::vector<Figure> figures;
  measure_throughput(folder, records, figures);
  measure_signing(folder, figures);
  measure_one_record(folder, records, etcd.get(), figures);
  measure_receipts(folder, records, figures);
  measure_socket(folder, records, etcd.get(), figures);
  measure_size(folder, records, options, figures);
  return figures;
}

}  // namespace
}  // namespace cordon::bench

int main(int argc, char** argv) {
  cordon::bench::Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word(argv[i]);
    options.json = options.json || word == "--json";
    options.long_run = options.long_run || word == "--long";
    if (word == "--json" || word == "--long") continue;
    std::fprintf(stderr,
                 "usage: bench_evidence [--json] [--long]   --long: 10 million records, about 12 GB of disk\n");
    return 2;
  }
  cordon::bench::print("evidence", cordon::bench::measure(options), options.json);
  return 0;
}
