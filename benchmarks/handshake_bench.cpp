// Mutual TLS 1.3 handshakes a second on one core, as the enforcement point does them: its own side's processor time
// only, the caller's is not counted. Full and resumed, ECDSA and ML-DSA-65, with and without the hybrid group; each
// beside the classical full handshake of the same run, so that the post-quantum premium is seen.
#include <sys/socket.h>
#include <time.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include "benchmarks/report.h"
#include "cordon/crypto/test_authority.h"
#include "cordon/crypto/tls.h"

namespace cordon::bench {
namespace {

using crypto::KeyKind;
using crypto::TlsStream;

constexpr int kRounds = 5;
constexpr int kHandshakes = 300;  // a round

double processor_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

struct Case {
  const char* name;
  KeyKind kind;
  const char* group;
  bool resumed;
};

struct Ends {
  std::shared_ptr<const crypto::TlsContext> client;
  std::shared_ptr<const crypto::TlsContext> server;
};

Ends ends_of(const Case& each) {
  const crypto::TestAuthority authority(system_clock().now(), each.kind);
  const auto settings = [&](const char* instance, const char* name) {
    const auto who = authority.issue_for(crypto::TestAuthority::nf(instance, name), each.kind);
    crypto::TlsSettings made;
    made.chain = {who.certificate};
    made.key = who.key;
    made.anchors = {authority.certificate()};
    made.groups = {each.group};
    made.resumption = each.resumed;
    return made;
  };
  return {crypto::TlsContext::client(settings("f990ed9a-e555-41f1-9dea-7f66d0edecbf", "amf.example")).value(),
          crypto::TlsContext::server(settings("0b3a8dca-d35b-41f1-a13b-c1b0f3d63d4d", "nrf.example")).value()};
}

// The server's processor time for one connection; its ticket reaches the client.
double one_handshake(const Ends& ends, bool resumed) {
  std::array<int, 2> pair{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair.data()) != 0) std::abort();
  const auto client = TlsStream::connect(ends.client, Fd(pair[0]), "nrf.example");
  const auto server = TlsStream::accept(ends.server, Fd(pair[1]));
  double spent = 0;
  for (auto state = StreamState::want_read; state != StreamState::ok;) {
    client->handshake();
    const auto start = processor_seconds();
    state = server->handshake().state;
    spent += processor_seconds() - start;
    if (state == StreamState::failed) std::abort();
  }
  std::array<std::uint8_t, 16> buffer{};
  client->read(buffer);
  if (resumed && !server->facts().resumed) std::abort();  // it would measure something else
  return spent;
}

double measured(const Case& each, const Ends& ends) {
  double spent = 0;
  for (int i = 0; i < kHandshakes; ++i) spent += one_handshake(ends, each.resumed);
  return kHandshakes / spent;
}

int run(bool json) {
  const auto cases =
      std::to_array<Case>({{"ECDSA P-256, X25519, full", KeyKind::ecdsa_p256, "X25519", false},
                           {"ECDSA P-256, X25519MLKEM768, full", KeyKind::ecdsa_p256, "X25519MLKEM768", false},
                           {"ECDSA P-256, X25519MLKEM768, resumed", KeyKind::ecdsa_p256, "X25519MLKEM768", true},
                           {"ML-DSA-65, X25519MLKEM768, full", KeyKind::ml_dsa_65, "X25519MLKEM768", false},
                           {"ML-DSA-65, X25519MLKEM768, resumed", KeyKind::ml_dsa_65, "X25519MLKEM768", true}});
  std::vector<Ends> ends;
  for (const auto& each : cases) {
    ends.push_back(ends_of(each));
    one_handshake(ends.back(), false);  // the first ticket
  }
  std::vector<std::vector<double>> rates(cases.size());
  for (int round = 0; round < kRounds; ++round) {
    for (std::size_t i = 0; i < cases.size(); ++i) rates[i].push_back(measured(cases[i], ends[i]));
  }
  std::vector<Figure> figures;
  const Peer classical{cases[0].name, median(rates[0])};
  for (std::size_t i = 0; i < cases.size(); ++i) {
    figures.push_back({cases[i].name, median(rates[i]), "handshakes/s of one core", "median of 5",
                       i == 0 ? std::nullopt : std::optional(classical)});
  }
  print("handshake", figures, json);
  return 0;
}

}  // namespace
}  // namespace cordon::bench

int main(int argc, char** argv) { return cordon::bench::run(argc > 1 && std::string_view(argv[1]) == "--json"); }
