#include "cordon/vault/erasure.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

#include "cordon/base/text.h"
#include "cordon/vault/backup.h"
#include "cordon/vault/document.h"
#include "cordon/vault/wrap.h"

namespace cordon::vault {

namespace {

constexpr std::string_view kErased = "erased";
constexpr std::string_view kHolds = "holds";
constexpr std::size_t kHoldSize = 16;

template <std::size_t kSize>
std::array<std::uint8_t, kSize> start_of(BytesView bytes) {
  std::array<std::uint8_t, kSize> out;
  std::ranges::copy(bytes.first(kSize), out.begin());
  return out;
}

std::vector<ErasedRow> rows_in(const EpochKeys& epoch, const Pseudonym& pseudonym, const std::filesystem::path& table,
                               Result<std::uint64_t>& scanned) {
  std::vector<ErasedRow> out;
  scanned = scan_rows(table, epoch.id, 0, [&](std::uint64_t, BytesView row) {
    if (pseudonym_of(row) == pseudonym && !is_destroyed(row)) out.push_back({epoch.id, pseudonym, id_of(row)});
  });
  return out;
}

Result<std::string> hold_of(const KeyFolder& keys, std::string_view subject) {
  const auto key = derive(keys.kek(), "cordon vault 1 holds");
  if (!key) return std::unexpected(key.error());
  return to_hex(BytesView(crypto::hmac_sha256(key->view(), as_bytes(subject))).first(kHoldSize));
}

Result<std::set<std::string>> read_holds(const KeyFolder& keys) {
  const auto json = keys.read_document(kHolds);
  if (!json && json.error().kind == ErrorKind::not_found) return std::set<std::string>{};
  if (!json) return std::unexpected(json.error());
  std::set<std::string> out;
  for (const auto& one : document::array(*json, "holds")) out.emplace(one.text());
  return out;
}

Result<void> write_holds(KeyFolder& keys, const std::set<std::string>& holds) {
  wire::JsonArray array(holds.begin(), holds.end());
  return keys.write_document(kHolds, wire::Json(wire::JsonObject{}).set("holds", std::move(array)));
}

// Closed epochs whose table holds anything: their pseudonym keys are needed, and so are custodians.
Result<bool> any_closed_with_rows(const KeyFolder& keys, const std::vector<EpochKeys>& epochs) {
  for (const auto& epoch : epochs) {
    if (epoch.closed.empty()) continue;
    bool found = false;
    const auto scanned = scan_rows(table_path(keys, epoch.id), epoch.id, 0,
                                   [&](std::uint64_t, BytesView row) { found = found || !is_destroyed(row); });
    if (!scanned) return std::unexpected(scanned.error());
    if (found) return true;
  }
  return false;
}

Result<std::vector<ErasedRow>> find_rows(const KeyFolder& keys, std::string_view subject,
                                         std::span<const Approval> approvals) {
  const auto epochs = read_epochs(keys);
  if (!epochs) return std::unexpected(epochs.error());
  const auto needs_quorum = any_closed_with_rows(keys, *epochs);
  if (!needs_quorum) return std::unexpected(needs_quorum.error());
  std::optional<Quorum> quorum;
  if (*needs_quorum) {
    auto unlocked = Quorum::unlock(keys, approvals);
    if (!unlocked) return std::unexpected(within("looking into closed epochs", unlocked.error()));
    quorum = std::move(*unlocked);
  }
  std::vector<ErasedRow> out;
  for (const auto& epoch : *epochs) {
    if (epoch.pseudonym.empty() && !quorum) continue;  // nothing lies there
    const auto key =
        epoch.pseudonym.empty() ? quorum->pseudonym_key(epoch) : Result<crypto::Secret>(epoch.pseudonym.copy());
    if (!key) return std::unexpected(key.error());
    const auto pseudonym =
        start_of<std::tuple_size_v<Pseudonym>>(crypto::hmac_sha256(key->view(), as_bytes(subject)));
    Result<std::uint64_t> scanned = 0;
    const auto rows = rows_in(epoch, pseudonym, table_path(keys, epoch.id), scanned);
    if (!scanned) return std::unexpected(scanned.error());
    out.insert(out.end(), rows.begin(), rows.end());
  }
  return out;
}

Result<ErasedRow> parse_row(const wire::Json& json) { return parse_erased_row(json.text()); }

}  // namespace

std::string ErasedRow::text() const { return std::format("{}:p:{}:{}", epoch, to_hex(pseudonym), to_hex(row)); }

Result<ErasedRow> parse_erased_row(std::string_view text) {
  const auto wrong = fail(ErrorKind::invalid_input, std::format("'{}' names no erased key", printable(text)));
  const auto parts = split(text, ':');
  if (parts.size() != 4 || parts[1] != "p") return wrong;
  std::uint32_t epoch = 0;
  const auto* const end = parts[0].data() + parts[0].size();
  const auto [stop, error] = std::from_chars(parts[0].data(), end, epoch);
  const auto pseudonym = from_hex(parts[2]);
  const auto row = from_hex(parts[3]);
  if (error != std::errc{} || stop != end || !pseudonym || pseudonym->size() != std::tuple_size_v<Pseudonym> ||
      !row || row->size() != std::tuple_size_v<RowId>) {
    return wrong;
  }
  return ErasedRow{epoch, start_of<std::tuple_size_v<Pseudonym>>(*pseudonym),
                   start_of<std::tuple_size_v<RowId>>(*row)};
}

Result<Erased> read_erased(const KeyFolder& keys) {
  const auto json = keys.read_document(kErased);
  if (!json && json.error().kind == ErrorKind::not_found) return Erased{};
  if (!json) return std::unexpected(json.error());
  Erased out;
  const auto* destroying = json->find("destroying");
  out.destroying = destroying == nullptr || destroying->boolean(true);
  const auto destructions = document::number(*json, "destructions");
  if (!destructions) return std::unexpected(within("erased", destructions.error()));
  out.destructions = *destructions;
  for (const auto& one : document::array(*json, "rows")) {
    const auto row = parse_row(one);
    if (!row) return std::unexpected(within("erased", row.error()));
    out.rows.push_back(*row);
  }
  return out;
}

Result<void> write_erased(KeyFolder& keys, const Erased& erased) {
  wire::JsonArray rows;
  for (const auto& row : erased.rows) rows.emplace_back(row.text());
  wire::Json json{wire::JsonObject{}};
  json.set("destroying", erased.destroying).set("destructions", erased.destructions).set("rows", std::move(rows));
  return keys.write_document(kErased, json);
}

Result<std::uint64_t> destroy_erased(KeyFolder& keys, const Erased& erased) {
  std::map<std::uint32_t, std::set<RowId>> by_epoch;
  for (const auto& row : erased.rows) by_epoch[row.epoch].insert(row.row);
  std::uint64_t count = 0;
  for (const auto& [epoch, rows] : by_epoch) {
    const auto destroyed =
        destroy_rows(table_path(keys, epoch), epoch, [&](BytesView row) { return rows.contains(id_of(row)); });
    if (!destroyed) return destroyed;
    count += *destroyed;
  }
  return count;
}

Result<void> finish_erasure(KeyFolder& keys) {
  const auto before = read_erased(keys);
  if (!before) return std::unexpected(before.error());
  if (!before->destroying) return {};
  const auto lock = keys.lock(KeyFolder::Access::exclusive);
  if (!lock) return std::unexpected(lock.error());
  auto erased = read_erased(keys);  // another process may have been quicker
  if (!erased) return std::unexpected(erased.error());
  if (!erased->destroying) return {};
  if (const auto done = destroy_erased(keys, *erased); !done) return std::unexpected(done.error());
  erased->destroying = false;
  if (auto written = write_erased(keys, *erased); !written) return written;
  keys.changed();
  if (const auto pending = cleanse_backups(keys); !pending) return std::unexpected(pending.error());
  return {};
}

Result<std::vector<ErasedRow>> rows_of(const KeyFolder& keys, std::string_view subject,
                                       std::span<const Approval> approvals) {
  const auto lock = keys.lock(KeyFolder::Access::shared);
  if (!lock) return std::unexpected(lock.error());
  return find_rows(keys, subject, approvals);
}

Result<Forgotten> forget(KeyFolder& keys, std::string_view subject, std::span<const Approval> approvals) {
  const auto lock = keys.lock(KeyFolder::Access::exclusive);
  if (!lock) return std::unexpected(lock.error());
  const auto held = is_held(keys, subject);
  if (!held) return std::unexpected(held.error());
  if (*held) {
    return fail(ErrorKind::permission,
                "a legal hold keeps this subject: release it first (cordon log release SUBJECT)");
  }
  auto rows = find_rows(keys, subject, approvals);
  if (!rows) return std::unexpected(rows.error());
  if (rows->empty()) return fail(ErrorKind::not_found, "there is no key of this subject: nothing personal is sealed");
  auto erased = read_erased(keys);
  if (!erased) return std::unexpected(erased.error());
  // What is to be destroyed is durable before anything is, so that a crash in between only delays it.
  erased->rows.insert(erased->rows.end(), rows->begin(), rows->end());
  erased->destroying = true;
  ++erased->destructions;
  if (auto written = write_erased(keys, *erased); !written) return std::unexpected(written.error());
  keys.changed();  // nobody seals under these keys from here on
  if (const auto done = destroy_erased(keys, *erased); !done) return std::unexpected(done.error());
  erased->destroying = false;
  if (auto written = write_erased(keys, *erased); !written) return std::unexpected(written.error());
  keys.changed();
  auto pending = cleanse_backups(keys);
  if (!pending) return std::unexpected(pending.error());
  return Forgotten{std::move(*rows), std::move(*pending)};
}

Result<bool> is_held(const KeyFolder& keys, std::string_view subject) {
  const auto holds = read_holds(keys);
  if (!holds) return std::unexpected(holds.error());
  const auto name = hold_of(keys, subject);
  if (!name) return std::unexpected(name.error());
  return holds->contains(*name);
}

Result<void> hold(KeyFolder& keys, std::string_view subject) {
  const auto lock = keys.lock(KeyFolder::Access::exclusive);
  if (!lock) return std::unexpected(lock.error());
  auto holds = read_holds(keys);
  if (!holds) return std::unexpected(holds.error());
  const auto name = hold_of(keys, subject);
  if (!name) return std::unexpected(name.error());
  holds->insert(*name);
  return write_holds(keys, *holds);
}

Result<void> release_hold(KeyFolder& keys, std::string_view subject) {
  const auto lock = keys.lock(KeyFolder::Access::exclusive);
  if (!lock) return std::unexpected(lock.error());
  auto holds = read_holds(keys);
  if (!holds) return std::unexpected(holds.error());
  const auto name = hold_of(keys, subject);
  if (!name) return std::unexpected(name.error());
  if (holds->erase(*name) == 0) return fail(ErrorKind::not_found, "this subject is not held");
  return write_holds(keys, *holds);
}

}  // namespace cordon::vault
