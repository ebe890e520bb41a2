#include "cordon/evidence/keeper.h"

#include <algorithm>

#include "cordon/base/log.h"
#include "cordon/evidence/record_text.h"

namespace cordon::evidence {

namespace {

constexpr std::string_view kOwnName = "evidence";  // stands where an enforcement point's name stands
constexpr std::uint64_t kListEvery = 1U << 16;     // entries: how far back a start has to read for the spools
constexpr std::size_t kMostHeldBack = 1024;        // spools
constexpr std::size_t kMostNotes = 256;
constexpr std::string_view kTakesNoMore = "; the log takes no more records until it is started again";

Error full_error(const Error& error) {
  return {ErrorKind::no_space, "the log's disk is full, and the record was refused: " + error.message};
}

}  // namespace

Keeper::Keeper(const Clock& clock, KeeperParts parts, SpoolPositions positions, KeeperOptions options)
    : clock_(clock), parts_(std::move(parts)), options_(std::move(options)), positions_(std::move(positions)) {}

Record Keeper::note(std::string_view kind, std::string reason) const {
  Record record;
  record.time = clock_.now();
  record.proxy = kOwnName;
  record.kind = kind;
  record.reason = std::move(reason);
  return record;
}

// A log that cannot be written has nothing to say for long: what comes last counts.
void Keeper::say(std::string_view kind, std::string reason) {
  if (notes_.size() >= kMostNotes) notes_.erase(notes_.begin());
  notes_.push_back(note(kind, std::move(reason)));
}

Result<void> Keeper::begin() {
  if (const auto& repair = parts_.journal->repair()) {
    notes_.push_back(note("repair", std::format("{} bytes of an unfinished batch were removed from {}; none of its "
                                                "records had been acknowledged",
                                                repair->bytes, repair->file)));
  }
  notes_.push_back(note("start", std::format("the log's writer started behind {} records", size())));
  since_listed_ = kListEvery;  // the next start need not read further back than to here, even if there are no spools
  auto batch = new_batch();
  auto done = add_notes(batch);
  if (done) done = commit(batch);
  if (!done && done.error().kind == ErrorKind::no_space) return {};
  return done;
}

// --- composing --------------------------------------------------------------------------------------------------

Keeper::Batch Keeper::new_batch() {
  Batch batch;
  batch.first = size();
  batch.bytes = std::move(scratch_);
  batch.bytes.clear();
  batch.positions = positions_;
  return batch;
}

Result<void> Keeper::add_notes(Batch& batch) {
  std::vector<Record> notes = notes_;
  if (refused_ > 0) {
    notes.push_back(note("gap", std::format("the disk was full: {} records were refused before this one, and their "
                                            "senders told so",
                                            refused_)));
  }
  if (since_listed_ >= kListEvery) {
    auto list = batch.positions.listed();
    list.time = clock_.now();
    list.proxy = kOwnName;
    notes.push_back(std::move(list));
  }
  for (const auto& each : notes) {
    if (auto sealed = seal(batch, each); !sealed) return std::unexpected(sealed.error());
  }
  return {};
}

Result<std::uint64_t> Keeper::seal(Batch& batch, const Record& record) {
  if (auto sealed = parts_.sealing->seal(record, batch.bytes); !sealed) {
    batch.bytes.resize(batch.ends.empty() ? 0 : batch.ends.back());
    return sealed.error().kind == ErrorKind::io ? give_up(sealed.error()) : std::unexpected(sealed.error());
  }
  batch.ends.push_back(batch.bytes.size());
  return batch.next() - 1;
}

Result<std::uint64_t> Keeper::add(Batch& batch, const Record& record) {
  return record.spool ? add_spooled(batch, record) : seal(batch, record);
}

Result<std::uint64_t> Keeper::add_spooled(Batch& batch, const Record& record) {
  const auto& [source, sequence] = *record.spool;
  if (source.empty() || source.size() > kMostSourceBytes || sequence == 0) {
    return fail(ErrorKind::invalid_input,
                std::format("a spool's name has 1 to {} bytes and its numbers begin with 1", kMostSourceBytes));
  }
  const auto* position = batch.positions.find(source);
  const auto last = position ? position->sequence : 0;
  if (sequence <= last) return position->record;  // sent again: the log has it
  const auto held = held_back_.find(source);
  if (low_) {
    return fail(ErrorKind::no_space,
                std::format("fewer than {} bytes are free on the log's disk: queued records wait "
                            "for room",
                            options_.free_bytes));
  }
  const bool behind = held != held_back_.end() && sequence > held->second;
  if (behind || (held == held_back_.end() && held_back_.size() >= kMostHeldBack)) {
    return fail(ErrorKind::no_space, "earlier records were refused for want of space and come first");
  }
  if (sequence > last + 1) {
    const auto told = seal(batch, note("spool-gap", std::format("records {} to {} of spool {} never came", last + 1,
                                                                sequence - 1, source)));
    if (!told) return told;
    batch.positions.advance({source, sequence - 1}, *told);
  }
  auto sealed = seal(batch, record);
  if (sealed) batch.positions.advance(*record.spool, *sealed);
  return sealed;
}

// --- keeping ----------------------------------------------------------------------------------------------------

void Keeper::look_at_space() {
  if (!options_.free_space || options_.free_bytes == 0) return;
  const auto free = options_.free_space();
  if (!free) return cordon::log(LogLevel::error, "free space unknown", {{"cause", free.error().message}});
  const bool low = *free < options_.free_bytes;
  if (low == std::exchange(low_, low)) return;
  auto told =
      low ? note("watermark", std::format("{} bytes are free on the log's disk, fewer than {}: records out of "
                                          "spools are refused, others as long as they fit",
                                          *free, options_.free_bytes))
          : note("watermark", std::format("{} bytes are free on the log's disk again: records out of spools "
                                          "are taken",
                                          *free));
  cordon::log(low ? LogLevel::error : LogLevel::info, "evidence disk watermark", {{"state", told.reason}});
  notes_.push_back(std::move(told));
}

std::vector<Result<std::uint64_t>> Keeper::keep(const std::vector<Record>& records) {
  if (failure_) return std::vector<Result<std::uint64_t>>(records.size(), std::unexpected(*failure_));
  look_at_space();
  auto batch = new_batch();
  auto done = add_notes(batch);
  std::vector<Result<std::uint64_t>> answers;
  answers.reserve(records.size());
  for (const auto& record : records) {
    if (done) answers.push_back(add(batch, record));
  }
  const auto first = batch.first;
  if (done && failure_) done = std::unexpected(*failure_);  // the keys' disk failed meanwhile
  if (done) done = commit(batch);
  answers.resize(records.size());
  for (auto& answer : answers) {
    if (!done && (!answer || *answer >= first)) answer = std::unexpected(done.error());
  }
  count_refused(records, answers);
  return answers;
}

// A record out of a spool that was refused for want of space will be sent again: until it is here, none behind it may
// be kept, or it would look like a repetition.
void Keeper::hold_back(const SpoolMark& mark, const Result<std::uint64_t>& answer) {
  const auto held = held_back_.find(mark.source);
  if (!answer && answer.error().kind == ErrorKind::no_space) {
    if (held != held_back_.end()) {
      held->second = std::min(held->second, mark.sequence);
    } else if (held_back_.size() < kMostHeldBack) {
      held_back_.emplace(mark.source, mark.sequence);
    }
  } else if (held != held_back_.end() && mark.sequence >= held->second) {
    held_back_.erase(held);  // kept, or it will never be
  }
}

void Keeper::count_refused(const std::vector<Record>& records, const std::vector<Result<std::uint64_t>>& answers) {
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (records[i].spool) {
      hold_back(*records[i].spool, answers[i]);
    } else if (!answers[i] && answers[i].error().kind == ErrorKind::no_space) {
      ++refused_;
    }
  }
}

Result<void> Keeper::make_durable(const Batch& batch) {
  std::vector<std::string_view> entries;
  entries.reserve(batch.ends.size());
  std::size_t at = 0;
  for (const auto end : batch.ends) {
    entries.push_back(std::string_view(batch.bytes).substr(at, end - at));
    at = end;
  }
  // New subjects' keys first: an entry nobody can ever open must not be in the log.
  if (auto synced = parts_.sealing->sync(); !synced) return synced;
  const auto first = parts_.journal->append(entries);
  if (!first) return std::unexpected(first.error());
  if (*first != batch.first)
    return fail(ErrorKind::internal, "the journal numbered the entries otherwise than expected");
  parts_.publisher->committed(*first, entries);
  return {};
}

Result<void> Keeper::commit(Batch& batch) {
  if (batch.ends.empty()) return {};
  if (auto durable = make_durable(batch); !durable) return give_up(durable.error());
  since_listed_ = since_listed_ >= kListEvery ? 0 : since_listed_ + batch.ends.size();
  positions_ = std::move(batch.positions);
  scratch_ = std::move(batch.bytes);
  notes_.clear();
  refused_ = 0;
  return {};
}

// A full disk is something to wait out. After anything else nobody knows what the disk holds.
std::unexpected<Error> Keeper::give_up(Error error) {
  if (error.kind == ErrorKind::no_space) return std::unexpected(full_error(error));
  failure_ = std::move(error);
  if (!failure_->message.ends_with(kTakesNoMore)) failure_->message += kTakesNoMore;
  return std::unexpected(*failure_);
}

}  // namespace cordon::evidence
