// The log's end of the writer: batches of records become sealed, durable entries. Adds what the log itself has to say
// (start, repair, gaps) and keeps count of the spools. No sockets here.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cordon/base/clock.h"
#include "cordon/evidence/sealing.h"
#include "cordon/evidence/spool_positions.h"
#include "cordon/journal/journal.h"
#include "cordon/journal/publisher.h"

namespace cordon::evidence {

struct KeeperParts {
  std::unique_ptr<journal::Journal> journal;
  std::unique_ptr<journal::Publisher> publisher;
  std::unique_ptr<Sealing> sealing;
};

struct KeeperOptions {
  // Below so many free bytes records out of spools are refused, so that those which must be durable before their
  // effect find room the longest.
  std::uint64_t free_bytes = 0;
  std::function<Result<std::uint64_t>()> free_space = {};  // of the log's disk; none: not watched
};

class Keeper {
 public:
  Keeper(const Clock& clock, KeeperParts parts, SpoolPositions positions, KeeperOptions options);

  // Records that the writer started and what opening the journal repaired; on a full disk that waits for room.
  Result<void> begin();

  // For each record its place in the log, or why it is not there. Durable on return.
  //   no_space       the disk is full (all records), or nearly (those out of spools): the next call tries again
  //   invalid_input  this record cannot be kept
  //   anything else  the log takes no more records: failure()
  std::vector<Result<std::uint64_t>> keep(const std::vector<Record>& records);

  // What the log itself has to say: goes with the next batch, which may be an empty one.
  void say(std::string_view kind, std::string reason);

  // From time to time: journal files whose entries are all published are removed.
  Result<void> tidy() { return parts_.journal->forget_below(parts_.publisher->published()); }
  Result<void> stop() { return parts_.publisher->stop(); }

  const std::optional<Error>& failure() const { return failure_; }
  std::uint64_t size() const { return parts_.journal->size(); }
  const Sealing& sealing() const { return *parts_.sealing; }

 private:
  struct Batch {
    std::uint64_t first = 0;        // index its first entry will have
    std::string bytes;              // all entries, one behind the other
    std::vector<std::size_t> ends;  // of each
    SpoolPositions positions;       // as they will be
    std::uint64_t next() const { return first + ends.size(); }
  };

  Batch new_batch();
  Result<void> add_notes(Batch& batch);
  Result<std::uint64_t> add(Batch& batch, const Record& record);
  Result<std::uint64_t> add_spooled(Batch& batch, const Record& record);
  Result<std::uint64_t> seal(Batch& batch, const Record& record);
  Result<void> commit(Batch& batch);
  Result<void> make_durable(const Batch& batch);
  void look_at_space();
  void hold_back(const SpoolMark& mark, const Result<std::uint64_t>& answer);
  void count_refused(const std::vector<Record>& records, const std::vector<Result<std::uint64_t>>& answers);
  std::unexpected<Error> give_up(Error error);
  Record note(std::string_view kind, std::string reason) const;

  const Clock& clock_;
  KeeperParts parts_;
  KeeperOptions options_;
  SpoolPositions positions_;
  std::string scratch_;  // the last batch's bytes, for their memory

  std::vector<Record> notes_;       // still to be recorded
  std::uint64_t refused_ = 0;       // records turned away since the disk is full, or nearly
  std::uint64_t since_listed_ = 0;  // entries since the spools were listed
  bool low_ = false;                // little space is left
  // The oldest record of each spool that was turned away and must come first: records behind it would hide the gap.
  std::map<std::string, std::uint64_t, std::less<>> held_back_;
  std::optional<Error> failure_;
};

}  // namespace cordon::evidence
