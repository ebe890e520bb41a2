#include "cordon/vault/custodians.h"

#include <algorithm>

#include "cordon/vault/document.h"
#include "cordon/vault/shares.h"
#include "cordon/vault/wrap.h"

namespace cordon::vault {

namespace {

constexpr std::string_view kDocument = "custodians";
constexpr std::size_t kLeastPassphrase = 8;
constexpr std::size_t kMostName = 64;

struct Custodian {
  std::string name;
  Bytes public_key;
  Bytes salt;
  crypto::Argon2 parameters{};
  Bytes wrapped;  // the private key under the passphrase
};

std::string purpose(std::string_view name) { return std::format("cordon vault 1 custodian {}", name); }
std::string share_purpose(std::uint32_t epoch, std::string_view name) {
  return std::format("cordon vault 1 share of epoch {} for {}", epoch, name);
}

Result<Custodian> parse_custodian(const wire::Json& json) {
  auto public_key = document::base64(json, "public");
  auto salt = document::base64(json, "salt");
  auto wrapped = document::base64(json, "private");
  const auto memory = document::number(json, "memoryKib");
  const auto passes = document::number(json, "passes");
  const auto lanes = document::number(json, "lanes");
  if (!public_key || !salt || !wrapped || !memory || !passes || !lanes) {
    return fail(ErrorKind::corrupt, "custodians: an entry is broken");
  }
  return Custodian{document::text(json, "name"),
                   std::move(*public_key),
                   std::move(*salt),
                   {.memory_kib = static_cast<std::uint32_t>(*memory),
                    .passes = static_cast<std::uint32_t>(*passes),
                    .lanes = static_cast<std::uint32_t>(*lanes)},
                   std::move(*wrapped)};
}

Result<std::vector<Custodian>> read_custodians(const KeyFolder& keys) {
  const auto json = keys.read_document(kDocument);
  if (!json && json.error().kind == ErrorKind::not_found) return std::vector<Custodian>{};
  if (!json) return std::unexpected(json.error());
  std::vector<Custodian> out;
  for (const auto& one : document::array(*json, "custodians")) {
    auto custodian = parse_custodian(one);
    if (!custodian) return std::unexpected(custodian.error());
    out.push_back(std::move(*custodian));
  }
  return out;
}

Result<void> write_custodians(KeyFolder& keys, const std::vector<Custodian>& custodians) {
  wire::JsonArray array;
  for (const auto& one : custodians) {
    wire::Json json{wire::JsonObject{}};
    json.set("name", one.name)
        .set("public", to_base64(one.public_key))
        .set("salt", to_base64(one.salt))
        .set("memoryKib", std::uint64_t{one.parameters.memory_kib})
        .set("passes", std::uint64_t{one.parameters.passes})
        .set("lanes", std::uint64_t{one.parameters.lanes})
        .set("private", to_base64(one.wrapped));
    array.push_back(std::move(json));
  }
  return keys.write_document(kDocument, wire::Json(wire::JsonObject{}).set("custodians", std::move(array)));
}

Result<void> fit(std::string_view name, std::string_view passphrase) {
  const bool plain = std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  });
  if (name.empty() || name.size() > kMostName || !plain) {
    return fail(ErrorKind::invalid_input, "a custodian's name is 1 to 64 letters, digits, '-', '_' or '.'");
  }
  if (passphrase.size() >= kLeastPassphrase) return {};
  return fail(ErrorKind::invalid_input,
              std::format("a custodian's passphrase has at least {} bytes", kLeastPassphrase));
}

Result<void> may_join(const std::vector<Custodian>& custodians, std::string_view name) {
  if (std::ranges::contains(custodians, name, &Custodian::name)) {
    return fail(ErrorKind::invalid_input, std::format("there is a custodian '{}' already", name));
  }
  if (custodians.size() < kMostCustodians) return {};
  return fail(ErrorKind::invalid_input, std::format("there are {} custodians, and no more may be", kMostCustodians));
}

Result<void> may_leave(const std::vector<Custodian>& custodians, std::string_view name) {
  if (!std::ranges::contains(custodians, name, &Custodian::name)) {
    return fail(ErrorKind::not_found, std::format("there is no custodian '{}'", name));
  }
  if (custodians.size() > kCustodiansNeeded) return {};
  return fail(ErrorKind::permission,
              std::format("{} custodians must remain: add another before '{}' goes", kCustodiansNeeded, name));
}

Result<Custodian> make_custodian(std::string_view name, std::string_view passphrase,
                                 const crypto::Argon2& parameters) {
  const auto pair = crypto::KemPrivateKey::generate();
  if (!pair) return std::unexpected(pair.error());
  Custodian out{std::string(name), pair->public_key().bytes(), Bytes(crypto::kSaltSize), parameters, {}};
  fill_random(out.salt);
  const auto key = crypto::key_from_passphrase(passphrase, out.salt, parameters);
  if (!key) return std::unexpected(key.error());
  auto wrapped = wrap(key->view(), pair->bytes().view(), purpose(name));
  if (!wrapped) return std::unexpected(wrapped.error());
  out.wrapped = std::move(*wrapped);
  return out;
}

Result<crypto::KemPrivateKey> unlocked(const Custodian& custodian, const crypto::Secret& passphrase) {
  const auto key = crypto::key_from_passphrase(passphrase.text(), custodian.salt, custodian.parameters);
  if (!key) return std::unexpected(within(custodian.name, key.error()));
  const auto bytes = unwrap(key->view(), custodian.wrapped, purpose(custodian.name));
  if (!bytes)
    return fail(ErrorKind::permission, std::format("the passphrase of custodian '{}' is wrong", custodian.name));
  return crypto::KemPrivateKey::from_bytes(bytes->view());
}

Result<SealedShare> sealed_share(const Custodian& custodian, std::uint32_t epoch, const KeyShare& share) {
  const auto public_key = crypto::KemPublicKey::from_bytes(custodian.public_key);
  if (!public_key) return std::unexpected(public_key.error());
  auto made = public_key->encapsulate();
  if (!made) return std::unexpected(made.error());
  const auto name = share_purpose(epoch, custodian.name);
  const auto key = derive(made->shared.view(), name);
  if (!key) return std::unexpected(key.error());
  auto sealed = wrap(key->view(), share.y.view(), name);
  if (!sealed) return std::unexpected(sealed.error());
  return SealedShare{custodian.name, share.x, std::move(made->ciphertext), std::move(*sealed)};
}

Result<KeyShare> opened_share(const crypto::KemPrivateKey& owner, std::uint32_t epoch, const SealedShare& share) {
  const auto shared = owner.decapsulate(share.ciphertext);
  if (!shared) return std::unexpected(shared.error());
  const auto name = share_purpose(epoch, share.custodian);
  const auto key = derive(shared->view(), name);
  if (!key) return std::unexpected(key.error());
  auto y = unwrap(key->view(), share.sealed, name);
  if (!y) return std::unexpected(y.error());
  return KeyShare{share.x, std::move(*y)};
}

}  // namespace

Result<void> check_new_custodian(const KeyFolder& keys, std::string_view name, std::string_view passphrase) {
  if (auto good = fit(name, passphrase); !good) return good;
  const auto custodians = read_custodians(keys);
  if (!custodians) return std::unexpected(custodians.error());
  return may_join(*custodians, name);
}

Result<void> check_leaving_custodian(const KeyFolder& keys, std::string_view name) {
  const auto custodians = read_custodians(keys);
  if (!custodians) return std::unexpected(custodians.error());
  return may_leave(*custodians, name);
}

Result<void> add_custodian(KeyFolder& keys, std::string_view name, std::string_view passphrase,
                           const crypto::Argon2& parameters) {
  if (auto good = fit(name, passphrase); !good) return good;
  auto made = make_custodian(name, passphrase, parameters);
  if (!made) return std::unexpected(made.error());
  const auto lock = keys.lock(KeyFolder::Access::exclusive);
  if (!lock) return std::unexpected(lock.error());
  auto custodians = read_custodians(keys);
  if (!custodians) return std::unexpected(custodians.error());
  if (auto good = may_join(*custodians, name); !good) return good;
  custodians->push_back(std::move(*made));
  return write_custodians(keys, *custodians);
}

Result<void> remove_custodian(KeyFolder& keys, std::string_view name) {
  const auto lock = keys.lock(KeyFolder::Access::exclusive);
  if (!lock) return std::unexpected(lock.error());
  auto custodians = read_custodians(keys);
  if (!custodians) return std::unexpected(custodians.error());
  if (auto good = may_leave(*custodians, name); !good) return good;
  std::erase_if(*custodians, [&](const Custodian& one) { return one.name == name; });
  return write_custodians(keys, *custodians);
}

Result<std::vector<std::string>> custodian_names(const KeyFolder& keys) {
  const auto custodians = read_custodians(keys);
  if (!custodians) return std::unexpected(custodians.error());
  std::vector<std::string> names;
  for (const auto& one : *custodians) names.push_back(one.name);
  return names;
}

Result<std::vector<SealedShare>> share_out(const KeyFolder& keys, std::uint32_t epoch, BytesView key) {
  const auto custodians = read_custodians(keys);
  if (!custodians) return std::unexpected(custodians.error());
  if (custodians->size() < kCustodiansNeeded) {
    return fail(
        ErrorKind::unavailable,
        std::format("an epoch ends under dual control: {} custodians are needed and there are {}; add one with "
                    "cordon log keys custodian add NAME",
                    kCustodiansNeeded, custodians->size()));
  }
  const auto shares = split_key(key, kCustodiansNeeded, custodians->size());
  std::vector<SealedShare> out;
  for (std::size_t i = 0; i < shares.size(); ++i) {
    auto sealed = sealed_share((*custodians)[i], epoch, shares[i]);
    if (!sealed) return std::unexpected(sealed.error());
    out.push_back(std::move(*sealed));
  }
  return out;
}

Result<Quorum> Quorum::unlock(const KeyFolder& keys, std::span<const Approval> approvals) {
  const auto custodians = read_custodians(keys);
  if (!custodians) return std::unexpected(custodians.error());
  Quorum out;
  for (const auto& approval : approvals) {
    const auto found = std::ranges::find(*custodians, approval.name, &Custodian::name);
    if (found == custodians->end()) {
      return fail(ErrorKind::invalid_input, std::format("there is no custodian '{}'", approval.name));
    }
    if (std::ranges::contains(out.members_, approval.name, &Member::name)) continue;
    auto key = unlocked(*found, approval.passphrase);
    if (!key) return std::unexpected(key.error());
    out.members_.push_back({approval.name, std::move(*key)});
  }
  if (out.members_.size() >= kCustodiansNeeded) return out;
  return fail(ErrorKind::invalid_input,
              std::format("{} different custodians must approve (--approve NAME=FILE), and {} did", kCustodiansNeeded,
                          out.members_.size()));
}

Result<crypto::Secret> Quorum::pseudonym_key(const EpochKeys& epoch) const {
  std::vector<KeyShare> shares;
  for (const auto& member : members_) {
    const auto found = std::ranges::find(epoch.shares, member.name, &SealedShare::custodian);
    if (found == epoch.shares.end()) continue;
    auto share = opened_share(member.key, epoch.id, *found);
    if (!share) return std::unexpected(within(member.name, share.error()));
    shares.push_back(std::move(*share));
  }
  if (shares.size() < kCustodiansNeeded) {
    return fail(ErrorKind::permission, std::format("of epoch {} these custodians hold {} shares, and {} are needed",
                                                   epoch.id, shares.size(), kCustodiansNeeded));
  }
  return join_key(shares);
}

Result<void> share_anew(KeyFolder& keys, std::span<const Approval> approvals) {
  const auto lock = keys.lock(KeyFolder::Access::exclusive);
  if (!lock) return std::unexpected(lock.error());
  const auto quorum = Quorum::unlock(keys, approvals);
  if (!quorum) return std::unexpected(quorum.error());
  auto epochs = read_epochs(keys);
  if (!epochs) return std::unexpected(epochs.error());
  for (auto& epoch : *epochs) {
    if (epoch.closed.empty()) continue;
    const auto key = quorum->pseudonym_key(epoch);
    if (!key) return std::unexpected(key.error());
    auto shares = share_out(keys, epoch.id, key->view());
    if (!shares) return std::unexpected(shares.error());
    epoch.shares = std::move(*shares);
  }
  if (auto written = write_epochs(keys, *epochs); !written) return written;
  keys.changed();
  return {};
}

Result<crypto::Secret> pseudonym_key_of(const KeyFolder& keys, std::uint32_t epoch,
                                        std::span<const Approval> approvals) {
  const auto epochs = read_epochs(keys);
  if (!epochs) return std::unexpected(epochs.error());
  const auto found = std::ranges::find(*epochs, epoch, &EpochKeys::id);
  if (found == epochs->end()) return fail(ErrorKind::not_found, std::format("there is no epoch {}", epoch));
  if (!found->pseudonym.empty()) return found->pseudonym.copy();
  const auto quorum = Quorum::unlock(keys, approvals);
  if (!quorum) return std::unexpected(quorum.error());
  return quorum->pseudonym_key(*found);
}

}  // namespace cordon::vault
