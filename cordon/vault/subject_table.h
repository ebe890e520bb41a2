// The keys of one epoch's subjects: where each lies in the file. 16 bytes of memory a subject and free room (10
// million: 268 MB); the keys themselves stay wrapped in the file until one is asked for.
#pragma once

#include <optional>
#include <vector>

#include "cordon/vault/subject_file.h"

namespace cordon::vault {

class SubjectTable {
 public:
  static Result<SubjectTable> load(std::filesystem::path file, std::uint32_t epoch, BytesView table_key);

  Result<std::optional<crypto::Secret>> find(const Pseudonym& pseudonym) const;
  Result<crypto::Secret> add(const Pseudonym& pseudonym);         // new random key; durable after flush()
  std::uint64_t size() const { return rows_ + pending_.size(); }  // rows, destroyed ones too

  bool has_pending() const { return !pending_.empty(); }
  // Appends what was added and makes it durable. no_space: nothing was kept, call again; io: this table is lost.
  Result<void> flush();
  std::vector<SubjectRow> take_pending();
  void put_pending(const std::vector<SubjectRow>& rows);  // of a table that was loaded anew

  Result<void> catch_up();  // with rows another process appended
  // Rows near the end that do not unwrap are what a crash left of an append nobody was told of: destroys them.
  // Returns how many.
  Result<std::uint64_t> repair_end();

 private:
  struct Slot {
    Pseudonym pseudonym{};
    std::uint32_t row_and_one = 0;  // 0: free
  };
  SubjectTable(std::filesystem::path file, std::uint32_t epoch, BytesView table_key);
  Slot& slot_of(const Pseudonym& pseudonym);
  void put(const Pseudonym& pseudonym, std::uint64_t row);
  void grow();
  Result<SubjectRow> row_at(std::uint64_t row) const;

  std::filesystem::path file_;
  std::uint32_t epoch_;
  crypto::Secret table_key_;
  Fd fd_;  // for reading, and writing once something is appended
  bool writable_ = false;
  std::uint64_t rows_ = 0;  // in the file
  std::vector<SubjectRow> pending_;
  std::vector<Slot> slots_;  // Invariant: a power of two, at most three quarters taken
  std::size_t taken_ = 0;
  std::optional<Error> lost_;
};

}  // namespace cordon::vault
