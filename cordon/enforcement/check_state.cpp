#include "cordon/enforcement/check_state.h"

#include <algorithm>
#include <array>

#include "cordon/enforcement/learn.h"

namespace cordon::enforcement {

namespace {

// Registering anew is how an AMF or SMF takes over a subscriber (TS 23.502 4.2.2.2.2): the UDM tells the one before.
bool takes_over(const Case& c) {
  return c.classified->operation->service == "nudm-uecm" && c.request.method == "PUT";
}

// The AMF that serves the subscriber now, or is about to, acts on contexts the one before it made.
bool serves_the_subscriber(const Case& c, const Ledger& ledger, const Mark& caller) {
  const auto* about = ledger.find(about_of(c.resource), c.now);
  if (about == nullptr) return false;
  const auto ue = about->owner;
  const auto* serving = ledger.find(ue, c.now);
  return (serving && serving->owner == caller) || ledger.find(ue.with(caller), c.now) != nullptr;
}

// What nobody was seen to begin: THR-048. Only where the procedure has a beginning that passes through here.
bool lacks_beginning(const Case& c) {
  constexpr auto kEndings = std::to_array<std::string_view>(
      {"nudm-uecm:Update3GppRegistration", "nudm-uecm:UpdateNon3GppRegistration", "nudm-uecm:SmfDeregistration",
       "nausf-auth:PutUeAuthentications5gAkaConfirmation", "nausf-auth:EapAuthMethod",
       "nsmf-pdusession:UpdateSmContext", "nsmf-pdusession:ReleaseSmContext", "nsmf-pdusession:RetrieveSmContext"});
  return c.made == nullptr && std::ranges::contains(kEndings, c.classified->operation->action);
}

// RFC 9110 9.2.2: removing what is not there changes nothing, and a real SMF does it: Open5GS deregisters also the
// session that was released before it had registered it.
bool changes_nothing(const Case& c) { return c.request.method == "DELETE"; }

}  // namespace

std::optional<Verdict> contradict(Case& c, Ledger& ledger, Strictness how, const char* rule, wire::Problem problem) {
  if (how == Strictness::off) return std::nullopt;
  if (how == Strictness::block) {
    ledger.refused.add();
    return c.refuse(rule, std::move(problem));
  }
  ledger.observed.add();
  c.verdict.record.details.push_back(c.hide(std::format("observed: {}: {}", rule, problem.detail)));
  return std::nullopt;
}

std::optional<Verdict> check_state(Case& c, Ledger* ledger) {
  if (ledger == nullptr || ledger->rules.state == Strictness::off) return std::nullopt;
  const auto& rules = ledger->rules;
  if (lacks_beginning(c)) {
    const bool sure = !changes_nothing(c) && !ledger->learning(c.now) && ledger->complete();
    const auto how = sure && rules.state == Strictness::block ? rules.unknown : Strictness::observe;
    return contradict(
        c, *ledger, rules.unknown == Strictness::off ? Strictness::off : how, "procedure-not-begun",
        {403, "Out of order", "", std::format("{} ends or changes what was not seen to begin", c.caller()), ""});
  }
  if (c.made == nullptr || takes_over(c)) return std::nullopt;
  const auto caller = owner_of(*ledger, *c.sender.nf);
  if (c.made->owner == caller || serves_the_subscriber(c, *ledger, caller)) return std::nullopt;
  // What others than its maker's type may do is policy's question, unless policy says that only the maker may.
  if (c.made->type != type_of(*ledger, *c.sender.nf) && !only_its_creator(*c.classified->operation))
    return std::nullopt;
  // TS 33.501 13.4.1: a token for the service says nothing of whose context it is.
  return contradict(
      c, *ledger, rules.state, "not-its-owner",
      {403, "Not the owner", "MODIFICATION_NOT_ALLOWED",
       std::format("{} may not {}: another NF made it", c.caller(), c.classified->operation->action), ""});
}

}  // namespace cordon::enforcement
