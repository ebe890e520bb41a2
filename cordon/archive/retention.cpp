#include "cordon/archive/retention.h"

#include <algorithm>
#include <charconv>

#include "cordon/base/file.h"
#include "cordon/wire/json.h"

namespace cordon::archive {

using transparency::kTileWidth;
using transparency::Tile;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t kMostBytes = 256U << 10;
constexpr std::size_t kMostHolds = 1000;
constexpr std::int64_t kMostDays = 36'500;

std::unexpected<Error> refuse(std::string_view what) {
  return fail(ErrorKind::invalid_input, std::format("{}: {}", kRetentionFile, what));
}

Result<std::uint64_t> number_of(const wire::Json& json, std::string_view member) {
  const auto* value = json.find(member);
  if (value == nullptr) return refuse(std::format("'{}' is missing", member));
  const auto text = value->number_text();
  std::uint64_t number = 0;
  const auto [stop, wrong] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || wrong != std::errc{} || stop != text.data() + text.size()) {
    return refuse(std::format("'{}' is no whole number", member));
  }
  return number;
}

Result<std::string> text_of(const wire::Json& json, std::string_view member) {
  const auto* value = json.find(member);
  if (value == nullptr || !value->is_string()) return refuse(std::format("'{}' is missing or no text", member));
  return std::string(value->text());
}

Result<Hold> hold_of(const wire::Json& json) {
  const auto from = number_of(json, "from"), to = number_of(json, "to");
  auto reason = text_of(json, "reason");
  if (!from) return std::unexpected(from.error());
  if (!to) return std::unexpected(to.error());
  if (!reason) return std::unexpected(reason.error());
  if (*from >= *to) return refuse(std::format("a hold from {} to {} holds nothing", *from, *to));
  return Hold{*from, *to, std::move(*reason)};
}

Result<std::vector<Hold>> holds_of(const wire::Json& policy) {
  std::vector<Hold> holds;
  const auto* list = policy.find("holds");
  if (list == nullptr) return holds;
  if (!list->is_array() || list->array().size() > kMostHolds) {
    return refuse(std::format("'holds' is no list of at most {}", kMostHolds));
  }
  for (const auto& each : list->array()) {
    auto hold = hold_of(each);
    if (!hold) return std::unexpected(hold.error());
    holds.push_back(std::move(*hold));
  }
  return holds;
}

Result<void> read_limits(const wire::Json& policy, Retention& out) {
  if (policy.find("keepDays") != nullptr) {
    const auto days = number_of(policy, "keepDays");
    if (!days) return std::unexpected(days.error());
    if (*days > kMostDays) return refuse(std::format("'keepDays' is more than {}", kMostDays));
    out.keep_days = static_cast<std::uint32_t>(*days);
  }
  if (policy.find("keepEntries") != nullptr) {
    const auto entries = number_of(policy, "keepEntries");
    if (!entries) return std::unexpected(entries.error());
    out.keep_entries = *entries;
  }
  return {};
}

Result<Retention> retention_of(const wire::Json& policy) {
  Retention out;
  const auto version = number_of(policy, "version"), minimum = number_of(policy, "minimum");
  if (!version) return std::unexpected(version.error());
  if (*version != 1) return refuse(std::format("version {} is not known; take a newer Cordon", *version));
  if (!minimum) return std::unexpected(minimum.error());
  auto origin = text_of(policy, "origin");
  if (!origin) return std::unexpected(origin.error());
  const auto written = text_of(policy, "written").and_then(parse_time);
  if (!written) return std::unexpected(written.error());
  auto holds = holds_of(policy);
  if (!holds) return std::unexpected(holds.error());
  if (auto limits = read_limits(policy, out); !limits) return std::unexpected(limits.error());
  out.origin = std::move(*origin), out.minimum = *minimum, out.holds = std::move(*holds);
  out.written = std::chrono::floor<std::chrono::microseconds>(*written);  // as text() writes it
  return out;
}

// The end of the whole bundles older than that, by their files' times. from: where to begin looking.
std::uint64_t end_of_older(const fs::path& folder, std::uint64_t from, std::uint64_t size, WallTime cutoff) {
  auto end = from;
  for (auto bundle = from / kTileWidth; (bundle + 1) * kTileWidth <= size; ++bundle) {
    std::error_code error;
    const auto at = fs::last_write_time(folder / bundle_at(bundle, size).path(), error);
    if (error || std::chrono::file_clock::to_sys(at) >= cutoff) break;
    end = (bundle + 1) * kTileWidth;
  }
  return end;
}

std::uint64_t wanted_minimum(const LogReader& log, const Retention& retention, WallTime now) {
  std::optional<std::uint64_t> wanted;
  const auto lower = [&](std::uint64_t to) { wanted = wanted ? std::min(*wanted, to) : to; };
  if (retention.keep_entries) lower(log.size() - std::min(log.size(), *retention.keep_entries));
  if (retention.keep_days && log.folder()) {
    const auto cutoff = now - std::chrono::days(*retention.keep_days);
    lower(end_of_older(*log.folder(), retention.minimum, log.size(), cutoff));
  }
  return wanted.value_or(retention.minimum);
}

void apply_holds(PrunePlan& plan, const Retention& retention) {
  for (const auto& hold : retention.holds) {
    if (hold.to <= plan.from || hold.from >= plan.minimum) continue;
    plan.minimum = hold.from;
    plan.held = hold;
  }
}

// Hash tiles of the right edge stay although all their entries may be gone: without them there is no root, and none
// of the trees to come.
bool prunable(const Tile& tile, std::uint64_t minimum, std::uint64_t size) {
  if (end_index(tile) > minimum) return false;
  return tile.entries || tile.width == kTileWidth || tile.width != tile_at(tile.level, tile.index, size).width;
}

template <class Visit>
Result<void> each_prunable(const fs::path& folder, std::uint64_t minimum, std::uint64_t size, Visit visit) {
  std::error_code error;
  fs::recursive_directory_iterator at(folder / "tile", error), end;
  for (; !error && at != end; at.increment(error)) {
    if (!at->is_regular_file()) continue;
    const auto tile = transparency::parse_tile_path(at->path().lexically_relative(folder).string());
    if (tile && prunable(*tile, minimum, size)) visit(*at);
  }
  if (error) return fail_errno("read " + (folder / "tile").string(), error.value());
  return {};
}

Result<const fs::path*> folder_of(const LogReader& log) {
  if (log.folder()) return &*log.folder();
  return fail(ErrorKind::invalid_input, "only a log in a folder can be pruned: name it with --evidence DIR");
}

Result<Retention> write_retention(const fs::path& folder, Retention retention,
                                  const transparency::LogSigner& signer) {
  auto signed_one = sign_retention(std::move(retention), signer);
  if (!signed_one) return std::unexpected(signed_one.error());
  if (auto kept = write_file(folder / kRetentionFile, signed_one->whole()); !kept) {
    return std::unexpected(kept.error());
  }
  return signed_one->retention;
}

Result<std::optional<Retention>> current_retention(const LogReader& log, const transparency::LogSigner& signer) {
  if (signer.classic.verifier().name != log.checkpoint().origin) {
    return fail(ErrorKind::invalid_input, "the keys are not those of the log " + log.checkpoint().origin);
  }
  const auto chain = key_chain(log.resources(), log.checkpoint().origin, std::nullopt);
  if (!chain) return std::unexpected(chain.error());
  return read_retention(log.resources(), log.checkpoint().origin, *chain, log.size());
}

}  // namespace

std::string Retention::text() const {
  wire::Json out{wire::JsonObject{}};
  out.set("version", 1).set("origin", origin).set("minimum", minimum);
  if (keep_days) out.set("keepDays", std::uint64_t{*keep_days});
  if (keep_entries) out.set("keepEntries", *keep_entries);
  wire::JsonArray list;
  for (const auto& hold : holds) {
    wire::Json one{wire::JsonObject{}};
    one.set("from", hold.from).set("to", hold.to).set("reason", hold.reason);
    list.push_back(std::move(one));
  }
  out.set("holds", std::move(list)).set("written", format_time(written));
  return out.dump();
}

std::string SignedRetention::whole() const {
  std::string out = "{\"policy\":" + retention.text() + ",\n\"note\":";
  wire::append_json_string(out, note.whole());
  return out + "}\n";
}

Result<SignedRetention> parse_retention(std::string_view whole) {
  const auto json = wire::parse_json(whole, {.bytes = kMostBytes, .depth = 8});
  if (!json) return std::unexpected(within(kRetentionFile, json.error()));
  const auto* policy = json->find("policy");
  if (policy == nullptr || !policy->is_object()) return refuse("'policy' is missing");
  auto retention = retention_of(*policy);
  if (!retention) return std::unexpected(retention.error());
  auto note = text_of(*json, "note").and_then([](const std::string& text) { return transparency::parse_note(text); });
  if (!note) return std::unexpected(within(kRetentionFile, note.error()));
  return SignedRetention{std::move(*retention), std::move(*note)};
}

Result<SignedRetention> sign_retention(Retention retention, const transparency::LogSigner& signer) {
  retention.written = std::chrono::floor<std::chrono::microseconds>(retention.written);
  auto note = sign_bytes(signer, "retention", retention.text(), retention.written);
  if (!note) return std::unexpected(note.error());
  return SignedRetention{std::move(retention), std::move(*note)};
}

Result<std::optional<Retention>> read_retention(const transparency::ReadResource& read, std::string_view origin,
                                                const KeyChain& chain, std::uint64_t size) {
  const auto whole = read(std::string(kRetentionFile));
  if (!whole && whole.error().kind == ErrorKind::not_found) return std::nullopt;
  if (!whole) return std::unexpected(whole.error());
  const auto parsed = parse_retention(*whole);
  if (!parsed) return std::unexpected(parsed.error());
  if (parsed->retention.origin != origin) return refuse("is another log's: " + parsed->retention.origin);
  Result<void> last = fail(ErrorKind::corrupt, std::format("{}: no key to verify it with", kRetentionFile));
  for (const auto& keys : chain.at(size)) {  // two at a change
    last = verify_bytes(parsed->note, origin, "retention", parsed->retention.text(), keys);
    if (last) return parsed->retention;
  }
  return std::unexpected(last.error());
}

Result<void> sign_retention_again(const LogReader& log, const KeyChain& chain,
                                  const transparency::LogSigner& signer) {
  auto retention = read_retention(log.resources(), log.checkpoint().origin, chain, log.size());
  if (!retention) return std::unexpected(retention.error());
  if (!*retention) return {};
  auto written = write_retention(*log.folder(), std::move(**retention), signer);
  return written ? Result<void>{} : std::unexpected(written.error());
}

Result<Retention> declare_retention(const LogReader& log, const transparency::LogSigner& signer, Retention wanted,
                                    const Clock& clock) {
  const auto folder = folder_of(log);
  if (!folder) return std::unexpected(folder.error());
  const auto current = current_retention(log, signer);
  if (!current) return std::unexpected(current.error());
  wanted.origin = log.checkpoint().origin;
  wanted.minimum = *current ? (*current)->minimum : 0;
  wanted.written = clock.now();
  return write_retention(**folder, std::move(wanted), signer);
}

Result<PrunePlan> plan_pruning(const LogReader& log, const Retention& retention, WallTime now) {
  const auto folder = folder_of(log);
  if (!folder) return std::unexpected(folder.error());
  PrunePlan plan{.from = retention.minimum, .minimum = wanted_minimum(log, retention, now), .held = {}};
  apply_holds(plan, retention);
  // Whole tiles only, and never those of the last entries: the root is computed from them.
  const auto most = log.size() == 0 ? 0 : (log.size() - 1) / kTileWidth * kTileWidth;
  plan.minimum = std::max(plan.from, std::min(plan.minimum / kTileWidth * kTileWidth, most));
  auto counted = each_prunable(**folder, plan.minimum, log.size(), [&](const fs::directory_entry& entry) {
    ++plan.files;
    plan.bytes += entry.file_size();
  });
  if (!counted && plan.minimum > 0) return std::unexpected(counted.error());
  return plan;
}

Result<PrunePlan> prune(const LogReader& log, const transparency::LogSigner& signer, const Clock& clock) {
  auto retention = current_retention(log, signer);
  if (!retention) return std::unexpected(retention.error());
  if (!*retention) {
    return fail(
        ErrorKind::invalid_input,
        "no retention is declared, so the log keeps everything; declare one with --keep-days or --keep-entries");
  }
  auto plan = plan_pruning(log, **retention, clock.now());
  if (!plan || plan->files == 0) return plan;
  if (plan->minimum != plan->from) {
    (*retention)->minimum = plan->minimum;
    (*retention)->written = clock.now();
    if (auto kept = write_retention(*log.folder(), **retention, signer); !kept) return std::unexpected(kept.error());
  }
  const auto removed = remove_below(*log.folder(), plan->minimum, log.size());
  if (!removed) return removed;
  plan->files = removed->files, plan->bytes = removed->bytes;
  return plan;
}

Result<PrunePlan> remove_below(const fs::path& folder, std::uint64_t minimum, std::uint64_t size) {
  PrunePlan plan{.minimum = minimum, .held = {}};
  std::vector<fs::path> gone;
  auto listed = each_prunable(folder, minimum, size, [&](const fs::directory_entry& entry) {
    plan.bytes += entry.file_size();
    gone.push_back(entry.path());
  });
  if (!listed) return std::unexpected(listed.error());
  for (const auto& file : gone) {
    std::error_code error;
    if (!fs::remove(file, error)) return fail_errno("remove " + file.string(), error.value());
    ++plan.files;
    fs::remove(file.parent_path(), error);  // goes only when it is empty
  }
  return plan;
}

}  // namespace cordon::archive
