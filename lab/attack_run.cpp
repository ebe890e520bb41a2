#include "lab/attack_run.h"

#include <charconv>

#include "cordon/base/ids.h"
#include "cordon/wire/json.h"
#include "lab/core.h"

namespace cordon::lab {

namespace {

// "@BSF" in an attack stands for that NF's instance.
std::string with_instances(std::string_view text) {
  std::string out(text);
  for (const auto type : kNfTypes) {
    const auto mark = "@" + std::string(name_of(type));
    for (auto at = out.find(mark); at != out.npos; at = out.find(mark))
      out.replace(at, mark.size(), facts_of(type).instance_id);
  }
  return out;
}

wire::Request request_for(const Attack& attack, NfType target) {
  wire::Request request{.method = std::string(attack.method),
                        .scheme = "https",
                        .authority = authority_of(target),
                        .path = with_instances(attack.path),
                        .headers = {},
                        .body = with_instances(attack.body)};
  request.headers = {{"user-agent", std::string(attack.caller)},
                     {"accept", "application/json,application/problem+json"}};
  if (!attack.content_type.empty()) request.headers.push_back({"content-type", std::string(attack.content_type)});
  return request;
}

// "... (rule own-profile-only, evidence record 17)" and "urn:cordon:record:17".
void read_refusal(AttackOutcome& outcome, const wire::Response& response) {
  const auto problem = wire::parse_json(response.body);
  if (!problem || !problem->find("instance") || !problem->find("detail")) return;
  constexpr std::string_view kUrn = "urn:cordon:record:";
  constexpr std::string_view kRule = "(rule ";
  const auto instance = problem->find("instance")->text();
  std::uint64_t number = 0;
  if (!instance.starts_with(kUrn)) return;
  const auto digits = instance.substr(kUrn.size());
  if (std::from_chars(digits.data(), digits.data() + digits.size(), number).ec != std::errc{}) return;
  outcome.record = number;
  const auto detail = problem->find("detail")->text();
  const auto at = detail.rfind(kRule);
  if (at == detail.npos) return;
  const auto rest = detail.substr(at + kRule.size());
  outcome.rule = rest.substr(0, rest.find(','));
}

}  // namespace

Result<std::unique_ptr<AttackRun>> AttackRun::make(Loop& loop, const LabPki& pki, Endpoints bare, Endpoints behind) {
  auto run = std::make_unique<AttackRun>(loop, pki);
  run->bare_.endpoints = std::move(bare);
  run->bare_.anchors = {pki.operator_ca.certificate};
  run->behind_.endpoints = std::move(behind);
  run->behind_.anchors = {pki.pep_ca.certificate};
  auto rogue = pki.issue_nf(
      {.instance_id = Uuid::random().text(), .dns_names = {"rogue.example"}, .ip_addresses = {}, .nf_types = {}});
  if (!rogue) return std::unexpected(rogue.error());
  run->rogue_ = std::move(*rogue);
  return run;
}

Result<Identity> AttackRun::identity_of(std::string_view caller) {
  if (caller == "ROGUE") return *rogue_;
  const auto type = nf_type(caller);
  if (!type) return fail(ErrorKind::internal, std::format("the lab has no NF '{}'", caller));
  return pki_.of(*type);
}

Result<SbiClient*> AttackRun::client(Side& side, std::string_view caller) {
  auto& slot = side.clients[std::string(caller)];
  if (!slot) {
    const auto identity = identity_of(caller);
    if (!identity) return std::unexpected(identity.error());
    auto made = SbiClient::make(loop_, *identity, side.anchors);
    if (!made) return std::unexpected(made.error());
    slot = std::move(*made);
  }
  return slot.get();
}

Result<wire::Response> AttackRun::send(Side& side, std::string_view caller, NfType target, wire::Request request) {
  const auto from = client(side, caller);
  if (!from) return std::unexpected(from.error());
  const auto& to = side.endpoints.at(target);
  return (*from)->exchange(to, dns_name_of(target), std::move(request));
}

Result<void> AttackRun::prepare() {
  for (auto* side : {&bare_, &behind_}) {
    if (auto registered = register_all(*side); !registered) return registered;
    if (auto opened = open_session(*side); !opened) return opened;
  }
  return {};
}

Result<void> AttackRun::register_all(Side& side) {
  for (const auto type : kNfTypes) {
    if (type == NfType::nrf) continue;
    wire::Request put{.method = "PUT",
                      .scheme = "https",
                      .authority = authority_of(NfType::nrf),
                      .path = "/nnrf-nfm/v1/nf-instances/" + std::string(facts_of(type).instance_id),
                      .headers = {{"content-type", "application/json"}},
                      .body = profile_of(type, {}).dump()};
    const auto answer = send(side, name_of(type), NfType::nrf, std::move(put));
    if (!answer) return std::unexpected(within(std::format("registering {}", name_of(type)), answer.error()));
    if (answer->status / 100 != 2)
      return fail(ErrorKind::permission,
                  std::format("registering {}: {}: {}", name_of(type), answer->status, answer->body));
  }
  return {};
}

// A session of the test subscriber, for an attacker to take away.
Result<void> AttackRun::open_session(Side& side) {
  wire::Request post{.method = "POST",
                     .scheme = "https",
                     .authority = authority_of(NfType::smf),
                     .path = "/nsmf-pdusession/v1/sm-contexts",
                     .headers = {{"content-type", "application/json"}},
                     .body = ""};
  post.body =
      std::format(R"({{"supi":"{0}","pduSessionId":5,"dnn":"internet","sNssai":{{"sst":1}},"servingNfId":"{1}",)"
                  R"("servingNetwork":{{"mcc":"999","mnc":"70"}},"anType":"3GPP_ACCESS",)"
                  R"("smContextStatusUri":"http://{2}/namf-callback/v1/{0}/sm-context-status/5"}})",
                  kTestSupi, facts_of(NfType::amf).instance_id, authority_of(NfType::amf));
  const auto answer = send(side, "AMF", NfType::smf, std::move(post));
  if (!answer) return std::unexpected(within("opening a session", answer.error()));
  if (answer->status / 100 != 2)
    return fail(ErrorKind::permission, std::format("opening a session: {}: {}", answer->status, answer->body));
  return {};
}

AttackOutcome AttackRun::play(const Attack& attack) {
  AttackOutcome outcome;
  outcome.attack = &attack;
  const auto target = nf_type(attack.target);
  if (!target) return outcome;
  if (const auto bare = send(bare_, attack.caller, *target, request_for(attack, *target)))
    outcome.bare = bare->status;
  const auto behind = send(behind_, attack.caller, *target, request_for(attack, *target));
  if (!behind) {
    outcome.error = behind.error().message;
    return outcome;
  }
  outcome.behind = behind->status;
  read_refusal(outcome, *behind);
  return outcome;
}

Result<void> AttackRun::check_bypass(const Endpoints& protected_core) {
  Side direct{protected_core, {pki_.operator_ca.certificate}, {}};
  wire::Request get{.method = "GET",
                    .scheme = "https",
                    .authority = authority_of(NfType::nrf),
                    .path = "/nnrf-nfm/v1/nf-instances",
                    .headers = {},
                    .body = ""};
  const auto answer = send(direct, "UDM", NfType::nrf, std::move(get));
  if (!answer) return {};
  return fail(ErrorKind::permission, std::format("the protected core answered {} to a direct call", answer->status));
}

}  // namespace cordon::lab
