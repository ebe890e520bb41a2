#include "benchmarks/evidence_limits.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

#include "cordon/base/file.h"
#include "cordon/crypto/committing_aead.h"
#include "cordon/crypto/hmac_key.h"
#include "cordon/crypto/sha256_many.h"

namespace cordon::bench {

using namespace std::chrono_literals;
using Steady = std::chrono::steady_clock;

void give_up(const std::string& why) {
  std::fprintf(stderr, "bench_evidence: %s\n", why.c_str());
  std::exit(1);
}

double seconds_since(Steady::time_point start) {
  return std::chrono::duration<double>(Steady::now() - start).count();
}

double rate(const std::function<void()>& work) {
  std::uint64_t done = 0;
  const auto start = Steady::now();
  while (Steady::now() - start < 500ms) {
    work();
    ++done;
  }
  return static_cast<double>(done) / seconds_since(start);
}

double percentile(std::vector<double> values, double share) {
  if (values.empty()) return 0;
  std::ranges::sort(values);
  return values[std::min(values.size() - 1, static_cast<std::size_t>(share * static_cast<double>(values.size())))];
}

BenchFolder::BenchFolder() : path_((std::filesystem::current_path() / "bench-evidence-XXXXXX").string()) {
  if (::mkdtemp(path_.data()) == nullptr) give_up("no folder can be made here: go to a folder you may write to");
}

BenchFolder::~BenchFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

namespace {

double sync_rate(const BenchFolder& folder, std::size_t bytes) {
  const auto fd = open_file(folder / "raw", O_RDWR | O_CREAT | O_TRUNC);
  if (!fd) give_up(fd.error().message);
  const std::string block(bytes, 'x');
  off_t at = 0;
  return rate([&] {
    if (::pwrite(fd->get(), block.data(), block.size(), at) < 0 || ::fdatasync(fd->get()) != 0) {
      give_up("the disk refuses");
    }
    at += static_cast<off_t>(block.size());
  });
}

double many_rate(std::size_t bytes) {
  constexpr std::size_t kMany = 128;
  const std::string text(bytes, 'x');
  const std::vector<BytesView> messages(kMany, as_bytes(text));
  std::vector<crypto::Sha256Digest> digests(kMany);
  crypto::Sha256Many many;
  return kMany * rate([&] { many.hash(messages, digests); });
}

double seal_rate() {
  crypto::CommittingAead aead;
  std::array<std::uint8_t, crypto::kAeadKeySize> key{};
  const std::array<std::uint8_t, crypto::kAeadNonceSize> nonce{};
  const std::string plain(kRecordBytes, 'x');
  std::string out;
  return rate([&] {
    out.clear();
    ++key[0];
    if (!aead.seal(key, nonce, {}, as_bytes(plain), out)) give_up("AES-256-GCM fails");
  });
}

}  // namespace

double Limits::ceiling() const {
  return 1 / (1 / (sync_batch * static_cast<double>(batch)) + 1 / leaves + 1 / nodes + 1 / hmacs + 1 / seals);
}

Limits measure_limits(const BenchFolder& folder, std::size_t batch) {
  const std::string leaf(kRecordBytes + 1, 'x');
  const crypto::HmacKey key(as_bytes(std::string_view(leaf).substr(0, 32)));
  const std::string_view identifier = "imsi-999700000021309";
  return {.sync_one = sync_rate(folder, kRecordBytes),
          .sync_batch = sync_rate(folder, kRecordBytes * batch),
          .leaves = many_rate(kRecordBytes + 1),
          .leaves_singly = rate([&] { crypto::sha256(as_bytes(leaf)); }),
          .nodes = many_rate(65),
          .hmacs = rate([&] { (void)key.of(as_bytes(identifier)); }),
          .seals = seal_rate(),
          .batch = batch};
}

}  // namespace cordon::bench
