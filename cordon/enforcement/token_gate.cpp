#include "cordon/enforcement/token_gate.h"

#include "cordon/base/file.h"
#include "cordon/base/log.h"

namespace cordon::enforcement {

namespace {

constexpr std::chrono::seconds kLookEvery{1};

Result<std::vector<tokens::Anchors>> anchors_of(const Settings& settings) {
  std::vector<tokens::Anchors> out;
  if (settings.lab_cleartext) return out;
  for (const auto& callers : settings.tls.callers) {
    const auto pem = read_file(callers.file, 1 << 20);
    if (!pem) return std::unexpected(pem.error());
    auto chain = crypto::Certificate::chain_from_pem(*pem);
    if (!chain) return std::unexpected(within(callers.file.string(), chain.error()));
    out.push_back({std::move(*chain), callers.plmns});
  }
  return out;
}

Counter& outcome(Metrics& metrics, std::string_view name) {
  return metrics.counter("cordon_token_checks_total", "Requests whose access token was looked at, or is issued",
                         std::format("outcome=\"{}\"", name));
}

}  // namespace

Result<TokenGate::Files> TokenGate::read(const Settings& settings) {
  auto issuers = tokens::IssuerFiles::open(settings.tokens.issuers);
  if (!issuers) return std::unexpected(within("tokens", issuers.error()));
  Files files{std::move(*issuers), {}, {}, {}};
  auto anchors = anchors_of(settings);
  if (!anchors) return std::unexpected(anchors.error());
  files.anchors = std::move(*anchors);
  if (!settings.tokens.authority) return files;
  files.key_stamp = stamp_of(settings.tokens.authority->key);
  auto keys = tokens::read_authority_keys(settings.tokens.authority->key);
  if (!keys) return std::unexpected(within("tokens", keys.error()));
  files.keys = std::move(*keys);
  return files;
}

Result<std::unique_ptr<TokenGate>> TokenGate::open(const Settings& settings, Loop& loop, Metrics& metrics) {
  if (settings.tokens.mode == TokenSettings::Mode::off) return nullptr;
  auto files = read(settings);
  if (!files) return std::unexpected(files.error());
  std::unique_ptr<TokenGate> gate(new TokenGate(settings.tokens, loop, metrics, std::move(*files)));
  gate->again();
  return gate;
}

TokenGate::TokenGate(const TokenSettings& tokens, Loop& loop, Metrics& metrics, Files files)
    : settings(tokens),
      verifier({}, std::move(files.anchors), {.tokens = tokens.cache}),
      good(outcome(metrics, "good")),
      missing(outcome(metrics, "missing")),
      refused(outcome(metrics, "refused")),
      issued(outcome(metrics, "issued")),
      not_issued(outcome(metrics, "not_issued")),
      loop_(loop),
      files_(std::move(files.issuers)),
      hits_(metrics.gauge("cordon_token_cache_hits", "Tokens that were known when they came")),
      misses_(metrics.gauge("cordon_token_cache_misses", "Tokens whose signature had to be verified")) {
  if (settings.authority) {
    authority.emplace(settings.authority->issuer, std::move(files.keys), settings.authority->life);
    key_stamp_ = files.key_stamp;
  }
  verifier.set_issuers(issuers());
}

std::vector<tokens::Issuer> TokenGate::issuers() const {
  auto all = files_.issuers();
  if (authority) all.push_back(authority->as_issuer());
  return all;
}

void TokenGate::follow(std::uint64_t snapshot) {
  if (snapshot_ == snapshot) return;
  snapshot_ = snapshot;
  verifier.revoke();
  if (authority) authority->revoke();
}

Result<bool> TokenGate::refresh_authority() {
  if (!authority) return false;
  const auto stamp = stamp_of(settings.authority->key);
  if (stamp == key_stamp_) return false;
  key_stamp_ = stamp;
  auto keys = tokens::read_authority_keys(settings.authority->key);
  if (!keys) return std::unexpected(keys.error());
  authority->set_keys(std::move(*keys));
  return true;
}

void TokenGate::refresh() {
  hits_.set(static_cast<std::int64_t>(verifier.hits()));
  misses_.set(static_cast<std::int64_t>(verifier.misses()));
  const auto own = refresh_authority();
  const auto theirs = files_.refresh(verifier.take_unknown_key());
  if (own.value_or(false) || theirs.value_or(false)) {
    verifier.set_issuers(issuers());
    log(LogLevel::info, "the keys of token issuers changed");
  }
  const auto fault = !own ? own.error().message : !theirs ? theirs.error().message : std::string();
  if (!fault.empty() && fault != told_) {
    log(LogLevel::error, "keys of token issuers cannot be read; those that ran stay", {{"why", fault}});
    told_ = fault;
  }
}

void TokenGate::again() {
  timer_ = loop_.after(kLookEvery, [this] {
    refresh();
    again();
  });
}

}  // namespace cordon::enforcement
