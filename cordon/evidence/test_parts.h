// What the room's tests share: a log in memory that fails when told to, and sealing that hides nothing.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cordon/evidence/keeper.h"
#include "cordon/evidence/record_cbor.h"

namespace cordon::evidence {

struct TestLog {
  std::vector<std::string> entries;
  std::optional<journal::Repair> repair;
  std::uint64_t published = 0;
  std::uint64_t forgotten = 0;
  std::uint32_t epoch = 1;
  int appends = 0;
  bool stopped = false;
  // Asked before each step; an error is its outcome.
  std::function<Result<void>(const Record&)> on_seal;
  std::function<Result<void>()> on_sync;
  std::function<Result<void>()> on_append;
  std::function<Result<void>()> on_forget;

  std::vector<Record> records() const {
    std::vector<Record> out;
    for (const auto& entry : entries) {
      out.push_back(decode_record(as_bytes(entry)).value());
      out.back().sequence = out.size() - 1;
    }
    return out;
  }
  std::vector<std::string> kinds() const {
    std::vector<std::string> out;
    for (const auto& record : records()) out.push_back(record.kind);
    return out;
  }
  // The traces of all decisions in the log, in order: what numbered() wrote.
  std::vector<int> decisions() const {
    std::vector<int> out;
    for (const auto& record : records()) {
      if (record.kind == "decision") out.push_back(std::stoi(record.trace));
    }
    return out;
  }
};

class TestJournal final : public journal::Journal {
 public:
  explicit TestJournal(TestLog& log) : log_(log) {}
  Result<std::uint64_t> append(std::span<const std::string_view> entries) override {
    if (log_.on_append) {
      if (auto done = log_.on_append(); !done) return std::unexpected(done.error());
    }
    ++log_.appends;
    for (const auto entry : entries) log_.entries.emplace_back(entry);
    return log_.entries.size() - entries.size();
  }
  std::uint64_t size() const override { return log_.entries.size(); }
  const std::optional<journal::Repair>& repair() const override { return log_.repair; }
  const std::optional<Error>& failure() const override { return failure_; }
  Result<void> forget_below(std::uint64_t published) override {
    log_.forgotten = published;
    return log_.on_forget ? log_.on_forget() : Result<void>{};
  }

 private:
  TestLog& log_;
  std::optional<Error> failure_;
};

class TestPublisher final : public journal::Publisher {
 public:
  explicit TestPublisher(TestLog& log) : log_(log) {}
  void committed(std::uint64_t first, std::span<const std::string_view> entries) override {
    log_.published = first + entries.size();
  }
  Result<void> publish() override { return {}; }
  std::uint64_t published() const override { return log_.published; }
  Result<void> stop() override {
    log_.stopped = true;
    return {};
  }

 private:
  TestLog& log_;
};

class TestSealing final : public Sealing {
 public:
  explicit TestSealing(TestLog& log) : log_(log) {}
  Result<void> seal(const Record& record, std::string& entry) override {
    encode_record(record, entry);  // also when it fails: whoever asked has to tidy up
    return log_.on_seal ? log_.on_seal(record) : Result<void>{};
  }
  Result<void> sync() override { return log_.on_sync ? log_.on_sync() : Result<void>{}; }
  EpochKeys keys() const override {
    return {log_.epoch, to_bytes("key of epoch " + std::to_string(log_.epoch)), to_bytes("spool key")};
  }
  std::uint32_t epoch() const override { return log_.epoch; }

 private:
  TestLog& log_;
};

inline KeeperParts parts_of(TestLog& log) {
  return {std::make_unique<TestJournal>(log), std::make_unique<TestPublisher>(log),
          std::make_unique<TestSealing>(log)};
}

inline Record numbered(int number) {
  Record record;
  record.time = WallTime(std::chrono::seconds(1'800'000'000 + number));
  record.proxy = "p";
  record.decision = "permit";
  record.trace = std::to_string(number);
  return record;
}

inline std::vector<int> range(int count) {
  std::vector<int> out(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) out[static_cast<std::size_t>(i)] = i;
  return out;
}

}  // namespace cordon::evidence
