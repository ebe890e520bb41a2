#include "cordon/enforcement/ledger.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>

#include "cordon/base/log.h"
#include "cordon/base/random.h"

namespace cordon::enforcement {

namespace {

// The journal: "cordon-ledger-1 <seconds of the first start>\n", then lines of 64 bytes.
constexpr std::string_view kForm = "cordon-ledger-1 ";
constexpr std::size_t kHead = 32;
constexpr std::size_t kLine = 64;
constexpr std::size_t kBody = 48;  // the rest is its authentication
constexpr std::size_t kKey = 32;
constexpr std::int64_t kSweepEvery = 60;

std::int64_t seconds_of(WallTime time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

Result<Bytes> read_key(const std::filesystem::path& file) {
  const auto text = read_file(file, 1024);
  if (text && text->size() == kKey) return to_bytes(*text);
  if (text || text.error().kind != ErrorKind::not_found) {
    return fail(ErrorKind::corrupt,
                std::format("{}: not a key of {} bytes; remove it, and what the enforcement point "
                            "knows of subscriptions begins anew",
                            file.string(), kKey));
  }
  Bytes key(kKey);
  fill_random(key);
  const std::string_view content(reinterpret_cast<const char*>(key.data()), key.size());
  if (auto written = write_file(file, content, 0600); !written) return std::unexpected(written.error());
  return key;
}

std::string head_of(std::int64_t first_start) {
  auto text = std::format("{}{}", kForm, first_start);
  text.resize(kHead - 1, ' ');
  return text + "\n";
}

template <typename T>
void put_bytes(std::string& out, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i)
    out.push_back(static_cast<char>(static_cast<std::uint64_t>(value) >> 8 * i));
}
template <typename T>
T get_bytes(std::string_view text, std::size_t at) {
  std::uint64_t out = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) out |= std::uint64_t{static_cast<std::uint8_t>(text[at + i])} << 8 * i;
  return static_cast<T>(out);
}
std::string_view text_of(const Mark& mark) {
  return {reinterpret_cast<const char*>(mark.bytes.data()), mark.bytes.size()};
}
Mark mark_at(std::string_view text, std::size_t at) {
  Mark mark;
  std::memcpy(mark.bytes.data(), text.data() + at, mark.bytes.size());
  return mark;
}

Ledger::Change read_change(std::string_view line) {
  return {.key = mark_at(line, 0),
          .entry = {.owner = mark_at(line, 16),
                    .until = get_bytes<std::int64_t>(line, 32),
                    .type = get_bytes<std::uint16_t>(line, 40),
                    .uses = get_bytes<std::uint16_t>(line, 42),
                    .emergency = get_bytes<std::uint8_t>(line, 44)},
          .removed = line[45] != 0};
}

}  // namespace

Ledger::Ledger(std::filesystem::path file, LedgerRules wanted, Bytes key, Metrics& metrics)
    : rules(wanted),
      observed(metrics.counter("cordon_state_contradictions_total", "Requests against what is known of procedures",
                               "outcome=\"observed\"")),
      refused(metrics.counter("cordon_state_contradictions_total", "Requests against what is known of procedures",
                              "outcome=\"refused\"")),
      file_(std::move(file)),
      key_(key),
      gauge_(metrics.gauge("cordon_state_entries", "Contexts, registrations and subscriptions that are known")),
      left_out_(metrics.counter("cordon_state_left_out_total", "Things not remembered because there was no room")) {
  entries_.reserve(std::min<std::size_t>(rules.entries, 16'384));
}

Result<std::unique_ptr<Ledger>> Ledger::open(const std::filesystem::path& folder, LedgerRules rules, WallTime now,
                                             Metrics& metrics) {
  Bytes key(kKey);
  if (folder.empty()) {
    fill_random(key);
  } else {
    if (auto made = make_folder(folder, 0700); !made) return std::unexpected(made.error());
    auto read = read_key(folder / "ledger.key");
    if (!read) return std::unexpected(read.error());
    key = std::move(*read);
  }
  auto made = std::unique_ptr<Ledger>(new Ledger(folder.empty() ? folder : folder / "ledger", rules, key, metrics));
  if (auto loaded = made->load(now); !loaded) return std::unexpected(loaded.error());
  return made;
}

Result<void> Ledger::load(WallTime now) {
  auto first_start = seconds_of(now);
  if (!file_.empty()) {
    const auto text = read_file(file_, kHead + kLine * (rules.entries * 8 + 1'000'000));
    if (!text && text.error().kind != ErrorKind::not_found) return std::unexpected(text.error());
    if (text && (text->size() < kHead || !text->starts_with(kForm))) {
      return fail(
          ErrorKind::corrupt,
          std::format("{}: not a ledger of this release; remove it, and learning begins anew", file_.string()));
    }
    if (text) std::from_chars(text->data() + kForm.size(), text->data() + kHead, first_start);
    const std::string_view lines = text ? std::string_view(*text).substr(kHead) : std::string_view();
    for (std::size_t at = 0; at + kLine <= lines.size(); at += kLine) {
      const auto change = read_change(lines.substr(at, kLine));
      if (line(change) != lines.substr(at, kLine)) {
        log(LogLevel::warn, "the rest of the ledger was torn off",
            {{"lines", static_cast<std::int64_t>(at / kLine)}});
        break;
      }
      apply(change);
    }
  }
  learning_until_ = WallTime(std::chrono::seconds(first_start)) + rules.learning;
  if (learning(now)) {
    log(LogLevel::warn,
        "learning subscriptions: callbacks nobody is known to have asked for are observed, not refused",
        {{"until", format_time(learning_until_)}});
  }
  sweep(seconds_of(now));
  return rewrite();
}

Result<void> Ledger::rewrite() {
  if (file_.empty()) return {};
  auto text = head_of(seconds_of(learning_until_ - rules.learning));
  for (const auto& [key, entry] : entries_) text += line({key, entry, false});
  if (auto written = write_file(file_, text, 0600); !written) return written;
  auto opened = open_file(file_, O_WRONLY | O_APPEND);
  if (!opened) return std::unexpected(opened.error());
  journal_ = std::move(*opened);
  written_ = entries_.size();
  return {};
}

// Words are told apart by NUL, which stands in no path and no name.
Mark Ledger::mark(std::initializer_list<std::string_view> words) const {
  constexpr std::uint8_t kBetween[1] = {0};
  std::array<BytesView, 8> parts;
  std::size_t count = 0;
  for (const auto word : words) {
    parts[count++] = as_bytes(word);
    parts[count++] = kBetween;
  }
  for (; count < parts.size(); ++count) parts[count] = {};
  const auto digest = key_.of({parts[0], parts[1], parts[2], parts[3], parts[4], parts[5], parts[6], parts[7]});
  Mark out;
  std::copy_n(digest.begin(), out.bytes.size(), out.bytes.begin());
  return out;
}

const Ledger::Entry* Ledger::find(const Mark& key, WallTime now) const {
  const auto found = entries_.find(key);
  return found == entries_.end() || found->second.until <= seconds_of(now) ? nullptr : &found->second;
}

std::int64_t Ledger::end_of_life(WallTime now) const { return seconds_of(now + rules.life); }

void Ledger::put(const Mark& key, const Entry& entry) {
  if (entries_.size() >= rules.entries && !entries_.contains(key)) {
    sweep(seconds_of(system_clock().now()));
    if (entries_.size() >= rules.entries) {
      if (std::exchange(complete_, false)) {
        log(LogLevel::warn, "no room for more state: raise state.entries",
            {{"entries", static_cast<std::int64_t>(size())}});
      }
      return left_out_.add();
    }
  }
  const Change change{key, entry, false};
  apply(change);
  write_down(change);
}

void Ledger::erase(const Mark& key) {
  if (!entries_.contains(key)) return;
  const Change change{key, {}, true};
  apply(change);
  write_down(change);
}

void Ledger::take(const Change& change) {
  if (change.removed || entries_.size() < rules.entries || entries_.contains(change.key)) apply(change);
}

void Ledger::apply(const Change& change) {
  if (change.removed) {
    entries_.erase(change.key);
  } else {
    entries_.insert_or_assign(change.key, change.entry);
  }
  gauge_.set(static_cast<std::int64_t>(entries_.size()));
}

void Ledger::sweep(std::int64_t now) {
  if (now < swept_ + kSweepEvery) return;  // it looks at everything
  swept_ = now;
  std::erase_if(entries_, [now](const auto& each) { return each.second.until <= now; });
  gauge_.set(static_cast<std::int64_t>(entries_.size()));
}

std::string Ledger::line(const Change& change) const {
  std::string out;
  out.reserve(kLine);
  out.append(text_of(change.key)).append(text_of(change.entry.owner));
  put_bytes(out, change.entry.until);
  put_bytes(out, change.entry.type);
  put_bytes(out, change.entry.uses);
  put_bytes(out, change.entry.emergency);
  out.push_back(change.removed ? 1 : 0);
  out.resize(kBody, '\0');
  const auto seal = key_.of(as_bytes(out));
  out.append(reinterpret_cast<const char*>(seal.data()), kLine - kBody);
  return out;
}

std::optional<Ledger::Change> Ledger::unsealed(std::string_view text) const {
  if (text.size() != kLine) return std::nullopt;
  const auto change = read_change(text);
  return line(change) == text ? std::optional(change) : std::nullopt;
}

void Ledger::write_down(const Change& change) {
  if (share_) share_(change);
  if (!file_.empty()) pending_ += line(change);
}

// Without fsync: a killed process loses nothing, a machine that loses power the last seconds.
void Ledger::flush() {
  if (pending_.empty()) return;
  const auto wrote = ::write(journal_.get(), pending_.data(), pending_.size());
  written_ += pending_.size() / kLine;
  const bool whole = wrote == static_cast<ssize_t>(pending_.size());
  pending_.clear();
  if (whole && written_ < rules.entries * 4 + 65'536) return;
  sweep(seconds_of(system_clock().now()));
  if (const auto rewritten = rewrite(); !rewritten) {
    log(LogLevel::warn, "the ledger is not on disk", {{"why", rewritten.error().message}});
  }
}

}  // namespace cordon::enforcement
