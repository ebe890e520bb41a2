#include "cordon/neighbours/adviser.h"

#include <format>

namespace cordon::neighbours {

namespace {

using enforcement::Sender;
using enforcement::Verdict;

constexpr auto* kTotal = "cordon_advice_total";
constexpr auto* kWhat = "Questions of neighbours by outcome";

void refuse(Verdict& verdict, std::string rule, wire::Problem problem) {
  verdict.permit = false;
  verdict.authorization.reset();
  verdict.record.decision = "refuse";
  verdict.record.rule = std::move(rule);
  verdict.record.reason = problem.detail;
  verdict.record.status = problem.status;
  verdict.problem = std::move(problem);
}

}  // namespace

Adviser::Adviser(AdviserParts parts, evidence::Client& evidence, Metrics& metrics)
    : parts_(std::move(parts)),
      evidence_(evidence),
      callers_(std::move(parts_.intermediates)),
      permitted_(metrics.counter(kTotal, kWhat, "outcome=\"permitted\"")),
      refused_(metrics.counter(kTotal, kWhat, "outcome=\"refused\"")),
      unrecorded_(metrics.counter(kTotal, kWhat, "outcome=\"unrecorded\"")) {}

void Adviser::apply(std::shared_ptr<const enforcement::Protection> protection) {
  callers_.forget();  // they point into the inventory of the last one
  protection_ = std::move(protection);
  judge_.emplace(protection_, parts_.checks);
  auto unseen = parts_.checks;
  unseen.inspection = nullptr;
  judge_unseen_.emplace(protection_, unseen);
}

void Adviser::advise(Inquiry inquiry, const Advised& done) {
  const auto pseudonyms = evidence_.pseudonyms();
  if (!protection_ || !pseudonyms) {
    return done(
        unrecorded({ErrorKind::unavailable, "Cordon is starting: the engine or the log writer was not reached yet"}));
  }
  auto verdict = std::make_shared<Verdict>(judge(inquiry, *pseudonyms));
  auto record = verdict->record;
  evidence_.append(std::move(record),
                   [this, alive = std::weak_ptr(alive_), done, verdict](const Result<std::uint64_t>& number) {
                     if (alive.expired()) return;
                     done(number ? advice(std::move(*verdict), *number) : unrecorded(number.error()));
                   });
}

Verdict Adviser::judge(Inquiry& inquiry, const evidence::Pseudonyms& pseudonyms) {
  const auto now = system_clock().now();
  auto sender = parts_.believe_principal && inquiry.shows_bodies  // only Envoy's
                    ? by_principal(inquiry.principal, protection_->inventory)
                    : callers_.by_certificate(inquiry.certificate, protection_->inventory, now);
  sender.address = inquiry.address;
  const auto* producer = producer_of(inquiry);
  auto& judge = inquiry.shows_bodies ? judge_ : judge_unseen_;
  auto verdict = judge->judge(sender, producer, inquiry.request, pseudonyms, now);
  verdict.record.proxy = parts_.name;
  if (verdict.permit && inquiry.body_missing) {
    refuse(verdict, "body-not-shown",
           {413, "The body was not shown", "",
            "the neighbour showed Cordon only a part of the body, or nothing: raise max_request_bytes of its "
            "with_request_body",
            ""});
  }
  if (verdict.answer) {
    refuse(verdict, "answered-by-cordon-only",
           {501, "Only cordon-proxy answers this", "", "Cordon answers this itself, which a neighbour cannot pass on",
            ""});
  }
  return verdict;
}

// Named by the neighbour's own configuration, it is that NF whatever the request's authority says: the neighbour has
// no other behind that name.
const identity::ExpectedNf* Adviser::producer_of(Inquiry& inquiry) const {
  const auto& inventory = protection_->inventory;
  if (inquiry.producer.empty()) return enforcement::find_by_authority(inventory, inquiry.request.authority);
  const auto* producer = inventory.find_name(inquiry.producer);
  inquiry.request.authority = inquiry.producer;
  return producer;
}

Advice Adviser::unrecorded(const Error& error) {
  unrecorded_.add();
  const bool full = error.kind == ErrorKind::no_space;
  return {.permit = false,
          .problem = {full ? 500 : 503, "Evidence cannot be recorded", full ? "INSUFFICIENT_RESOURCES" : "",
                      "Cordon records every decision before it takes effect: " + error.message, ""},
          .rule = "not-recorded",
          .record = ""};
}

Advice Adviser::advice(Verdict verdict, std::uint64_t record) {
  (verdict.permit ? permitted_ : refused_).add();
  Advice out{.permit = verdict.permit,
             .problem = std::move(verdict.problem),
             .rule = std::move(verdict.record.rule),
             .record = std::to_string(record),
             .authorization = std::move(verdict.authorization)};
  if (out.permit) return out;
  out.problem.detail += std::format(" (rule {}, evidence record {})", out.rule, record);
  out.problem.instance = std::format("urn:cordon:record:{}", record);
  return out;
}

}  // namespace cordon::neighbours
