#include "app/cordon-proxy/parts.h"

#include "cordon/base/log.h"

namespace cordon {

Result<enforcement::ProxyParts> proxy_parts(const enforcement::Settings& settings) {
  enforcement::ProxyParts parts;
  parts.name = settings.name;
  parts.shared_listen = settings.shared_listen;
  parts.upstream_time = settings.upstream_time;
  parts.limits = settings.limits;
  parts.tracing = settings.tracing;
  if (settings.lab_cleartext) {
    log(LogLevel::warn, "cleartext laboratory mode: callers are told apart by address only, nothing is encrypted");
    return parts;
  }
  auto set = enforcement::load_tls(settings.tls);
  if (!set) return std::unexpected(set.error());
  parts.server_tls = std::move(set->server);
  parts.client_tls = std::move(set->client);
  parts.anchor_networks = std::move(set->networks);
  parts.handshakes = settings.tls.handshakes;
  parts.tls_files = std::move(set->files);
  return parts;
}

}  // namespace cordon
