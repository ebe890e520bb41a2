#include "lab/lab_core.h"

#include <gtest/gtest.h>

#include <map>

#include "cordon/base/ids.h"
#include "cordon/base/text.h"
#include "lab/procedures.h"
#include "lab/recording.h"
#include "lab/replay.h"
#include "lab/test_lab.h"

namespace cordon::lab {
namespace {

std::vector<Exchange> recorded() {
  auto recording = load_recording(CORDON_SOURCE_DIR "/lab/recordings/registration.jsonl");
  EXPECT_TRUE(recording) << recording.error().message;
  return recording ? *recording : std::vector<Exchange>{};
}

// "UDM DELETE /nudm-sdm/v2/imsi-1/sdm-subscriptions/*": without the query, and without identifiers of subscriptions.
std::string shape_of(NfType target, const wire::Request& request) {
  auto path = request.path.substr(0, request.path.find('?'));
  const auto last = path.rfind('/');
  const bool subscription = path.contains("/sdm-subscriptions/") && Uuid::parse(path.substr(last + 1)).has_value();
  if (subscription) path.replace(last + 1, std::string::npos, "*");
  return std::format("{} {} {}", name_of(target), request.method, path);
}

using Shapes = std::map<std::string, int>;

Shapes shapes_of(const std::vector<std::pair<NfType, wire::Request>>& arrived) {
  Shapes shapes;
  for (const auto& [target, request] : arrived) ++shapes[shape_of(target, request)];
  return shapes;
}

Shapes shapes_recorded(std::size_t from, std::size_t to) {
  Shapes shapes;
  for (const auto& each : recorded()) {
    if (each.index >= from && each.index <= to) ++shapes[shape_of(each.target, each.request)];
  }
  return shapes;
}

TEST_F(LabTest, OverTlsTheNaiveCoreAnswersAllRecordedExchangesAsTheRealOneDid) {
  const auto core = start_bare(false);
  auto road = NetworkRoad::make(loop, pki, core->endpoints(), {pki.operator_ca.certificate});
  ASSERT_TRUE(road) << road.error().message;
  const auto report = replay(
      recorded(), **road, {.stop_nrf = [&] { core->stop(NfType::nrf); }, .refused_is_502 = true, .on_exchange = {}});
  EXPECT_TRUE(report.equivalent()) << report.text();
  EXPECT_EQ(report.total, 448U);
  EXPECT_EQ(report.refused, 5U);
  EXPECT_EQ(core->requests(), 443U);
}

TEST_F(LabTest, ARefusedConnectionIsADifferenceWhereAnEnforcementPointMustAnswer502) {
  const auto core = start_bare(false);
  auto road = NetworkRoad::make(loop, pki, core->endpoints(), {pki.operator_ca.certificate});
  ASSERT_TRUE(road);
  const auto report = replay(
      recorded(), **road, {.stop_nrf = [&] { core->stop(NfType::nrf); }, .refused_is_502 = false, .on_exchange = {}});
  EXPECT_EQ(report.equal, 443U);
  EXPECT_EQ(report.differences.size(), 5U);
}

TEST_F(LabTest, ALivingCoreMakesTheRequestsTheRecordedOneMade) {
  const auto core = start_bare(true);
  Procedures procedures(loop, *core);
  const auto started = procedures.wait([&](auto done) { procedures.start_all(done); });
  ASSERT_TRUE(started) << started.error().message;
  const auto start_up = shapes_recorded(0, 92);
  while (arrived.size() < 93) ASSERT_TRUE(loop.run_once(std::chrono::milliseconds{1000}));  // the last notifications
  EXPECT_EQ(shapes_of(arrived), start_up);
  arrived.clear();

  const auto registered = procedures.wait([&](auto done) { procedures.register_ue(done); });
  ASSERT_TRUE(registered) << registered.error().message;
  EXPECT_EQ(shapes_of(arrived), shapes_recorded(93, 131));
  EXPECT_TRUE(core->functions().core().smf.contexts.empty());
  EXPECT_TRUE(core->functions().core().bsf.bindings.empty());
  EXPECT_TRUE(core->functions().core().ausf.contexts.empty());
}

TEST_F(LabTest, HeartbeatsRegisterAnNfThatSomebodyDeleted) {
  const auto core = start_bare(true);
  Procedures procedures(loop, *core);
  ASSERT_TRUE(procedures.wait([&](auto done) { procedures.start_all(done); }));
  ASSERT_TRUE(procedures.wait([&](auto done) { procedures.stop_nf(NfType::udm, done); }));
  EXPECT_EQ(core->functions().core().nrf.profiles.size(), 8U);
  procedures.heartbeat_every(std::chrono::milliseconds{1});
  while (core->functions().core().nrf.profiles.size() < 9)
    ASSERT_TRUE(loop.run_once(std::chrono::milliseconds{1000}));
}

TEST_F(LabTest, AProcedureNamesTheStepThatWasAnsweredOtherwise) {
  const auto core = start_bare(true);
  core->functions().core().udr.subscribers.clear();
  Procedures procedures(loop, *core);
  const auto registered = procedures.wait([&](auto done) { procedures.register_ue(done); });
  ASSERT_FALSE(registered);
  EXPECT_TRUE(registered.error().message.contains("AMF: POST /nausf-auth/v1/ue-authentications: answered 404"))
      << registered.error().message;
}

TEST_F(LabTest, AStoppedNfRefusesAndARestartedOneRemembers) {
  const auto core = start_bare(false);
  auto client = SbiClient::make(loop, pki.of(NfType::ausf), {pki.operator_ca.certificate});
  ASSERT_TRUE(client);
  const auto at = core->endpoints().at(NfType::nrf);
  const auto list = make_request(NfType::nrf, "GET", "/nnrf-nfm/v1/nf-instances");
  const auto put =
      make_request(NfType::nrf, "PUT", std::format("/nnrf-nfm/v1/nf-instances/{}", facts_of(NfType::udm).instance_id),
                   profile_of(NfType::udm, {}));
  EXPECT_EQ((*client)->exchange(at, "127.0.1.10", put)->status, 201);
  core->stop(NfType::nrf);
  const auto refused = (*client)->exchange(at, "127.0.1.10", list);
  ASSERT_FALSE(refused);
  ASSERT_TRUE(core->restart(NfType::nrf));
  const auto again = (*client)->exchange(at, "127.0.1.10", list);
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_TRUE(again->body.contains(facts_of(NfType::udm).instance_id));
  core->reset();
  EXPECT_FALSE((*client)->exchange(at, "127.0.1.10", list)->body.contains(facts_of(NfType::udm).instance_id));
}

TEST_F(LabTest, AProtectedCoreBelievesOnlyTheEnforcementPoint) {
  auto settings = protected_core(pki);
  settings.listen = any_ports(0);
  const auto core = LabCore::start(loop, pki, settings);
  ASSERT_TRUE(core) << core.error().message;
  const auto udr = (*core)->endpoints().at(NfType::udr);
  const auto steal = make_request(
      NfType::udr, "GET",
      std::format("/nudr-dr/v1/subscription-data/{}/authentication-data/authentication-subscription", kTestSupi));
  auto udm = SbiClient::make(loop, pki.of(NfType::udm), {pki.operator_ca.certificate});
  auto nobody = SbiClient::make(loop, Identity{}, {pki.operator_ca.certificate});
  auto proxy = SbiClient::make(loop, pki.proxy, {pki.operator_ca.certificate});
  ASSERT_TRUE(udm && nobody && proxy);
  EXPECT_FALSE((*udm)->exchange(udr, "127.0.1.20", steal));
  EXPECT_FALSE((*nobody)->exchange(udr, "127.0.1.20", steal));
  EXPECT_EQ((*core)->requests(), 0U);
  const auto through = (*proxy)->exchange(udr, "127.0.1.20", steal);
  ASSERT_TRUE(through) << through.error().message;
  EXPECT_TRUE(through->body.contains("encPermanentKey"));
}

// What Cordon is for: on the bare core the certificate of any NF opens everything.
TEST_F(LabTest, ABareCoreGivesTheSubscribersKeyToAnyNf) {
  const auto core = start_bare(false);
  auto rogue = pki.issue_nf({.instance_id = "b01dface-0000-4000-8000-000000000000",
                             .dns_names = {"rogue.example"},
                             .ip_addresses = {},
                             .nf_types = {"AF"}});
  ASSERT_TRUE(rogue);
  auto client = SbiClient::make(loop, *rogue, {pki.operator_ca.certificate});
  ASSERT_TRUE(client);
  const auto stolen = (*client)->exchange(
      core->endpoints().at(NfType::udr), "127.0.1.20",
      make_request(NfType::udr, "GET",
                   std::format("/nudr-dr/v1/subscription-data/{}/authentication-data/authentication-subscription",
                               kTestSupi)));
  ASSERT_TRUE(stolen) << stolen.error().message;
  EXPECT_TRUE(stolen->body.contains("465b5ce8b199b49faa5f0a2ee238a6bc"));
}

TEST_F(LabTest, AnAddressThatIsTakenStopsTheStart) {
  const auto core = start_bare(false);
  auto settings = bare_core(pki);
  settings.listen = {{NfType::udm, core->endpoints().at(NfType::udm)}};
  const auto second = LabCore::start(loop, pki, settings);
  ASSERT_FALSE(second);
  EXPECT_TRUE(second.error().message.starts_with("UDM: ")) << second.error().message;
}

TEST_F(LabTest, CertificatesAreMadeOnceAndReadAgain) {
  const auto again = LabPki::open(folder());
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->of(NfType::amf).chain.front().thumbprint(), pki.of(NfType::amf).chain.front().thumbprint());
  const auto& udm = pki.of(NfType::udm).chain.front();
  EXPECT_EQ(udm.uris(), std::vector<std::string>{"urn:uuid:f999ee0e-e555-41f1-aeaf-196e09b4add1"});
  EXPECT_EQ(udm.nf_types(), std::vector<std::string>{"UDM"});
  EXPECT_EQ(udm.dns_names(), std::vector<std::string>{"udm.5gc.mnc070.mcc999.3gppnetwork.org"});
  const auto mode = std::filesystem::status(folder() / "udm.key").permissions();
  EXPECT_EQ(mode, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(LabTest, ABrokenFolderOfCertificatesNamesTheFileAndTheRemedy) {
  std::filesystem::remove(folder() / "smf.key");
  const auto broken = LabPki::open(folder());
  ASSERT_FALSE(broken);
  EXPECT_TRUE(broken.error().message.contains("smf")) << broken.error().message;
  EXPECT_TRUE(broken.error().message.contains("delete the folder")) << broken.error().message;
}

}  // namespace
}  // namespace cordon::lab
