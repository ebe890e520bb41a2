// The recording through nghttpx, with mutual TLS on both sides, to the naive core that stands behind Cordon in
// `cordon lab replay`: what a proxy without any checks makes of it is what Cordon makes of it.
#include <gtest/gtest.h>

#include "cordon/base/process.h"
#include "cordon/base/socket.h"
#include "lab/replay.h"
#include "lab/test_lab.h"

namespace cordon::lab {
namespace {

constexpr const char* kNghttpx = "/usr/sbin/nghttpx";

class Nghttpx : public LabTest {
 protected:
  // One for each NF, on a port that was free a moment ago.
  Endpoint before(NfType type, const Endpoint& nf) {
    auto at = endpoints_in(1).at(type);
    at.port = 0;
    at.port = local_endpoint(listen_tcp(at).value().get()).value().port;
    const auto keys = folder().string();
    auto spawned = Process::spawn(
        {.arguments = {kNghttpx, "--conf=/dev/null", "--workers=1", "--single-process", "--errorlog-file=/dev/null",
                       "--accesslog-file=/dev/null", "--no-location-rewrite",
                       std::format("--frontend={},{}", at.address, at.port),
                       std::format("--backend={},{};/;proto=h2;tls;sni={}", nf.address, nf.port, dns_name_of(type)),
                       "--cacert=" + keys + "/operator-ca.pem", "--verify-client",
                       "--verify-client-cacert=" + keys + "/operator-ca.pem",
                       "--client-cert-file=" + keys + "/amf.pem", "--client-private-key-file=" + keys + "/amf.key",
                       keys + "/proxy.key", keys + "/proxy.pem"}});
    EXPECT_TRUE(spawned) << spawned.error().message;
    if (spawned) processes_.push_back(std::move(*spawned));
    for (int tries = 0; tries < 500 && !listens(at); ++tries) loop.run_once(std::chrono::milliseconds(20));
    return at;
  }

 private:
  static bool listens(const Endpoint& at) { return !listen_tcp(at); }
  std::vector<Process> processes_;
};

TEST_F(Nghttpx, AnswersTheRecordingAsCordonDoes) {
  const auto core = start_bare(false);
  Endpoints front;
  for (const auto& [type, endpoint] : core->endpoints()) front[type] = before(type, endpoint);
  auto road = NetworkRoad::make(loop, pki, front, {pki.pep_ca.certificate});
  ASSERT_TRUE(road) << road.error().message;
  const auto recording = load_recording(CORDON_SOURCE_DIR "/lab/recordings/registration.jsonl");
  ASSERT_TRUE(recording);
  const auto report = replay(
      *recording, **road, {.stop_nrf = [&] { core->stop(NfType::nrf); }, .refused_is_502 = false, .on_exchange = {}});
  EXPECT_EQ(report.total, 448U);
  EXPECT_EQ(report.equal, 448U) << report.text();
}

}  // namespace
}  // namespace cordon::lab
