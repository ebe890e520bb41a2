#include "cordon/vault/epochs.h"

#include "cordon/vault/backup.h"
#include "cordon/vault/custodians.h"
#include "cordon/vault/document.h"
#include "cordon/vault/wrap.h"

namespace cordon::vault {

namespace {

constexpr std::string_view kDocument = "epochs";
constexpr std::size_t kKeySize = 32;

std::string purpose(std::uint32_t epoch, std::string_view key) {
  return std::format("cordon vault 1 epoch {} {}", epoch, key);
}

EpochKeys new_epoch(std::uint32_t id, const Clock& clock) {
  EpochKeys out;
  out.id = id;
  out.opened = format_time(clock.now());
  for (auto* key : {&out.header, &out.analyst, &out.index, &out.table, &out.pseudonym}) {
    *key = crypto::Secret::random(kKeySize);
  }
  return out;
}

struct Named {
  std::string_view name;
  crypto::Secret EpochKeys::* key;
};
constexpr std::array kNamed = {Named{"header", &EpochKeys::header}, Named{"analyst", &EpochKeys::analyst},
                               Named{"index", &EpochKeys::index}, Named{"table", &EpochKeys::table},
                               Named{"pseudonym", &EpochKeys::pseudonym}};

wire::Json share_json(const SealedShare& share) {
  wire::Json json{wire::JsonObject{}};
  json.set("custodian", share.custodian)
      .set("x", int{share.x})
      .set("kem", to_base64(share.ciphertext))
      .set("share", to_base64(share.sealed));
  return json;
}

Result<wire::Json> epoch_json(const KeyFolder& keys, const EpochKeys& epoch) {
  wire::Json json{wire::JsonObject{}};
  json.set("id", std::uint64_t{epoch.id}).set("opened", epoch.opened);
  if (!epoch.closed.empty()) json.set("closed", epoch.closed);
  for (const auto& [name, key] : kNamed) {
    if ((epoch.*key).empty()) continue;
    const auto wrapped = wrap(keys.kek(), (epoch.*key).view(), purpose(epoch.id, name));
    if (!wrapped) return std::unexpected(wrapped.error());
    json.set(name, to_base64(*wrapped));
  }
  wire::JsonArray shares;
  for (const auto& share : epoch.shares) shares.push_back(share_json(share));
  if (!shares.empty()) json.set("shares", std::move(shares));
  return json;
}

Result<SealedShare> parse_share(const wire::Json& json) {
  const auto x = document::number(json, "x");
  auto ciphertext = document::base64(json, "kem");
  auto sealed = document::base64(json, "share");
  if (!x || *x == 0 || *x > 255 || !ciphertext || !sealed)
    return fail(ErrorKind::corrupt, "epochs: a share is broken");
  return SealedShare{document::text(json, "custodian"), static_cast<std::uint8_t>(*x), std::move(*ciphertext),
                     std::move(*sealed)};
}

Result<EpochKeys> parse_epoch(const KeyFolder& keys, const wire::Json& json) {
  const auto id = document::number(json, "id");
  if (!id || *id > UINT32_MAX) return fail(ErrorKind::corrupt, "epochs: an epoch without number");
  EpochKeys out;
  out.id = static_cast<std::uint32_t>(*id);
  out.opened = document::text(json, "opened");
  out.closed = document::text(json, "closed");
  for (const auto& [name, key] : kNamed) {
    if (json.find(name) == nullptr && key == &EpochKeys::pseudonym && !out.closed.empty()) continue;
    const auto wrapped = document::base64(json, name);
    if (!wrapped) return std::unexpected(wrapped.error());
    auto plain = unwrap(keys.kek(), *wrapped, purpose(out.id, name));
    if (!plain) return std::unexpected(plain.error());
    out.*key = std::move(*plain);
  }
  for (const auto& one : document::array(json, "shares")) {
    auto share = parse_share(one);
    if (!share) return std::unexpected(share.error());
    out.shares.push_back(std::move(*share));
  }
  return out;
}

}  // namespace

Result<std::vector<EpochKeys>> read_epochs(const KeyFolder& keys) {
  const auto json = keys.read_document(kDocument);
  if (!json) return std::unexpected(json.error());
  std::vector<EpochKeys> out;
  for (const auto& one : document::array(*json, "epochs")) {
    auto epoch = parse_epoch(keys, one);
    if (!epoch) return std::unexpected(epoch.error());
    out.push_back(std::move(*epoch));
  }
  if (out.empty() || out.back().pseudonym.empty()) return fail(ErrorKind::corrupt, "epochs: none is running");
  return out;
}

Result<void> write_epochs(KeyFolder& keys, const std::vector<EpochKeys>& epochs) {
  wire::JsonArray array;
  for (const auto& epoch : epochs) {
    auto json = epoch_json(keys, epoch);
    if (!json) return std::unexpected(json.error());
    array.push_back(std::move(*json));
  }
  return keys.write_document(kDocument, wire::Json(wire::JsonObject{}).set("epochs", std::move(array)));
}

Result<void> first_epoch(KeyFolder& keys, const Clock& clock) {
  std::vector<EpochKeys> epochs;
  epochs.push_back(new_epoch(1, clock));
  return write_epochs(keys, epochs);
}

Result<std::uint32_t> rotate_epoch(KeyFolder& keys, const Clock& clock) {
  const auto lock = keys.lock(KeyFolder::Access::exclusive);
  if (!lock) return std::unexpected(lock.error());
  auto epochs = read_epochs(keys);
  if (!epochs) return std::unexpected(epochs.error());
  auto& closing = epochs->back();
  auto shares = share_out(keys, closing.id, closing.pseudonym.view());
  if (!shares) return std::unexpected(shares.error());
  closing.shares = std::move(*shares);
  closing.closed = format_time(clock.now());
  closing.pseudonym = {};
  const auto next = closing.id + 1;
  epochs->push_back(new_epoch(next, clock));
  if (auto written = write_epochs(keys, *epochs); !written) return std::unexpected(written.error());
  keys.changed();
  if (auto noted = destruction_happened(keys); !noted) return std::unexpected(noted.error());
  return next;
}

std::filesystem::path table_path(const KeyFolder& keys, std::uint32_t epoch) {
  return keys.path() / std::format("subjects-{}", epoch);
}

}  // namespace cordon::vault
