#include "cordon/archive/log_keys.h"

#include <algorithm>

#include "cordon/base/text.h"

namespace cordon::archive {

using transparency::ReadResource;
using transparency::TrustPolicy;
using transparency::VerifierKey;
using Keys = std::vector<VerifierKey>;

namespace {

constexpr std::size_t kMostKeys = 16;

Keys keys_of(std::string_view origin, const std::optional<TrustPolicy>& trust) {
  Keys keys;
  if (!trust) return keys;
  std::ranges::copy_if(trust->logs, std::back_inserter(keys), [&](const auto& key) { return key.name == origin; });
  return keys;
}

Result<void> check_rotation(const SignedStatement& statement, std::string_view origin,
                            const SignedStatement* before) {
  const auto& changed = statement.statement;
  if (changed.kind != StatementKind::keys || changed.origin != origin) {
    return fail(ErrorKind::corrupt, "no change of this log's keys");
  }
  if (before != nullptr && !same_keys(before->statement.new_keys, changed.old_keys)) {
    return fail(ErrorKind::corrupt, "does not go on from the keys of the change before");
  }
  if (before != nullptr && changed.size < before->statement.size) {
    return fail(ErrorKind::corrupt, "is about fewer entries than the change before");
  }
  if (auto by_old = verify_statement(statement, changed.old_keys); !by_old) return by_old;
  return verify_statement(statement, changed.new_keys);
}

}  // namespace

std::string rotation_file(std::size_t number) { return std::format("rotation/{}", number); }

Result<Keys> parse_vkeys(std::string_view text, std::string_view file) {
  Keys keys;
  std::size_t number = 0;
  for (const auto line : split(text, '\n')) {
    ++number;
    if (line.empty()) continue;
    auto key = VerifierKey::parse(line);
    if (!key) return std::unexpected(within(std::format("{}:{}", file, number), key.error()));
    if (keys.size() == kMostKeys) {
      return fail(ErrorKind::invalid_input, std::format("{}: more than {} keys", file, kMostKeys));
    }
    keys.push_back(std::move(*key));
  }
  if (keys.empty()) return fail(ErrorKind::invalid_input, std::format("{}: holds no key", file));
  return keys;
}

std::string vkeys_text(std::span<const VerifierKey> keys) {
  std::string out;
  for (const auto& key : keys) out += key.text() + "\n";
  return out;
}

Result<std::vector<SignedStatement>> read_rotations(const ReadResource& read, std::string_view origin) {
  std::vector<SignedStatement> out;
  for (std::size_t number = 1; number <= kMostRotations; ++number) {
    const auto file = rotation_file(number);
    const auto whole = read(file);
    if (!whole && whole.error().kind == ErrorKind::not_found) return out;
    if (!whole) return std::unexpected(whole.error());
    auto statement = parse_statement(*whole);
    if (!statement) return std::unexpected(within(file, statement.error()));
    const auto right = check_rotation(*statement, origin, out.empty() ? nullptr : &out.back());
    if (!right) return std::unexpected(within(file, right.error()));
    out.push_back(std::move(*statement));
  }
  return fail(ErrorKind::corrupt, std::format("more than {} changes of keys", kMostRotations));
}

std::vector<Keys> KeyChain::at(std::uint64_t size) const {
  std::vector<Keys> out;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const bool begun = i == 0 || size >= until[i - 1];
    const bool ended = i < until.size() && size > until[i];
    if (begun && !ended) out.push_back(keys[i]);
  }
  return out;
}

KeyChain key_chain(std::span<const SignedStatement> rotations, Keys trusted) {
  KeyChain chain;
  bool known = false;
  for (const auto& each : rotations) {
    if (chain.keys.empty()) chain.keys.push_back(each.statement.old_keys);
    chain.until.push_back(each.statement.size);
    chain.keys.push_back(each.statement.new_keys);
  }
  for (const auto& each : chain.keys) known = known || same_keys(each, trusted);
  // Both sides signed every change, so whoever trusts one set of keys can go forward and back from it.
  if (known) return chain;
  return {.keys = {std::move(trusted)}, .until = {}};
}

Result<KeyChain> key_chain(const ReadResource& read, std::string_view origin,
                           const std::optional<TrustPolicy>& trust) {
  const auto rotations = read_rotations(read, origin);
  if (!rotations) return std::unexpected(rotations.error());
  if (auto trusted = keys_of(origin, trust); !trusted.empty()) return key_chain(*rotations, std::move(trusted));
  if (trust && !trust->logs.empty()) {
    return fail(ErrorKind::corrupt, std::format("the trust policy names no key of the log {}", origin));
  }
  KeyChain chain;
  if (!rotations->empty()) {
    chain = key_chain(*rotations, rotations->front().statement.old_keys);
  } else {
    const auto text = read(std::string(kKeysFile));
    if (!text && text.error().kind == ErrorKind::not_found) {
      return fail(ErrorKind::corrupt,
                  "no key to verify the checkpoint with: name a trust policy with the log's vkeys");
    }
    if (!text) return std::unexpected(text.error());
    auto keys = parse_vkeys(*text, kKeysFile);
    if (!keys) return std::unexpected(keys.error());
    chain = key_chain({}, std::move(*keys));
  }
  chain.from_log = true;
  return chain;
}

Result<transparency::WitnessedBy> verify_signatures(const transparency::Note& note, const KeyChain& chain,
                                                    const std::optional<TrustPolicy>& trust) {
  const auto checkpoint = transparency::parse_checkpoint(note.text);
  if (!checkpoint) return std::unexpected(checkpoint.error());
  TrustPolicy policy = trust.value_or(TrustPolicy{.logs = {}, .witnesses = {}, .groups = {}, .quorum = "none"});
  Result<transparency::WitnessedBy> last = fail(ErrorKind::corrupt, "no key to verify the checkpoint with");
  // At a change of keys two sets may have signed: the new ones sign the same checkpoint again.
  for (auto& keys : chain.at(checkpoint->size)) {
    policy.logs = std::move(keys);
    last = transparency::verify_checkpoint(note, policy);
    if (last) return last;
  }
  return last;
}

}  // namespace cordon::archive
