#include "cordon/enforcement/admission.h"

#include <algorithm>
#include <charconv>
#include <format>

namespace cordon::enforcement {

namespace {

constexpr std::string_view kPriorityHeader = "3gpp-sbi-message-priority";
constexpr std::uint32_t kStrangers = 0;

// TS 29.500 5.2.3.2.2: 0 to 31, without leading zeros. Anything else says nothing.
std::optional<int> priority_in(std::string_view text) {
  int out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  const bool sound = error == std::errc{} && end == text.data() + text.size() && out >= 0 && out <= 31;
  if (!sound || (text.size() > 1 && text[0] == '0')) return std::nullopt;
  return out;
}

// "nnrf-nfm" of "/nnrf-nfm/v1/..."; whether the path is good is found out later.
std::string_view service_in(std::string_view path) {
  if (!path.empty()) path.remove_prefix(1);
  return path.substr(0, path.find_first_of("/?"));
}

}  // namespace

Admission::Admission(Limits limits, Metrics& metrics)
    : limits_(std::move(limits)),
      accounts_(1),
      in_flight_gauge_(metrics.gauge("cordon_requests_in_flight", "Requests taken and not yet answered")) {
  static constexpr std::array<std::string_view, 7> kNames = {
      "connections_per_address", "connections_per_peer",   "in_flight",        "in_flight_per_peer",
      "rate_per_peer",           "in_flight_per_producer", "producer_overload"};
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    counters_[i] = &metrics.counter("cordon_shed_total", "Connections and requests refused before they were judged",
                                    std::format("limit=\"{}\"", kNames[i]));
  }
}

std::uint32_t Admission::number_of(std::unordered_map<std::string, std::uint32_t>& numbers, std::string_view name,
                                   std::size_t next) {
  name_.assign(name);
  return numbers.try_emplace(name_, static_cast<std::uint32_t>(next)).first->second;
}

bool Admission::turn_away(Reason reason) {
  counters_[static_cast<std::size_t>(reason)]->add();
  ++shed_;
  return false;
}

// === connections =================================================================================================

bool Admission::accept(Visit& visit, std::string_view address) {
  name_.assign(address);
  auto& count = addresses_[name_];
  if (count >= limits_.connections_per_address) return turn_away(Reason::address);
  ++count;
  visit.address = name_;
  visit.counted = true;
  return true;
}

bool Admission::introduce(Visit& visit, std::string_view caller) {
  if (visit.account != kNobody) return true;
  visit.account = kStrangers;
  if (!caller.empty()) {
    visit.account = number_of(account_numbers_, caller, accounts_.size());
    if (visit.account == accounts_.size()) accounts_.emplace_back();
  }
  auto& account = accounts_[visit.account];
  return ++account.connections <= limits_.connections_per_peer || turn_away(Reason::peer_connections);
}

void Admission::depart(Visit& visit) {
  if (visit.counted) {
    const auto found = addresses_.find(visit.address);
    if (--found->second == 0) addresses_.erase(found);
  }
  if (visit.account != kNobody) --accounts_[visit.account].connections;
  visit = {};
}

// === requests ====================================================================================================

int Admission::priority_of(std::string_view caller_type, wire::Request& request) const {
  const auto service = service_in(request.path);
  int best = kOrdinary;
  int given = 31;  // without asserting anything
  for (const auto& each : limits_.priority) {
    if (each.service != service || caller_type.empty()) continue;
    if (!each.caller.empty() && each.caller != caller_type) continue;
    best = std::min(best, each.priority);
    if (each.always) given = std::min(given, each.priority);
  }
  const auto header = std::ranges::find(request.headers, kPriorityHeader, &wire::Header::name);
  if (header == request.headers.end()) return std::min(given, kOrdinary);
  const auto asserted = priority_in(header->value);
  // TS 29.500 6.8.4: whoever forwards a request may change what it asserts. Nobody behind us is deceived either.
  const int granted = std::max(asserted.value_or(kOrdinary), best);
  if (granted != asserted) header->value = std::to_string(granted);
  const auto again = [](const wire::Header& each) { return each.name == kPriorityHeader; };
  request.headers.erase(std::remove_if(header + 1, request.headers.end(), again), request.headers.end());
  return std::min(granted, given);
}

std::uint32_t Admission::room(std::uint32_t most, bool priority) const {
  return priority ? most : most - static_cast<std::uint32_t>(std::uint64_t{most} * limits_.reserved_percent / 100);
}

std::optional<Admission::Reason> Admission::too_much(Account& account, Producer* producer, bool priority,
                                                     SteadyTime now) const {
  // The peer's own limits first: what it may not have must not cost the others anything.
  if (account.in_flight >= limits_.in_flight_per_peer) return Reason::peer_requests;
  if (in_flight_ >= room(limits_.in_flight, priority)) return Reason::overload;
  if (producer != nullptr) {
    if (producer->in_flight >= room(limits_.in_flight_per_producer, priority)) return Reason::producer_requests;
    if (!priority && producer->load.holds_back(now)) return Reason::producer_overload;
  }
  if (limits_.rate_per_peer && !account.bucket.take(*limits_.rate_per_peer, now.time_since_epoch())) {
    return Reason::rate;
  }
  return std::nullopt;
}

std::optional<wire::Problem> Admission::take(Ticket& ticket, const Visit& visit, std::string_view producer,
                                             int priority, SteadyTime now) {
  ticket.account = visit.account == kNobody ? kStrangers : visit.account;
  ticket.priority = priority < kOrdinary;
  if (!producer.empty()) {
    ticket.producer = number_of(producer_numbers_, producer, producers_.size());
    if (ticket.producer == producers_.size()) producers_.emplace_back();
  }
  auto& account = accounts_[ticket.account];
  auto* asked = ticket.producer == kNobody ? nullptr : &producers_[ticket.producer];
  if (const auto reason = too_much(account, asked, ticket.priority, now)) return shed(*reason, now, asked);
  ticket.taken = true;
  ++account.in_flight;
  if (asked != nullptr) ++asked->in_flight;
  in_flight_gauge_.set(++in_flight_);
  return std::nullopt;
}

void Admission::leave(Ticket& ticket) {
  if (!std::exchange(ticket.taken, false)) return;
  --accounts_[ticket.account].in_flight;
  if (ticket.producer != kNobody) --producers_[ticket.producer].in_flight;
  in_flight_gauge_.set(--in_flight_);
}

void Admission::heed(const Ticket& ticket, const wire::Headers& answer, const NfInstanceId& producer,
                     SteadyTime now) {
  const auto reports = [](const wire::Header& each) {
    return each.name == "3gpp-sbi-oci" || each.name == "3gpp-sbi-lci";
  };
  if (ticket.producer == kNobody || std::ranges::none_of(answer, reports)) return;
  producers_[ticket.producer].load.heed(answer, producer.text(), now);
}

// TS 29.500 table 5.2.7.2-1: 429 where the caller asks too much, 503 where Cordon or the producer has too much to do.
wire::Problem Admission::shed(Reason reason, SteadyTime now, const Producer* producer) {
  turn_away(reason);
  const bool callers_fault = reason == Reason::peer_requests || reason == Reason::rate;
  wire::Problem problem{callers_fault ? 429 : 503, callers_fault ? "Too Many Requests" : "Overloaded",
                        callers_fault ? "NF_CONGESTION_RISK" : "NF_CONGESTION", "", ""};
  problem.retry_after = 1;
  switch (reason) {
    case Reason::peer_requests:
      problem.detail = "this NF waits for as many answers already as it may";
      break;
    case Reason::rate:
      problem.detail = "this NF asks more often than it may";
      break;
    case Reason::producer_requests:
      problem.detail = "the producer has as many requests open as it may have";
      break;
    case Reason::producer_overload:
      problem.detail = "the producer has asked for fewer requests (TS 29.500 6.4)";
      problem.retry_after = std::max(1, static_cast<int>(producer->load.left(now).count()));
      break;
    default:
      problem.detail = "the enforcement point has as many requests open as it may have";
  }
  return problem;
}

}  // namespace cordon::enforcement
