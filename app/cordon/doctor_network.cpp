#include <poll.h>

#include <algorithm>
#include <array>

#include "app/cordon/doctor.h"
#include "cordon/base/socket.h"
#include "cordon/enforcement/tls_set.h"

namespace cordon::app {

namespace {

using Context = std::shared_ptr<const crypto::TlsContext>;
constexpr std::chrono::seconds kPatience{2};

// How far a caller came: TLS 1.3 lets a client finish its handshake before the server has looked at its certificate,
// so only an answer shows that it was let in.
struct Probe {
  enum class End { unreachable, refused, silent, served } end = End::unreachable;
  std::string words;
};

bool wait_for(int fd, short events, SteadyTime until) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - system_clock().steady()).count();
  pollfd entry{.fd = fd, .events = events, .revents = 0};
  return left > 0 && ::poll(&entry, 1, static_cast<int>(left)) > 0;
}

// Calls step until it has moved something or ended; nothing when the time is up.
std::optional<StreamState> finish(crypto::TlsStream& stream, SteadyTime until, auto&& step) {
  while (true) {
    const auto state = step().state;
    if (state != StreamState::want_read && state != StreamState::want_write) return state;
    if (!wait_for(stream.fd(), state == StreamState::want_read ? POLLIN : POLLOUT, until)) return std::nullopt;
  }
}

// The preface and empty SETTINGS (RFC 9113 3.4): a server that lets us in answers with its own SETTINGS.
Probe::End greet(crypto::TlsStream& stream, SteadyTime until) {
  constexpr std::string_view kGreeting("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0", 33);
  std::array<std::uint8_t, 256> answer{};
  for (const auto state : {finish(stream, until, [&] { return stream.handshake(); }),
                           finish(stream, until, [&] { return stream.write(as_bytes(kGreeting)); }),
                           finish(stream, until, [&] { return stream.read(answer); })}) {
    if (!state) return Probe::End::silent;
    if (*state != StreamState::ok) return Probe::End::refused;
  }
  return Probe::End::served;
}

Probe probe(const Context& as, const Endpoint& at, const std::string& name) {
  auto fd = connect_tcp_blocking(at, kPatience);
  if (!fd) return {Probe::End::unreachable, fd.error().message};
  const auto stream = crypto::TlsStream::connect(as, std::move(*fd), name);
  const auto end = greet(*stream, system_clock().steady() + kPatience);
  return {end, stream->error_text()};
}

void check_socket(std::string_view who, const std::filesystem::path& path, Findings& findings) {
  const bool there = connect_unix(path).has_value();
  findings.push_back({"socket", path.string(), there ? Health::ok : Health::warning,
                      std::format("the {} {}", who, there ? "answers" : "does not run"),
                      there ? "" : "start Cordon: cordon up"});
}

// Cordon's listener in the NF's place: whoever shows no certificate stays outside, who shows one is let in.
void check_listener(const identity::ExpectedNf& nf, const Context& nobody, const Context& stranger,
                    Findings& findings) {
  const auto& name = nf.dns_names.front();
  const auto bare = probe(nobody, *nf.listen, name);
  if (bare.end == Probe::End::unreachable) {
    return findings.push_back({"listener", nf.name, Health::warning, bare.words, "start Cordon: cordon up"});
  }
  if (bare.end == Probe::End::served) {
    return findings.push_back({"listener", nf.name, Health::failed,
                               nf.listen->text() + " serves callers without a certificate",
                               "something that is not Cordon listens there: find out what"});
  }
  if (!stranger) {
    return findings.push_back({"listener", nf.name, Health::ok, nf.listen->text() + " demands a certificate"});
  }
  const auto known = probe(stranger, *nf.listen, name);
  const bool served = known.end == Probe::End::served;
  findings.push_back({"listener", nf.name, served ? Health::ok : Health::failed,
                      served ? nf.listen->text() + " demands a certificate, and takes the operator's" : known.words,
                      served ? "" : "compare tls.callers with the authority that issued the NFs' certificates"});
}

void check_producer(const identity::ExpectedNf& nf, const Context& ours, const Context& stranger,
                    const Context& nobody, Findings& findings) {
  const auto& name = nf.upstream_name.empty() ? nf.upstream->address : nf.upstream_name;
  const auto way = probe(ours, *nf.upstream, name);
  const bool served = way.end == Probe::End::served;
  findings.push_back(
      {"producer", nf.name, served ? Health::ok : Health::failed,
       served ? nf.upstream->text() + " takes Cordon's certificate" : nf.upstream->text() + ": " + way.words,
       served ? "" : "let the NF listen there with TLS, and trust the authority of Cordon's certificate"});
  const auto tried = [&](std::string_view who, const Context& as) {
    const auto direct = probe(as, *nf.upstream, name);
    const auto health = !served || direct.end == Probe::End::silent ? Health::warning
                        : direct.end == Probe::End::served          ? Health::failed
                                                                    : Health::ok;
    const auto detail = !served                            ? "cannot be told while Cordon itself is not served"
                        : direct.end == Probe::End::served ? "is served past Cordon"
                        : direct.end == Probe::End::silent ? "is neither refused nor answered"
                                                           : "is refused";
    findings.push_back(
        {"bypass", nf.name, health, std::format("a direct call {} {}", who, detail),
         health == Health::ok ? "" : "let the NF accept clients of Cordon's own authority only (guide: bypass)"});
  };
  tried("without a certificate", nobody);
  if (stranger) tried("with the operator's certificate", stranger);
}

struct Callers {
  Context nobody;
  Context stranger;  // null: none was given
};

Result<Callers> make_callers(const std::vector<crypto::Certificate>& anchors, const Visit& visit) {
  crypto::TlsSettings settings;
  settings.anchors = anchors;
  settings.lowest = crypto::TlsVersion::tls12;
  auto nobody = crypto::TlsContext::client(settings);
  if (!nobody) return std::unexpected(nobody.error());
  Callers callers{*nobody, nullptr};
  if (!visit.stranger) return callers;
  settings.more = {*visit.stranger};
  auto stranger = crypto::TlsContext::client(settings);
  if (!stranger) return std::unexpected(stranger.error());
  callers.stranger = *stranger;
  return callers;
}

Result<std::vector<crypto::Certificate>> read_all(const std::filesystem::path& file) {
  const auto pem = read_file(file, 4 << 20);
  return pem ? crypto::Certificate::chain_from_pem(*pem) : std::unexpected(pem.error());
}

Result<void> visit_all(const Visit& visit, Findings& findings) {
  const auto& files = visit.settings.tls;
  const auto ours = enforcement::load_tls(files);
  if (!ours) return std::unexpected(ours.error());
  const auto own = read_all(files.own.front().certificate);
  if (!own) return std::unexpected(own.error());
  const auto producers = read_all(files.producers);
  if (!producers) return std::unexpected(producers.error());
  // Of Cordon's listener just this certificate is believed: whoever issued it is not our business.
  const auto before = make_callers({own->front()}, visit);
  if (!before) return std::unexpected(before.error());
  const auto behind = make_callers(*producers, visit);
  if (!behind) return std::unexpected(behind.error());
  for (const auto& nf : visit.inventory.nfs()) {
    if (nf.listen) check_listener(nf, before->nobody, before->stranger, findings);
    if (nf.upstream) check_producer(nf, ours->client, behind->stranger, behind->nobody, findings);
  }
  return {};
}

}  // namespace

void check_network(const Visit& visit, Findings& findings) {
  check_socket("engine", visit.settings.engine_socket(), findings);
  check_socket("log writer", visit.settings.evidence_socket(), findings);
  if (visit.settings.lab_cleartext) {
    return findings.push_back({"bypass", "every NF", Health::warning, "cleartext laboratory mode protects nothing",
                               "give Cordon and the NFs certificates (section tls)"});
  }
  if (const auto done = visit_all(visit, findings); !done) {
    findings.push_back({"tls", "section tls", Health::failed, done.error().message, "mend the file it names"});
  }
  if (!visit.stranger) {
    findings.push_back({"bypass", "every NF", Health::warning, "not tried with an operator's certificate",
                        "give one that is valid: --certificate FILE --key FILE"});
  }
}

}  // namespace cordon::app
