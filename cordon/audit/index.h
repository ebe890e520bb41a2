// The index of a log as files beside it (public/index/): blocks over aligned ranges of entries, and for each block
// the log's own statement of its root. All of it can be made again from the log at any time; losing it loses nothing.
//   index/000000000000-000000065536.block       the block
//   index/000000000000-000000065536.statement   which record states its root, and the key that opens that record
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/archive/log_reader.h"
#include "cordon/audit/index_block.h"
#include "cordon/base/clock.h"
#include "cordon/evidence/record.h"

namespace cordon::audit {

inline constexpr std::string_view kIndexFolder = "index";

// Keeps a record in the log and gives its index, once it is durable.
using KeepRecord = std::function<Result<std::uint64_t>(const evidence::Record& record)>;
// The key that opens that record's header. not_found: it cannot be read yet.
using HeaderKeyOf = std::function<Result<Bytes>(std::uint64_t record)>;

// Where the log states a block's root. The key of that one record is public: it is about nobody.
struct StatementPlace {
  std::uint64_t record = 0;
  Bytes header_key;  // empty: not readable when the statement was made; the next build fills it in
  bool operator==(const StatementPlace&) const = default;
  std::string text() const;
};
Result<StatementPlace> parse_statement_place(std::string_view text);

evidence::Record statement_record(const BlockStatement& statement, WallTime time);
// Whether an entry is the statement of a block, opened with the key given for it, and what it states.
Result<BlockStatement> read_statement(BytesView entry, BytesView header_key);

// Blocks of `full` entries, and of `tail` entries where no full one fits yet. `full` is a multiple of `tail`.
struct BlockSizes {
  std::uint64_t full = 65'536;
  std::uint64_t tail = 4'096;
};
// The blocks a log of that size should have, in order.
std::vector<Range> wanted_blocks(std::uint64_t size, const BlockSizes& sizes);

Result<Block> build_block(const archive::LogReader& log, Range range);

class Index {
 public:
  explicit Index(std::filesystem::path public_part) : folder_(std::move(public_part) / kIndexFolder) {}
  const std::filesystem::path& folder() const { return folder_; }

  std::vector<Range> ranges() const;  // of the block files there, ascending
  Result<Block> block(Range range) const;
  Result<StatementPlace> statement_place(Range range) const;

  Result<void> write(const Block& block) const;
  Result<void> write(Range range, const StatementPlace& place) const;
  Result<void> remove(Range range) const;

 private:
  std::filesystem::path file(Range range, std::string_view kind) const;
  std::filesystem::path folder_;
};

using IndexProgress = std::function<void(std::uint64_t done, std::uint64_t total)>;  // entries

struct BuildReport {
  std::uint64_t built = 0;    // blocks
  std::uint64_t stated = 0;   // statements recorded
  std::uint64_t removed = 0;  // small blocks that a full one replaced
  std::uint64_t covered = 0;  // entries from 0 on that have a block
};
// Makes what is missing. Whatever interrupts it, the next call goes on where it stopped.
Result<BuildReport> build_index(const archive::LogReader& log, const Index& index, const KeepRecord& keep,
                                const HeaderKeyOf& header_key, const Clock& clock, const BlockSizes& sizes = {},
                                const IndexProgress& progress = {});

struct IndexFault {
  Range range;
  std::string what;
};
struct CheckReport {
  std::uint64_t blocks = 0;
  std::uint64_t covered = 0;
  bool unfinished = false;  // the newest block is there, and the log does not state its root yet
  std::vector<IndexFault> faults;
};
// Whether build_index() would find anything to do. Cheap: it reads no block and needs no key.
bool is_index_due(std::uint64_t size, const Index& index, const BlockSizes& sizes = {});

// Every block made again from the entries and compared with its file and with what the log states. Needs no key.
Result<CheckReport> check_index(const archive::LogReader& log, const Index& index,
                                const IndexProgress& progress = {});

}  // namespace cordon::audit
