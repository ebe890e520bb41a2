// Who may have how much of the enforcement point, decided before anything costly is done. Pure: no sockets, no clock
// of its own. Bounded: an account for each NF of the inventory, a count for each address with open connections.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "cordon/base/clock.h"
#include "cordon/base/ids.h"
#include "cordon/base/metrics.h"
#include "cordon/enforcement/limits.h"
#include "cordon/enforcement/overload.h"
#include "cordon/wire/message.h"
#include "cordon/wire/problem.h"

namespace cordon::enforcement {

class Admission {
 public:
  Admission(Limits limits, Metrics& metrics);

  // A connection: counted when it is accepted, known when it has shown who it is, gone in any state.
  struct Visit {
    std::string address;
    std::uint32_t account = kNobody;
    bool counted = false;  // the address has been charged
  };
  bool accept(Visit& visit, std::string_view address);    // false: refuse it before any handshake
  bool introduce(Visit& visit, std::string_view caller);  // "" is a stranger; false: it has too many connections
  void depart(Visit& visit);

  // TS 29.500 6.8: 0 is best, 31 worst. The header is rewritten when it asserts more than the caller may.
  int priority_of(std::string_view caller_type, wire::Request& request) const;

  // A request: taken here, until it is left.
  struct Ticket {
    std::uint32_t account = kNobody;
    std::uint32_t producer = kNobody;
    bool priority = false;
    bool taken = false;
  };
  // producer: "" when there is none. A problem refuses it.
  std::optional<wire::Problem> take(Ticket& ticket, const Visit& visit, std::string_view producer, int priority,
                                    SteadyTime now);
  void leave(Ticket& ticket);

  void heed(const Ticket& ticket, const wire::Headers& answer, const NfInstanceId& producer, SteadyTime now);

  // Connections and requests refused here since last asked: they leave no record of their own.
  std::uint64_t take_shed_count() { return std::exchange(shed_, 0); }
  std::uint64_t shed_count() const { return shed_; }
  std::uint32_t in_flight() const { return in_flight_; }
  const Limits& limits() const { return limits_; }
  void use(Limits limits) { limits_ = std::move(limits); }  // for what is asked for from now on
  Rates& rates() { return rates_; }

  static constexpr int kOrdinary = 16;  // and worse: the ordinary class

 private:
  static constexpr std::uint32_t kNobody = UINT32_MAX;
  enum class Reason : std::uint8_t {
    address,
    peer_connections,
    overload,
    peer_requests,
    rate,
    producer_requests,
    producer_overload
  };
  struct Account {
    std::uint32_t connections = 0;
    std::uint32_t in_flight = 0;
    Bucket bucket;
  };
  struct Producer {
    std::uint32_t in_flight = 0;
    ProducerLoad load;
  };

  std::uint32_t number_of(std::unordered_map<std::string, std::uint32_t>& numbers, std::string_view name,
                          std::size_t next);
  bool turn_away(Reason reason);
  wire::Problem shed(Reason reason, SteadyTime now, const Producer* producer);
  std::uint32_t room(std::uint32_t most, bool priority) const;
  std::optional<Reason> too_much(Account& account, Producer* producer, bool priority, SteadyTime now) const;

  Limits limits_;
  std::deque<Account> accounts_;    // by number; 0 is shared by all strangers
  std::deque<Producer> producers_;  // by number
  std::unordered_map<std::string, std::uint32_t> account_numbers_, producer_numbers_;
  std::unordered_map<std::string, std::uint32_t> addresses_;  // with open connections
  std::string name_;                                          // reused
  Rates rates_;
  std::uint32_t in_flight_ = 0;
  std::uint64_t shed_ = 0;
  std::array<Counter*, 7> counters_{};  // by Reason
  Gauge& in_flight_gauge_;
};

}  // namespace cordon::enforcement
