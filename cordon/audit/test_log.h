// Small logs in memory for this room's tests: entries as the vault would seal them, tiles, a checkpoint that is
// signed where a test needs it.
#pragma once

#include <format>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "cordon/archive/log_reader.h"
#include "cordon/transparency/tile.h"
#include "cordon/vault/sealed_entry.h"
#include "cordon/wire/cbor.h"

namespace cordon::audit {

inline vault::Pseudonym pseudonym_named(std::uint8_t name) {
  vault::Pseudonym pseudonym{};
  pseudonym.fill(name);
  return pseudonym;
}

// What anybody may read of an entry; the ciphertexts are texts of the test's choice.
struct TestEntry {
  vault::EntryKind kind = vault::EntryKind::decision;
  std::vector<vault::Term> terms = {};
  std::vector<std::uint8_t> subjects = {};  // see pseudonym_named
  std::string header = "sealed";
};

inline Bytes bytes_of(const TestEntry& entry) {
  std::string text;
  wire::CborWriter out(text);
  out.array(8).unsigned_integer(1).unsigned_integer(static_cast<std::uint64_t>(entry.kind)).unsigned_integer(1);
  out.bytes(Bytes(12, 7));
  Bytes terms;
  for (const auto term : entry.terms) {
    for (int shift = 56; shift >= 0; shift -= 8) terms.push_back(static_cast<std::uint8_t>(term >> shift));
  }
  out.bytes(terms).bytes(to_bytes(entry.header)).bytes({}).array(entry.subjects.size());
  for (const auto subject : entry.subjects) out.array(2).bytes(pseudonym_named(subject)).bytes(to_bytes("payload"));
  return to_bytes(text);
}

// The public files of a log, in memory.
class TestLog {
 public:
  std::uint64_t add(BytesView entry) {
    entries_.emplace_back(entry.begin(), entry.end());
    return entries_.size() - 1;
  }
  std::uint64_t add(const TestEntry& entry) { return add(bytes_of(entry)); }
  std::uint64_t size() const { return entries_.size(); }
  Bytes& entry(std::uint64_t index) { return entries_[index]; }
  const Bytes& entry(std::uint64_t index) const { return entries_[index]; }

  archive::LogReader publish() const {
    auto files = std::make_shared<std::map<std::string, std::string>>();
    const auto checkpoint = write_tiles(*files);
    transparency::Note note{checkpoint.text(), {{.name = checkpoint.origin, .id = 1, .signature = Bytes(64, 1)}}};
    (*files)["checkpoint"] = note.whole();
    auto reader = archive::LogReader::open([files](const std::string& path) -> Result<std::string> {
      const auto found = files->find(path);
      if (found == files->end()) return fail(ErrorKind::not_found, path + ": no such file");
      return found->second;
    });
    if (!reader) throw std::runtime_error(reader.error().message);
    return std::move(*reader);
  }

  transparency::Checkpoint write_tiles(std::map<std::string, std::string>& files) const {
    std::vector<std::vector<transparency::Hash>> levels(1);
    transparency::Frontier frontier;
    for (const auto& entry : entries_) {
      levels[0].push_back(transparency::leaf_hash(entry));
      frontier.add(levels[0].back());
    }
    for (std::size_t level = 0; levels[level].size() >= 256; ++level) {
      levels.emplace_back();
      for (std::size_t i = 0; i + 256 <= levels[level].size(); i += 256) {
        transparency::Frontier tile;
        for (std::size_t j = 0; j < 256; ++j) tile.add(levels[level][i + j]);
        levels[level + 1].push_back(tile.root());
      }
    }
    for (const auto& tile : transparency::new_tiles(0, size())) {
      auto& content = files[tile.path()];
      for (auto i = tile.index * 256; i < tile.index * 256 + tile.width; ++i) {
        if (tile.entries) {
          transparency::append_entry(content, entries_[i]);
        } else {
          content += as_text(levels[tile.level][i]);
        }
      }
    }
    return {.origin = "test.example/evidence", .size = size(), .root = frontier.root()};
  }

 private:
  std::vector<Bytes> entries_;
};

}  // namespace cordon::audit
