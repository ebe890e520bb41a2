// What the room's tests share.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "cordon/crypto/key.h"
#include "cordon/evidence/log_file.h"
#include "cordon/evidence/reader.h"

namespace cordon::evidence {

inline const crypto::PrivateKey& test_key() {
  static const auto key = crypto::PrivateKey::generate(crypto::KeyKind::ed25519).value();
  return key;
}

inline Record numbered(int number) {
  Record record;
  record.time = WallTime(std::chrono::seconds(1'800'000'000 + number));
  record.proxy = "p";
  record.decision = "permit";
  record.trace = std::to_string(number);
  return record;
}

inline std::vector<Record> numbered(int first, int count) {
  std::vector<Record> records;
  for (int i = 0; i < count; ++i) records.push_back(numbered(first + i));
  return records;
}

// The traces of all decisions in the log, in order: what numbered() wrote.
inline std::vector<int> decisions(const Reader& reader) {
  std::vector<int> out;
  const auto read = reader.each(0, [&](const Entry& entry) {
    if (entry.record.kind == "decision") out.push_back(std::stoi(entry.record.trace));
    return true;
  });
  EXPECT_TRUE(read) << read.error().message;
  return out;
}

inline std::vector<std::string> kinds(const Reader& reader) {
  std::vector<std::string> out;
  const auto read = reader.each(0, [&](const Entry& entry) {
    out.push_back(entry.record.kind);
    return true;
  });
  EXPECT_TRUE(read) << read.error().message;
  return out;
}

inline std::vector<int> range(int count) {
  std::vector<int> out(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) out[static_cast<std::size_t>(i)] = i;
  return out;
}

// Why a log does not verify; empty when it does.
inline std::string faults_of(const Reader& reader, const crypto::PublicKey& key) {
  const auto report = reader.verify(key);
  if (!report) return report.error().message;
  std::string out = report->ok() || !report->faults.empty() ? "" : "checkpoint not met";
  for (const auto& fault : report->faults) out += fault.text() + "\n";
  return out;
}

}  // namespace cordon::evidence
