#include "app/cordon-proxy/parts.h"

#include "cordon/base/file.h"
#include "cordon/base/log.h"

namespace cordon {

namespace {

Result<std::vector<crypto::Certificate>> certificates(const std::filesystem::path& file) {
  const auto pem = read_file(file, 1 << 20);
  if (!pem) return std::unexpected(pem.error());
  auto chain = crypto::Certificate::chain_from_pem(*pem);
  if (!chain) return std::unexpected(within(file.string(), chain.error()));
  return chain;
}

Result<crypto::PrivateKey> private_key(const std::filesystem::path& file) {
  auto pem = read_file(file, 1 << 16);
  if (!pem) return std::unexpected(pem.error());
  auto key = crypto::PrivateKey::from_pem(*pem);
  wipe({reinterpret_cast<std::uint8_t*>(pem->data()), pem->size()});
  if (!key) return std::unexpected(within(file.string(), key.error()));
  return key;
}

using Contexts = std::pair<std::shared_ptr<const crypto::TlsContext>, std::shared_ptr<const crypto::TlsContext>>;

// Server side first, then client side. The client side must offer P-256: Open5GS accepts nothing else.
Result<Contexts> tls_contexts(const enforcement::TlsFiles& files) {
  const auto chain = certificates(files.certificate);
  if (!chain) return std::unexpected(chain.error());
  const auto key = private_key(files.key);
  if (!key) return std::unexpected(key.error());
  const auto callers = certificates(files.callers);
  if (!callers) return std::unexpected(callers.error());
  const auto producers = certificates(files.producers);
  if (!producers) return std::unexpected(producers.error());

  crypto::TlsSettings settings;
  settings.chain = *chain;
  settings.key = *key;
  settings.lowest = files.lowest;
  if (!files.groups.empty()) settings.groups = files.groups;
  settings.anchors = *callers;
  auto server = crypto::TlsContext::server(settings);
  if (!server) return std::unexpected(within("tls", server.error()));
  settings.groups = crypto::TlsSettings{}.groups;
  settings.anchors = *producers;
  settings.lowest = crypto::TlsVersion::tls12;
  auto client = crypto::TlsContext::client(settings);
  if (!client) return std::unexpected(within("tls", client.error()));
  return Contexts{*server, *client};
}

}  // namespace

Result<enforcement::ProxyParts> proxy_parts(const enforcement::Settings& settings) {
  enforcement::ProxyParts parts;
  parts.name = settings.name;
  parts.shared_listen = settings.shared_listen;
  parts.upstream_time = settings.upstream_time;
  if (settings.lab_cleartext) {
    log(LogLevel::warn, "cleartext laboratory mode: callers are told apart by address only, nothing is encrypted");
    return parts;
  }
  auto contexts = tls_contexts(settings.tls);
  if (!contexts) return std::unexpected(contexts.error());
  std::tie(parts.server_tls, parts.client_tls) = std::move(*contexts);
  return parts;
}

}  // namespace cordon
