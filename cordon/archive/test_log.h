// A log made by the transparency room alone, in memory or in a folder, and its keys. For tests.
#pragma once

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cordon/archive/log_keys.h"
#include "cordon/archive/log_reader.h"
#include "cordon/archive/shards.h"
#include "cordon/base/clock.h"
#include "cordon/base/file.h"
#include "cordon/base/temporary_folder.h"

namespace cordon::archive {

inline constexpr std::string_view kTestOrigin = "cordon.example/evidence/op-a";

struct TestKeys {
  crypto::PrivateKey classic = crypto::PrivateKey::generate(crypto::KeyKind::ed25519).value();
  crypto::PrivateKey post_quantum = crypto::PrivateKey::generate(crypto::KeyKind::ml_dsa_44).value();

  transparency::LogSigner signer(const std::string& origin = std::string(kTestOrigin)) const {
    return {transparency::NoteSigner::of(origin, transparency::SignatureType::ed25519, classic).value(),
            transparency::NoteSigner::of(origin, transparency::SignatureType::ml_dsa_44, post_quantum).value()};
  }
  std::vector<transparency::VerifierKey> verifiers(const std::string& origin = std::string(kTestOrigin)) const {
    const auto both = signer(origin);
    return {both.classic.verifier(), both.post_quantum.verifier()};
  }
  transparency::TrustPolicy trust(const std::string& origin = std::string(kTestOrigin)) const {
    return {.logs = verifiers(origin), .witnesses = {}, .groups = {}, .quorum = "none"};
  }
};

inline const TestKeys& test_keys() {
  static const TestKeys keys;  // generating them takes longer than most tests
  return keys;
}
inline const TestKeys& other_keys() {
  static const TestKeys keys;
  return keys;
}

inline WallTime test_time() { return WallTime(std::chrono::seconds(1'800'000'000)); }

class TestLog {
 public:
  explicit TestLog(std::uint64_t size = 0, std::string origin = std::string(kTestOrigin), std::string salt = "")
      : origin_(std::move(origin)), salt_(std::move(salt)) {
    grow(size);
  }

  std::string entry(std::uint64_t index) const { return std::format("{}entry {}", salt_, index); }

  // Adds entries up to that size, writes what is new, and signs.
  void grow(std::uint64_t size, const TestKeys& keys = test_keys()) {
    const auto from = leaves();
    for (auto index = from; index < size; ++index) add(transparency::leaf_hash(as_bytes(entry(index))));
    for (const auto& tile : transparency::new_tiles(from, size)) files[tile.path()] = content(tile);
    publish(keys);
  }

  void publish(const TestKeys& keys = test_keys()) {
    note = keys.signer(origin_).sign({origin_, leaves(), frontier_.root()}, test_time()).value();
    files["checkpoint"] = note.whole();
    files[std::string(kKeysFile)] = vkeys_text(keys.verifiers(origin_));
  }

  transparency::ReadResource read() const {
    return [this](const std::string& path) -> Result<std::string> {
      const auto found = files.find(path);
      if (found == files.end()) return fail(ErrorKind::not_found, path + ": no such file");
      return found->second;
    };
  }
  LogReader reader() const { return LogReader::open(read()).value(); }

  void save(const std::filesystem::path& folder) const {
    for (const auto& [path, content] : files) {
      std::filesystem::create_directories((folder / path).parent_path());
      std::ofstream(folder / path, std::ios::binary) << content;
    }
  }

  std::map<std::string, std::string> files;
  transparency::Note note;

 private:
  std::uint64_t leaves() const { return frontier_.size(); }

  void add(const transparency::Hash& leaf) {
    frontier_.add(leaf);
    auto hash = leaf;
    for (std::size_t level = 0;; ++level) {
      if (levels_.size() == level) levels_.emplace_back();
      auto& hashes = levels_[level];
      hashes.push_back(hash);
      if (hashes.size() % transparency::kTileWidth != 0) return;
      transparency::Frontier tile;
      for (auto at = hashes.end() - transparency::kTileWidth; at != hashes.end(); ++at) tile.add(*at);
      hash = tile.root();
    }
  }

  std::string content(const transparency::Tile& tile) const {
    std::string out;
    const auto first = tile.index * transparency::kTileWidth;
    for (auto i = first; i < first + tile.width; ++i) {
      if (tile.entries) {
        transparency::append_entry(out, as_bytes(entry(i)));
      } else {
        out += as_text(levels_[tile.level][i]);
      }
    }
    return out;
  }

  std::string origin_, salt_;
  transparency::Frontier frontier_;
  std::vector<std::vector<transparency::Hash>> levels_;
};

// A log's folder with keys, as the writer leaves it behind.
class TestFolder {
 public:
  TestFolder() {
    make_folder(log.keys(), 0700).value();
    write_keys(test_keys());
  }
  void write_keys(const TestKeys& keys) const {
    write_file(log.keys() / "ed25519.pem", keys.classic.pem(), 0600).value();
    write_file(log.keys() / "mldsa44.pem", keys.post_quantum.pem(), 0600).value();
  }
  // What journal::log_signer does.
  SignerOf signer_of() const {
    return [keys = log.keys()](const std::string& origin) -> Result<transparency::LogSigner> {
      const auto classic = read_file(keys / "ed25519.pem"), post_quantum = read_file(keys / "mldsa44.pem");
      if (!classic) return std::unexpected(classic.error());
      if (!post_quantum) return std::unexpected(post_quantum.error());
      const TestKeys both{crypto::PrivateKey::from_pem(*classic).value(),
                          crypto::PrivateKey::from_pem(*post_quantum).value()};
      return both.signer(origin);
    };
  }
  LogReader reader() const { return LogReader::open_folder(log.root).value(); }

  TemporaryFolder root;
  journal::LogFolder log{root.path()};
};

}  // namespace cordon::archive
