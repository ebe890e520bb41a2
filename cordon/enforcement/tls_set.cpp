#include "cordon/enforcement/tls_set.h"

#include <algorithm>

#include "cordon/base/file.h"
#include "cordon/base/file_stamp.h"
#include "cordon/base/log.h"

namespace cordon::enforcement {

namespace {

constexpr std::chrono::seconds kEvery{1};

using Path = const std::filesystem::path&;

Result<std::vector<crypto::Certificate>> certificates(Path file) {
  const auto pem = read_file(file, 4 << 20);
  if (!pem) return std::unexpected(pem.error());
  auto chain = crypto::Certificate::chain_from_pem(*pem);
  if (!chain) return std::unexpected(within(file.string(), chain.error()));
  return chain;
}

Result<crypto::PrivateKey> private_key(Path file) {
  auto pem = read_file(file, 1 << 16);
  if (!pem) return std::unexpected(pem.error());
  auto key = crypto::PrivateKey::from_pem(*pem);
  wipe({reinterpret_cast<std::uint8_t*>(pem->data()), pem->size()});
  if (!key) return std::unexpected(within(file.string(), key.error()));
  return key;
}

Result<crypto::OwnChain> own_chain(const TlsFiles::Own& files) {
  auto chain = certificates(files.certificate);
  if (!chain) return std::unexpected(chain.error());
  auto key = private_key(files.key);
  if (!key) return std::unexpected(key.error());
  crypto::OwnChain own{std::move(*chain), std::move(*key), {}};
  if (files.staple.empty()) return own;
  const auto staple = read_file(files.staple, 1 << 16);
  if (!staple) return std::unexpected(staple.error());
  own.staple = to_bytes(*staple);
  return own;
}

Result<void> add_lists(crypto::TlsSettings& settings, const TlsFiles& files) {
  const auto now = system_clock().now();
  for (const auto& file : files.crls) {
    const auto text = read_file(file, 16 << 20);
    if (!text) return std::unexpected(text.error());
    auto lists = crypto::RevocationList::from_text(*text);
    if (!lists) return std::unexpected(within(file.string(), lists.error()));
    for (auto& list : *lists) {
      if (!list.fresh(now)) {
        log(LogLevel::warn, "a revocation list is out of date",
            {{"file", file.string()}, {"issuer", list.issuer()}, {"next update", format_time(list.next_update())}});
      }
      settings.crls.push_back(std::move(list));
    }
  }
  settings.revocation = files.revocation;
  return {};
}

// The same certificate under two tags would speak for both.
Result<void> add_callers(crypto::TlsSettings& settings, TlsSet& set, const TlsFiles& files) {
  const bool tagged = files.callers.size() > 1 || !files.callers.front().plmns.empty();
  for (const auto& anchors : files.callers) {
    auto found = certificates(anchors.file);
    if (!found) return std::unexpected(found.error());
    for (auto& anchor : *found) {
      if (tagged && !set.networks.try_emplace(anchor.thumbprint(), anchors.plmns).second) {
        return fail(ErrorKind::invalid_input,
                    std::format("{}: {} is an anchor twice; a PLMN's anchor speaks for it alone",
                                anchors.file.string(), anchor.subject()));
      }
      settings.anchors.push_back(std::move(anchor));
    }
  }
  return {};
}

Result<void> add_own(crypto::TlsSettings& settings, TlsSet& set, const TlsFiles& files) {
  for (const auto& each : files.own) {
    auto own = own_chain(each);
    if (!own) return std::unexpected(own.error());
    for (const auto& certificate : own->chain) set.expires = std::min(set.expires, certificate.not_after());
    settings.more.push_back(std::move(*own));
  }
  return {};
}

// TS 33.501 13.1.0: NFs see who we are and can refuse everybody else. Open5GS accepts P-256 and nothing else, so the
// client's side keeps the default groups.
Result<void> make_contexts(crypto::TlsSettings settings, TlsSet& set, const TlsFiles& files) {
  auto client = settings;
  settings.lowest = files.lowest;
  settings.known_names_only = true;
  if (!files.groups.empty()) settings.groups = files.groups;
  if (auto added = add_callers(settings, set, files); !added) return added;
  auto served = crypto::TlsContext::server(settings);
  if (!served) return std::unexpected(within("tls", served.error()));
  auto producers = certificates(files.producers);
  if (!producers) return std::unexpected(producers.error());
  client.anchors = std::move(*producers);
  client.lowest = crypto::TlsVersion::tls12;
  client.must_staple = files.must_staple;
  auto called = crypto::TlsContext::client(client);
  if (!called) return std::unexpected(within("tls", called.error()));
  set.server = std::move(*served);
  set.client = std::move(*called);
  return {};
}

std::string look_of(Path file) {
  const auto stamp = stamp_of(file);
  return std::format("{} {} {};", stamp.inode, stamp.size, stamp.changed);
}

std::string look_of(const TlsFiles& files) {
  auto look = look_of(files.producers);
  for (const auto& own : files.own) look += look_of(own.certificate) + look_of(own.key) + look_of(own.staple);
  for (const auto& anchors : files.callers) look += look_of(anchors.file);
  for (const auto& crl : files.crls) look += look_of(crl);
  return look;
}

}  // namespace

Result<TlsSet> load_tls(const TlsFiles& files) {
  TlsSet set;
  set.files = look_of(files);
  crypto::TlsSettings settings;
  settings.resumption = files.resumption;
  if (auto added = add_own(settings, set, files); !added) return std::unexpected(added.error());
  if (auto added = add_lists(settings, files); !added) return std::unexpected(added.error());
  if (auto made = make_contexts(std::move(settings), set, files); !made) return std::unexpected(made.error());
  return set;
}

Result<TlsSet> load_callers(const TlsFiles& files) {
  TlsSet set;
  set.files = look_of(files);
  crypto::TlsSettings settings;
  if (auto added = add_lists(settings, files); !added) return std::unexpected(added.error());
  if (auto added = add_callers(settings, set, files); !added) return std::unexpected(added.error());
  auto made = crypto::TlsContext::client(settings);
  if (!made) return std::unexpected(within("tls", made.error()));
  set.server = std::move(*made);
  return set;
}

TlsWatch::TlsWatch(Loop& loop, TlsFiles files, std::string seen, Metrics& metrics, Changed changed, Load load)
    : loop_(loop),
      files_(std::move(files)),
      seen_(std::move(seen)),
      load_(load),
      taken_(metrics.counter("cordon_tls_reloads_total", "Changes of the files of TLS", "outcome=\"taken\"")),
      refused_(metrics.counter("cordon_tls_reloads_total", "Changes of the files of TLS", "outcome=\"refused\"")),
      changed_(std::move(changed)) {
  again();
}

void TlsWatch::again() {
  timer_ = loop_.after(kEvery, [this] {
    look();
    again();
  });
}

void TlsWatch::look() {
  auto look = look_of(files_);
  if (look == seen_) return;
  seen_ = std::move(look);
  auto set = load_(files_);
  if (!set) {
    refused_.add();
    return log(LogLevel::error, "the changed files of TLS are refused as a whole; the old ones stay in force",
               {{"why", set.error().message}});
  }
  taken_.add();
  log(LogLevel::info, "the changed files of TLS are in force",
      {{"own certificate until", format_time(set->expires)}});
  changed_(std::move(*set));
}

}  // namespace cordon::enforcement
