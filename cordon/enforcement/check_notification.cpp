#include "cordon/enforcement/check_notification.h"

#include "cordon/enforcement/check_state.h"
#include "cordon/enforcement/learn.h"

namespace cordon::enforcement {

namespace {

enum class Asked : std::uint8_t { nobody, another, yes };

Asked asked_for(const Case& c, const Ledger& ledger, std::string_view path) {
  const auto& consumer = *c.producer;  // the NF that is called back
  if (ledger.find(callback_of(ledger, consumer, path, c.sender.nf), c.now)) return Asked::yes;
  if (ledger.find(callback_of(ledger, consumer, path, nullptr), c.now)) return Asked::yes;
  const auto* called = ledger.find(ledger.mark({"called", owner_name(consumer), path}), c.now);
  return called ? Asked::another : Asked::nobody;
}

}  // namespace

std::optional<Verdict> check_notification(Case& c, Ledger* ledger) {
  if (ledger == nullptr || !c.classified->operation->callback) return std::nullopt;
  const auto path = std::string_view(c.request.path).substr(0, c.request.path.find('?'));
  auto asked = asked_for(c, *ledger, path);
  // TS 29.512 5.5.2, TS 29.514 5.5: some notifications go to one segment below the URI: {notificationUri}/update.
  if (asked != Asked::yes) asked = std::max(asked, asked_for(c, *ledger, path.substr(0, path.rfind('/'))));
  if (asked == Asked::yes) return std::nullopt;
  auto how = ledger->rules.notifications;
  if (how == Strictness::block && (ledger->learning(c.now) || !ledger->complete())) how = Strictness::observe;
  const bool another = asked == Asked::another;
  return contradict(c, *ledger, how, another ? "notification-wrong-producer" : "notification-not-subscribed",
                    {403, "Not subscribed", "",
                     another ? std::format("{} subscribed here at another NF than {}", c.producer->name, c.caller())
                             : std::format("{} has not asked {} to be notified here", c.producer->name, c.caller()),
                     ""});
}

}  // namespace cordon::enforcement
