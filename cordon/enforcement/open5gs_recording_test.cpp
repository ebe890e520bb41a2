// Everything a real core was seen to say passes with all checks on, as docs/guides/open5gs.md sets it up: NFs that
// make up their nfInstanceIds, called by name over https. The recording was made in cleartext with addresses, so both
// are put in their place.
#include <fstream>

#include "cordon/enforcement/check_inspection.h"
#include "cordon/enforcement/test_procedures.h"
#include "cordon/inspection/message_file.h"

namespace cordon::enforcement {
namespace {

struct Recorded {
  const char* type;
  int host;  // 127.0.1.x
};
constexpr auto kRecorded = std::to_array<Recorded>({{"AMF", 5},
                                                    {"SMF", 4},
                                                    {"NRF", 10},
                                                    {"AUSF", 11},
                                                    {"UDM", 12},
                                                    {"PCF", 13},
                                                    {"NSSF", 14},
                                                    {"BSF", 15},
                                                    {"UDR", 20}});

std::string name_of(const Recorded& nf) {
  std::string name = nf.type;
  for (auto& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return name;
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
}

class Open5gsRecordingTest : public test::Procedures {
 protected:
  Open5gsRecordingTest() {
    network.nfs.clear();
    for (const auto& nf : kRecorded) {
      network.nfs.push_back({std::format("0b5000{:02}-5c5c-4c5c-8c5c-000000000001", nf.host), nf.type, name_of(nf),
                             test::free_endpoint(), test::free_endpoint("127.0.0.2")});
    }
    policy = test::source("policies/sbi.cedar");
    inspection = Inspection::open({}, metrics).value();
    now = parse_time("2026-11-21T02:48:00Z").value();  // what the recording grants is good for a day
  }
  Snapshot snapshot() const override {
    auto made = Procedures::snapshot();
    replace_all(made.inventory, ", dns:", ", names_itself: true, dns:");
    return made;
  }
  // The core's addresses become names, or where a profile says them this network's, and http becomes https.
  void put_in_place(std::string& text) const {
    for (const auto& nf : kRecorded) {
      const auto name = network.nf(name_of(nf)).dns() + ":7777";
      replace_all(text, std::format("http://127.0.1.{}:7777", nf.host), "https://" + name);
      replace_all(text, std::format("127.0.1.{}:7777", nf.host), name);
      replace_all(text, std::format("\"127.0.1.{}\"", nf.host), '"' + network.nf(name_of(nf)).listen.address + '"');
    }
  }
  template <typename Message>
  void put_in_place_all(Message& message) const {
    put_in_place(message.body);
    for (auto& header : message.headers) put_in_place(header.value);
  }

  Verdict judge_with_everything(const char* caller, const std::string& producer, const wire::Request& request) {
    const auto by = protection();
    Sender sender;
    sender.nf = by->inventory.find_name(caller);
    Checks checks;
    checks.ledger = ledger.get();
    checks.inspection = inspection.get();
    Judge judge(by, checks);
    return judge.judge(sender, by->inventory.find_name(producer), request, pseudonyms, now);
  }

  std::unique_ptr<Inspection> inspection;
};

TEST_F(Open5gsRecordingTest, EveryExchangePassesWithAllChecksOn) {
  std::ifstream file(CORDON_SOURCE_DIR "/lab/recordings/registration.jsonl");
  int exchanges = 0;
  for (std::string line; std::getline(file, line); ++exchanges) {
    auto [request, response] = [&] {
      auto kept = inspection::parse_message(line).value();
      return std::pair(std::move(kept.request), std::move(*kept.answer));
    }();
    put_in_place(request.authority);
    put_in_place_all(request);
    put_in_place_all(response);
    auto caller = std::string(wire::find_header(request.headers, "user-agent").value_or(""));
    for (auto& c : caller) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    const auto producer = request.authority.substr(0, request.authority.find('.'));
    const auto verdict = judge_with_everything(caller.c_str(), producer, request);
    ASSERT_TRUE(verdict.permit) << exchanges << ": " << caller << " asks " << producer << ' ' << request.method << ' '
                                << request.path << ": " << verdict.record.rule << ": " << verdict.problem.detail;
    const auto refused = inspect_response(response, verdict.record, *protection(), now, inspection.get());
    ASSERT_FALSE(refused) << exchanges << ": " << request.path << ": " << refused->rule << ": " << refused->reason;
    if (verdict.prospect) learn(*ledger, *verdict.prospect, response, now);
  }
  EXPECT_EQ(exchanges, 448);
}

}  // namespace
}  // namespace cordon::enforcement
