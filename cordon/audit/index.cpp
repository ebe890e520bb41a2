#include "cordon/audit/index.h"

#include <algorithm>
#include <charconv>
#include <format>
#include <set>

#include "cordon/base/file.h"
#include "cordon/base/text.h"
#include "cordon/evidence/sealing.h"

namespace cordon::audit {

namespace {

constexpr std::size_t kMostBlockFile = std::size_t{256} << 20;
constexpr std::size_t kMostPlaceFile = 1024;
constexpr std::size_t kDigits = 12;  // of an entry's index in a file's name

std::optional<std::uint64_t> whole_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size()) return std::nullopt;
  return value;
}

// "000000000000-000000065536.block"
std::optional<Range> range_of_name(const std::string& name) {
  const std::string_view text = name;
  if (!text.ends_with(".block")) return std::nullopt;
  const auto numbers = split(text.substr(0, text.size() - 6), '-');
  if (numbers.size() != 2 || numbers[0].size() < kDigits || numbers[1].size() < kDigits) return std::nullopt;
  const auto from = whole_number(numbers[0]);
  const auto to = whole_number(numbers[1]);
  if (!from || !to || *to <= *from) return std::nullopt;
  return Range{*from, *to};
}

}  // namespace

// === statements

std::string StatementPlace::text() const {
  return std::format("record {}\nheader-key {}\n", record, to_base64(header_key));
}

Result<StatementPlace> parse_statement_place(std::string_view text) {
  const auto lines = split(text, '\n');
  const auto wrong = [] { return fail(ErrorKind::corrupt, "not the place of an index statement"); };
  if (lines.size() != 3 || !lines[0].starts_with("record ") || !lines[1].starts_with("header-key ")) return wrong();
  const auto record = whole_number(lines[0].substr(7));
  auto key = from_base64(lines[1].substr(11));
  if (!record || !key || key->size() > 64) return wrong();
  StatementPlace place{*record, std::move(*key)};
  if (place.text() != text) return wrong();
  return place;
}

evidence::Record statement_record(const BlockStatement& statement, WallTime time) {
  evidence::Record record;
  record.time = time;
  record.kind = "index";
  record.reason = statement.text();
  return record;
}

Result<BlockStatement> read_statement(BytesView entry, BytesView header_key) {
  const auto sealed = vault::parse_entry(entry);
  if (!sealed) return std::unexpected(sealed.error());
  if (sealed->kind != vault::EntryKind::index)
    return fail(ErrorKind::corrupt, "the record named is no index statement");
  vault::RecordKeys keys;
  keys.header = Bytes(header_key.begin(), header_key.end());
  keys.personal.resize(sealed->personal.size());
  const auto opened = vault::open_with(entry, keys);
  if (!opened) return std::unexpected(opened.error());
  const auto record = evidence::record_of(entry, *opened);
  if (!record) return std::unexpected(record.error());
  return parse_block_statement(record->reason);
}

// === blocks

std::vector<Range> wanted_blocks(std::uint64_t size, const BlockSizes& sizes) {
  std::vector<Range> ranges;
  std::uint64_t from = 0;
  for (const auto width : {sizes.full, sizes.tail}) {
    for (; size - from >= width; from += width) ranges.push_back({from, from + width});
  }
  return ranges;
}

Result<Block> build_block(const archive::LogReader& log, Range range) {
  BlockBuilder builder(range.from);
  const auto read = log.each(range.from, range.to, [&](std::uint64_t, BytesView entry) {
    builder.add(entry);
    return true;
  });
  if (!read) return std::unexpected(read.error());
  return builder.finish();
}

// === Index

std::filesystem::path Index::file(Range range, std::string_view kind) const {
  return folder_ / std::format("{:012}-{:012}.{}", range.from, range.to, kind);
}

std::vector<Range> Index::ranges() const {
  std::vector<Range> found;
  std::error_code none;  // no folder: no blocks
  for (const auto& each : std::filesystem::directory_iterator(folder_, none)) {
    if (const auto range = range_of_name(each.path().filename().string())) found.push_back(*range);
  }
  std::ranges::sort(found);
  return found;
}

Result<Block> Index::block(Range range) const {
  auto content = read_file(file(range, "block"), kMostBlockFile);
  if (!content) return std::unexpected(content.error());
  auto block = Block::parse(std::move(*content));
  if (!block) return std::unexpected(within(file(range, "block").string(), block.error()));
  if (block->range() != range) {
    return fail(ErrorKind::corrupt, std::format("{}: the block inside is of entries {}",
                                                file(range, "block").string(), block->range().text()));
  }
  return block;
}

Result<StatementPlace> Index::statement_place(Range range) const {
  const auto content = read_file(file(range, "statement"), kMostPlaceFile);
  if (!content) return std::unexpected(content.error());
  auto place = parse_statement_place(*content);
  if (!place) return std::unexpected(within(file(range, "statement").string(), place.error()));
  return place;
}

Result<void> Index::write(const Block& block) const {
  if (auto made = make_folder(folder_); !made) return made;
  return write_file(file(block.range(), "block"), block.file());
}

Result<void> Index::write(Range range, const StatementPlace& place) const {
  return write_file(file(range, "statement"), place.text());
}

Result<void> Index::remove(Range range) const {
  for (const auto* kind : {"statement", "block"}) {  // in this order: a statement without its block would be odd
    std::error_code error;
    std::filesystem::remove(file(range, kind), error);
    if (error) return fail_errno("remove " + file(range, kind).string(), error.value());
  }
  return {};
}

// === building

namespace {

struct Work {
  const archive::LogReader& log;
  const Index& index;
  const KeepRecord& keep;
  const HeaderKeyOf& header_key;
  const Clock& clock;
  BuildReport report;
};

Result<Block> block_for(Work& work, Range range) {
  if (auto known = work.index.block(range)) return known;  // what is unreadable is made again
  auto made = build_block(work.log, range);
  if (!made) return made;
  if (auto written = work.index.write(*made); !written) return std::unexpected(written.error());
  ++work.report.built;
  return made;
}

Result<StatementPlace> stated(Work& work, const Block& block) {
  const auto statement = block.statement();
  if (!statement) return std::unexpected(statement.error());
  const auto record = work.keep(statement_record(*statement, work.clock.now()));
  if (!record) return std::unexpected(within("the index block could not be stated in the log", record.error()));
  ++work.report.stated;
  StatementPlace place{*record, {}};
  if (auto written = work.index.write(block.range(), place); !written) return std::unexpected(written.error());
  return place;
}

// Block, statement in the log, key of the statement: whichever of them is missing.
Result<void> complete(Work& work, Range range) {
  auto place = work.index.statement_place(range);
  if (place && !place->header_key.empty()) return {};
  if (!place) {
    const auto block = block_for(work, range);
    if (!block) return std::unexpected(block.error());
    place = stated(work, *block);
    if (!place) return std::unexpected(place.error());
  }
  auto key = work.header_key(place->record);
  if (!key && key.error().kind == ErrorKind::not_found) return {};  // the next build has it
  if (!key) return std::unexpected(key.error());
  place->header_key = std::move(*key);
  return work.index.write(range, *place);
}

bool inside_full(Range range, const BlockSizes& sizes, std::uint64_t covered_by_full) {
  return range.to - range.from < sizes.full && range.to <= covered_by_full;
}

Result<void> remove_replaced(Work& work, const BlockSizes& sizes) {
  const auto full = work.log.size() / sizes.full * sizes.full;
  for (const auto& range : work.index.ranges()) {
    if (!inside_full(range, sizes, full)) continue;
    if (auto removed = work.index.remove(range); !removed) return removed;
    ++work.report.removed;
  }
  return {};
}

}  // namespace

Result<BuildReport> build_index(const archive::LogReader& log, const Index& index, const KeepRecord& keep,
                                const HeaderKeyOf& header_key, const Clock& clock, const BlockSizes& sizes,
                                const IndexProgress& progress) {
  if (sizes.tail == 0 || sizes.full % sizes.tail != 0 || sizes.full > kMostBlockEntries) {
    return fail(ErrorKind::invalid_input, "sizes of index blocks: the full one must be a multiple of the small one");
  }
  Work work{log, index, keep, header_key, clock, {}};
  for (const auto& range : wanted_blocks(log.size(), sizes)) {
    if (auto done = complete(work, range); !done) return std::unexpected(done.error());
    work.report.covered = range.to;
    if (progress) progress(range.to, log.size());
  }
  if (auto removed = remove_replaced(work, sizes); !removed) return std::unexpected(removed.error());
  return work.report;
}

bool is_index_due(std::uint64_t size, const Index& index, const BlockSizes& sizes) {
  const auto there = index.ranges();
  for (const auto& range : wanted_blocks(size, sizes)) {
    const auto place = index.statement_place(range);
    if (!place || place->header_key.empty() || !std::ranges::binary_search(there, range)) return true;
  }
  const auto full = size / sizes.full * sizes.full;
  return std::ranges::any_of(there, [&](const Range& range) { return inside_full(range, sizes, full); });
}

// === checking

namespace {

Result<void> check_statement(const archive::LogReader& log, const Index& index, const BlockStatement& rebuilt) {
  const auto place = index.statement_place(rebuilt.range);
  if (!place) return fail(ErrorKind::not_found, "the log states no root for it: run 'cordon log index build'");
  if (place->record >= log.size() || place->header_key.empty()) return {};  // not published yet
  const auto entry = log.entry(place->record);
  if (!entry) return std::unexpected(entry.error());
  const auto said = read_statement(as_bytes(*entry), place->header_key);
  if (!said) return std::unexpected(within(std::format("record {}", place->record), said.error()));
  if (*said == rebuilt) return {};
  return fail(ErrorKind::corrupt, std::format("record {} states '{}', but the entries give '{}'", place->record,
                                              said->text(), rebuilt.text()));
}

Result<void> check_block(const archive::LogReader& log, const Index& index, Range range) {
  if (range.to > log.size() || range.to - range.from > kMostBlockEntries) {
    return fail(ErrorKind::corrupt, std::format("the log has only {} entries", log.size()));
  }
  const auto rebuilt = build_block(log, range);
  if (!rebuilt) return std::unexpected(rebuilt.error());
  const auto block = index.block(range);
  if (!block) return std::unexpected(block.error());
  if (block->file() != rebuilt->file()) {
    return fail(ErrorKind::corrupt,
                "the block is not what the log's entries give: it was altered, or made of others");
  }
  const auto statement = rebuilt->statement();
  if (!statement) return std::unexpected(statement.error());
  return check_statement(log, index, *statement);
}

}  // namespace

Result<CheckReport> check_index(const archive::LogReader& log, const Index& index, const IndexProgress& progress) {
  CheckReport report;
  const auto ranges = index.ranges();
  for (const auto& range : ranges) {
    ++report.blocks;
    if (range.from > report.covered) {
      report.faults.push_back({{report.covered, range.from}, "no block covers these entries"});
    }
    const auto good = check_block(log, index, range);
    const bool newest = range == ranges.back();
    report.unfinished = !good && good.error().kind == ErrorKind::not_found && newest;
    if (!good && !report.unfinished) report.faults.push_back({range, good.error().message});
    report.covered = std::max(report.covered, range.to);
    if (progress) progress(range.to, log.size());
  }
  return report;
}

}  // namespace cordon::audit
