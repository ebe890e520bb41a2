#include "cordon/enforcement/overload.h"

#include <gtest/gtest.h>

#include <format>

namespace cordon::enforcement {
namespace {

using namespace std::chrono_literals;

constexpr const char* kNrf = "54804518-4191-46b3-955c-ac631f953ed8";
const std::string kScope = std::format("NF-Instance: {}", kNrf);

std::string oci(std::string_view percent, std::string_view valid = "75s", std::string_view second = "37") {
  return std::format(
      R"(Timestamp: "Tue, 04 Feb 2020 08:49:{} GMT"; Period-of-Validity: {}; Overload-Reduction-Metric: {}; {})",
      second, valid, percent, kScope);
}

// TS 29.500 5.2.3.2.9: the grammar.
TEST(LoadReport, IsReadFromOci) {
  const auto report = parse_load_report(oci("50%"), kNrf);
  ASSERT_TRUE(report);
  EXPECT_EQ(report->percent, 50);
  EXPECT_EQ(report->validity, 75s);
  EXPECT_EQ(report->stamp, 20200204084937U);
  EXPECT_TRUE(parse_load_report(oci("50%"), "54804518-4191-46B3-955C-AC631F953ED8")) << "case of a UUID is no matter";
}

// TS 29.500 5.2.3.2.10
TEST(LoadReport, IsReadFromLci) {
  const auto lci = std::format(R"(Timestamp: "Tue, 04 Feb 2020 08:49:37 GMT"; Load-Metric: 25%; {})", kScope);
  EXPECT_EQ(parse_load_report(lci, kNrf)->percent, 25);
}

TEST(LoadReport, OfAnotherScopeIsPassedOver) {
  const auto foreign = [](std::string_view scope) {
    return std::format(
        R"(Timestamp: "Tue, 04 Feb 2020 08:49:37 GMT"; Period-of-Validity: 9s; Overload-Reduction-Metric: 99%; {})",
        scope);
  };
  for (const auto* scope : {"NF-Instance: 00000000-4191-46b3-955c-ac631f953ed8", "NF-Set: set1.amfset", "SCP-FQDN: s",
                            "NFC-Instance: 54804518-4191-46b3-955c-ac631f953ed8",
                            "NF-Instance: 54804518-4191-46b3-955c-ac631f953ed8; S-NSSAI: x; DNN: internet"}) {
    EXPECT_FALSE(parse_load_report(foreign(scope), kNrf)) << scope;
    EXPECT_EQ(parse_load_report(foreign(scope) + ", " + oci("5%"), kNrf)->percent, 5) << scope;
  }
}

TEST(LoadReport, ThatIsMalformedIsNone) {
  for (const auto& wrong :
       {std::string(), std::string(";;;,,,"), oci("101%"), oci("-1%"), oci("50"), oci("x%"), oci("5%", "75"),
        oci("5%", "s"), oci("5%", "75s", "61"), oci("5%", "75s", ""),
        std::string("Timestamp: \"; NF-Instance: ") + kNrf, std::format("Overload-Reduction-Metric: 5%; {}", kScope),
        std::string(5000, 'x') + oci("5%")}) {
    EXPECT_FALSE(parse_load_report(wrong, kNrf)) << wrong;
  }
}

struct Producer {
  void says(const std::string& header, const char* name = "3gpp-sbi-oci") { load.heed({{name, header}}, kNrf, now); }
  int held_back(int requests) {
    int out = 0;
    for (int i = 0; i < requests; ++i) out += load.holds_back(now) ? 1 : 0;
    return out;
  }
  ProducerLoad load;
  SteadyTime now{1h};
};

TEST(ProducerLoad, HoldsBackTheShareAskedForUntilItRunsOut) {
  Producer nrf;
  EXPECT_EQ(nrf.held_back(100), 0);
  nrf.says(oci("30%"));
  EXPECT_EQ(nrf.held_back(100), 30);
  EXPECT_EQ(nrf.load.left(nrf.now), 75s);
  nrf.now += 75s;
  EXPECT_EQ(nrf.held_back(100), 0);
  EXPECT_EQ(nrf.load.left(nrf.now), 0s);
}

TEST(ProducerLoad, FollowsTheNewestReport) {
  Producer nrf;
  nrf.says(oci("30%", "75s", "37"));
  nrf.says(oci("90%", "75s", "36"));
  EXPECT_EQ(nrf.load.reduction(nrf.now), 30) << "an older one";
  nrf.now += 70s;
  nrf.says(oci("30%", "75s", "37"));
  EXPECT_EQ(nrf.load.left(nrf.now), 5s) << "the same again prolongs nothing";
  nrf.says(oci("0%", "75s", "38"));
  EXPECT_EQ(nrf.held_back(50), 0) << "the end of the overload";
}

TEST(ProducerLoad, IsNotSilencedByAClockSetBack) {
  Producer nrf;
  nrf.says(oci("30%", "75s", "50"));
  nrf.now += 80s;
  nrf.says(oci("30%", "75s", "50"));
  EXPECT_EQ(nrf.load.reduction(nrf.now), 0);
  nrf.says(oci("40%", "75s", "10"));
  EXPECT_EQ(nrf.load.reduction(nrf.now), 40);
}

TEST(ProducerLoad, IsBelievedForTenMinutesAtMost) {
  Producer nrf;
  nrf.says(oci("100%", "999999999s"));
  EXPECT_EQ(nrf.load.left(nrf.now), 600s);
  EXPECT_EQ(nrf.held_back(10), 10);
}

TEST(ProducerLoad, RemembersTheLoad) {
  Producer nrf;
  nrf.says(std::format(R"(Timestamp: "Tue, 04 Feb 2020 08:49:37 GMT"; Load-Metric: 25%; {})", kScope),
           "3gpp-sbi-lci");
  EXPECT_EQ(nrf.load.load(), 25);
  EXPECT_EQ(nrf.held_back(10), 0);
}

}  // namespace
}  // namespace cordon::enforcement
