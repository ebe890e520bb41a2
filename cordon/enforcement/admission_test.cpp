#include "cordon/enforcement/admission.h"

#include <gtest/gtest.h>

namespace cordon::enforcement {
namespace {

using namespace std::chrono_literals;

struct Door {
  explicit Door(const Limits& with = {}) : admission(with, metrics) {}

  Admission::Visit visit(std::string_view caller, std::string_view address = "10.0.0.1") {
    Admission::Visit out;
    EXPECT_TRUE(admission.accept(out, address));
    EXPECT_TRUE(admission.introduce(out, caller));
    return out;
  }
  // The status of the refusal, or 0.
  int ask(const Admission::Visit& visit, int priority = Admission::kOrdinary, std::string_view producer = "udm") {
    Admission::Ticket ticket;
    last = admission.take(ticket, visit, producer, priority, now);
    if (ticket.taken) tickets.push_back(ticket);
    return last ? last->status : 0;
  }
  int taken(const Admission::Visit& visit, int tries, int priority = Admission::kOrdinary) {
    int out = 0;
    for (int i = 0; i < tries; ++i) out += ask(visit, priority) == 0 ? 1 : 0;
    return out;
  }
  bool counted(std::string_view limit) const {
    return metrics.text().contains(std::format("cordon_shed_total{{limit=\"{}\"}} 1\n", limit));
  }

  Metrics metrics;
  Admission admission;
  SteadyTime now{1h};
  std::vector<Admission::Ticket> tickets;
  std::optional<wire::Problem> last;
};

TEST(Admission, LimitsConnectionsOfAnAddress) {
  Door door({.connections_per_address = 2});
  Admission::Visit a, b, c, other;
  EXPECT_TRUE(door.admission.accept(a, "10.0.0.1"));
  EXPECT_TRUE(door.admission.accept(b, "10.0.0.1"));
  EXPECT_FALSE(door.admission.accept(c, "10.0.0.1"));
  EXPECT_TRUE(door.counted("connections_per_address"));
  EXPECT_TRUE(door.admission.accept(other, "10.0.0.2"));
  door.admission.depart(c);  // was never accepted
  door.admission.depart(a);
  EXPECT_TRUE(door.admission.accept(c, "10.0.0.1"));
}

TEST(Admission, LimitsConnectionsOfAPeerWhereverItComesFrom) {
  Door door({.connections_per_peer = 2});
  auto first = door.visit("amf", "10.0.0.1");
  door.visit("amf", "10.0.0.2");
  Admission::Visit third;
  EXPECT_TRUE(door.admission.accept(third, "10.0.0.3"));
  EXPECT_FALSE(door.admission.introduce(third, "amf"));
  EXPECT_TRUE(door.counted("connections_per_peer"));
  door.admission.depart(third);
  door.visit("smf");
  door.admission.depart(first);
  door.visit("amf");
}

TEST(Admission, CountsAllStrangersAsOne) {
  Door door({.connections_per_peer = 1});
  door.visit("", "10.0.0.1");
  Admission::Visit second;
  EXPECT_TRUE(door.admission.accept(second, "10.0.0.2"));
  EXPECT_FALSE(door.admission.introduce(second, ""));
}

// TS 29.500 table 5.2.7.2-1
TEST(Admission, RefusesAPeerThatWaitsForTooMuchAndNobodyElse) {
  Door door({.in_flight_per_peer = 5});
  const auto amf = door.visit("amf");
  EXPECT_EQ(door.taken(amf, 5), 5);
  EXPECT_EQ(door.ask(amf), 429);
  EXPECT_EQ(door.last->cause, "NF_CONGESTION_RISK");
  EXPECT_GT(door.last->retry_after, 0);
  EXPECT_TRUE(door.counted("in_flight_per_peer"));
  EXPECT_EQ(door.ask(door.visit("smf")), 0);
  door.admission.leave(door.tickets[0]);
  door.admission.leave(door.tickets[0]);  // once only
  EXPECT_EQ(door.admission.in_flight(), 5);
  EXPECT_EQ(door.taken(amf, 2), 1);
}

TEST(Admission, KeepsAShareForPriorityWhenItIsFull) {
  Door door({.in_flight = 100, .reserved_percent = 20});
  const auto amf = door.visit("amf");
  EXPECT_EQ(door.taken(amf, 200), 80);
  EXPECT_EQ(door.last->status, 503);
  EXPECT_EQ(door.last->cause, "NF_CONGESTION");
  EXPECT_EQ(door.taken(amf, 200, 3), 20);
  EXPECT_EQ(door.last->status, 503);
}

TEST(Admission, LimitsWhatIsOpenAtOneProducer) {
  Door door({.in_flight_per_producer = 10, .reserved_percent = 50});
  const auto amf = door.visit("amf");
  EXPECT_EQ(door.taken(amf, 20), 5);
  EXPECT_EQ(door.taken(amf, 20, 0), 5);
  EXPECT_EQ(door.ask(amf, Admission::kOrdinary, "nrf"), 0) << "others are not concerned";
}

TEST(Admission, LimitsTheRateOfAPeer) {
  Door door({.rate_per_peer = Rate{1, 2}});
  const auto amf = door.visit("amf");
  EXPECT_EQ(door.taken(amf, 5), 2);
  EXPECT_EQ(door.last->status, 429);
  EXPECT_EQ(door.taken(door.visit("smf"), 5), 2);
  door.now += 1s;
  EXPECT_EQ(door.taken(amf, 5), 1);
  EXPECT_EQ(door.admission.take_shed_count(), 10);
  EXPECT_EQ(door.admission.take_shed_count(), 0);
}

// TS 29.500 6.4
TEST(Admission, SparesAProducerThatAsksForItButNotFromPriority) {
  Door door;
  const auto amf = door.visit("amf");
  ASSERT_EQ(door.ask(amf), 0);
  door.admission.heed(
      door.tickets[0],
      {{"3gpp-sbi-oci", R"(Timestamp: "Tue, 04 Feb 2020 08:49:37 GMT"; Period-of-Validity: 30s; )"
                        "Overload-Reduction-Metric: 40%; NF-Instance: 54804518-4191-46b3-955c-ac631f953ed8"}},
      Uuid::parse("54804518-4191-46b3-955c-ac631f953ed8").value(), door.now);
  EXPECT_EQ(door.taken(amf, 100), 60);
  EXPECT_EQ(door.taken(amf, 100, 0), 100);
  int status = 0;
  while (status == 0) status = door.ask(amf);
  EXPECT_EQ(status, 503);
  EXPECT_EQ(door.last->retry_after, 30);
  EXPECT_EQ(door.ask(amf, Admission::kOrdinary, "nrf"), 0);
  door.now += 31s;
  EXPECT_EQ(door.taken(amf, 100), 100);
}

wire::Request request(std::string path, std::vector<std::string> priorities = {}) {
  wire::Request out{
      .method = "GET", .scheme = "https", .authority = "a", .path = std::move(path), .headers = {}, .body = {}};
  for (auto& each : priorities) out.headers.push_back({"3gpp-sbi-message-priority", std::move(each)});
  return out;
}

// TS 29.500 6.8: asserted priorities are honoured as far as the caller may assert them, and cannot be forged.
TEST(Admission, GrantsThePriorityACallerMayHaveAndRewritesTheRest) {
  Limits limits;
  limits.priority = {{"nlmf-loc", "AMF", 2, false}, {"nnrf-nfm", "", 8, true}};
  const Door door(limits);
  struct Case {
    const char* caller;
    const char* path;
    std::vector<std::string> asserted;
    int priority;
    std::string left;  // what the producer sees
  };
  const std::vector<Case> cases = {
      {"AMF", "/nudm-sdm/v2/x", {}, 16, ""},
      {"AMF", "/nudm-sdm/v2/x", {"0"}, 16, "16"},
      {"AMF", "/nudm-sdm/v2/x", {"20"}, 20, "20"},
      {"AMF", "/nlmf-loc/v1/determine-location", {}, 16, ""},
      {"AMF", "/nlmf-loc/v1/determine-location", {"0"}, 2, "2"},
      {"AMF", "/nlmf-loc/v1/determine-location", {"5"}, 5, "5"},
      {"SMF", "/nlmf-loc/v1/determine-location", {"5"}, 16, "16"},
      {"", "/nlmf-loc/v1/determine-location", {"5"}, 16, "16"},
      {"SMF", "/nnrf-nfm/v1/nf-instances?x=/nlmf-loc", {}, 8, ""},
      {"SMF", "/nnrf-nfm/v1/nf-instances", {"31"}, 8, "31"},
      {"", "/nnrf-nfm/v1/nf-instances", {}, 16, ""},
      {"AMF", "/nlmf-loc/v1/x", {"40"}, 16, "16"},
      {"AMF", "/nlmf-loc/v1/x", {"05"}, 16, "16"},
      {"AMF", "/nlmf-loc/v1/x", {"-1"}, 16, "16"},
      {"AMF", "/nlmf-loc/v1/x", {"20", "0"}, 20, "20"},
      {"AMF", "", {}, 16, ""},
  };
  for (const auto& each : cases) {
    auto asked = request(each.path, each.asserted);
    EXPECT_EQ(door.admission.priority_of(each.caller, asked), each.priority) << each.caller << ' ' << each.path;
    EXPECT_EQ(wire::find_header(asked.headers, "3gpp-sbi-message-priority").value_or(""), each.left) << each.path;
    EXPECT_LE(asked.headers.size(), 1);
  }
}

}  // namespace
}  // namespace cordon::enforcement
