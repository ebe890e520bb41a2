#include "lab/replay.h"

#include <gtest/gtest.h>

#include "lab/compare.h"
#include "lab/sbi.h"

namespace cordon::lab {
namespace {

constexpr const char* kRecording = CORDON_SOURCE_DIR "/lab/recordings/registration.jsonl";

std::vector<Exchange> recorded() {
  auto recording = load_recording(kRecording);
  EXPECT_TRUE(recording) << recording.error().message;
  return recording ? *recording : std::vector<Exchange>{};
}

ReplayReport replay_directly(const std::vector<Exchange>& recording) {
  Functions functions;
  DirectRoad road(functions);
  return replay(recording, road,
                {.stop_nrf = [&] { road.stop(NfType::nrf); }, .refused_is_502 = true, .on_exchange = {}});
}

TEST(Replay, TheNaiveCoreAnswersAllRecordedExchangesAsTheRealOneDid) {
  const auto report = replay_directly(recorded());
  EXPECT_EQ(report.total, 448U);
  EXPECT_EQ(report.equal, 448U) << report.text();
  EXPECT_EQ(report.refused, 5U);
  EXPECT_TRUE(report.equivalent());
  EXPECT_TRUE(report.text().starts_with("448 of 448 exchanges equal; 5 of them")) << report.text();
}

TEST(Replay, AnEmptyRecordingProvesNothing) { EXPECT_FALSE(replay_directly({}).equivalent()); }

// Without the note about the overlap, the two exchanges come in the order of their lines and are answered otherwise.
TEST(Replay, TheOrderOfEffectMatters) {
  auto by_line = recorded();
  std::ranges::sort(by_line, {}, &Exchange::index);
  const auto report = replay_directly(by_line);
  EXPECT_FALSE(report.equivalent());
  EXPECT_EQ(report.differences.front().index, 270U) << report.text();
}

struct Mutation {
  const char* name;
  std::size_t index;
  std::function<void(wire::Response&)> change;
  std::string_view what;  // part of the reported difference
};

void replace(std::string& in, std::string_view from, std::string_view to) {
  const auto at = in.find(from);
  ASSERT_NE(at, std::string::npos) << from;
  in.replace(at, from.size(), to);
}

auto in_body(std::string from, std::string to) {
  return [=](wire::Response& response) { replace(response.body, from, to); };
}

void set_header(wire::Response& response, std::string_view name, std::string value) {
  for (auto& header : response.headers) {
    if (header.name == name) header.value = value;
  }
}

const std::vector<Mutation>& mutations() {
  static const std::vector<Mutation> all = {
      {"Status", 0, [](wire::Response& response) { response.status = 200; }, "status: recorded 200, live 201"},
      {"Value", 0, in_body("\"heartBeatTimer\":10", "\"heartBeatTimer\":11"),
       "body /heartBeatTimer: recorded 11, live 10"},
      {"ExtraMember", 0, in_body("\"nfProfileChangesInd\":true", "\"nfStatus2\":1,\"nfProfileChangesInd\":true"),
       "/nfStatus2: missing"},
      {"LostMember", 0, in_body(",\"nfProfileChangesInd\":true", ""), "/nfProfileChangesInd: was not recorded"},
      {"Kind", 8, in_body("\"totalItemCount\":2", "\"totalItemCount\":\"2\""), "/_links/totalItemCount"},
      {"ArrayLength", 103, in_body("{}", "[1]"), "body /: recorded [1], live {}"},
      {"FreshLength", 93, in_body("\"rand\":\"0a", "\"rand\":\""), "/5gAuthData/rand: recorded"},
      {"FreshKind", 94,
       in_body("\"kausf\":\"f4a365c02cd46b45a62a686a603b0cf4404c83dbaeaf0593da939de12e8e6ce4\"", "\"kausf\":7"),
       "may differ in value"},
      {"LinkOfIdentifier", 93, in_body("ue-authentications/1/5g-aka", "ue-authentications/9/5g-aka"),
       "/_links/5g-aka/href"},
      {"Authority", 1,
       [](wire::Response& response) {
         set_header(response, "location", "http://127.0.1.11:7777/nnrf-nfm/v1/subscriptions/1");
       },
       "location: recorded"},
      {"LocationOfOwnPath", 99,
       [](wire::Response& response) { set_header(response, "location", "http://127.0.1.12:7777/else"); },
       "location: recorded"},
      {"ContentType", 8, [](wire::Response& response) { set_header(response, "content-type", "application/json"); },
       "content-type: recorded"},
      {"MultipartJson", 157, in_body("\"ACTIVATING\"", "\"ACTIVATED\""), "body part 1/upCnxState"},
      {"MultipartBytes", 157, in_body("\x7f", "\x7e"), "body part 2: the bytes differ"},
      {"MultipartHeader", 157, in_body("Content-Id: ngap-sm", "Content-Id: ngap-xx"), "its headers differ"},
      {"MultipartBroken", 157, in_body("--=-1lXgoJsuLmQVY/g+PDNd/g==--", "--"), "multipart body"},
      {"EmptyBody", 0, [](wire::Response& response) { response.body.clear(); }, "body: 0 bytes recorded"},
      {"UnexpectedBody", 98, [](wire::Response& response) { response.body = "{}"; },
       "body: 2 bytes recorded, 0 live"},
      {"NotJson", 0, [](wire::Response& response) { response.body = "{"; }, "body: the bytes differ"},
  };
  return all;
}

class ReplayMutation : public testing::TestWithParam<Mutation> {};

// The check can fail: every kind of change to what was recorded is reported at its exchange, and nothing else is.
TEST_P(ReplayMutation, IsReported) {
  auto recording = recorded();
  const auto exchange = std::ranges::find(recording, GetParam().index, &Exchange::index);
  ASSERT_NE(exchange, recording.end());
  GetParam().change(exchange->response);
  const auto report = replay_directly(recording);
  ASSERT_FALSE(report.differences.empty());
  EXPECT_EQ(report.differences.front().index, GetParam().index) << report.text();
  EXPECT_TRUE(report.differences.front().what.contains(GetParam().what)) << report.text();
  EXPECT_FALSE(report.equivalent());
}

INSTANTIATE_TEST_SUITE_P(Kinds, ReplayMutation, testing::ValuesIn(mutations()),
                         [](const auto& each) { return std::string(each.param.name); });

// A core that issues its identifiers otherwise is still the same core.
TEST(Replay, CarriesServerIssuedIdentifiersOver) {
  Functions functions;
  functions.core().ausf.last_id = 40;
  functions.core().pcf.last_am_id = 41;
  functions.core().pcf.last_sm_id = 42;
  functions.core().bsf.last_id = 43;
  functions.core().smf.last_id = 44;
  DirectRoad road(functions);
  const auto report = replay(
      recorded(), road, {.stop_nrf = [&] { road.stop(NfType::nrf); }, .refused_is_502 = true, .on_exchange = {}});
  EXPECT_TRUE(report.equivalent()) << report.text();
}

TEST(Replay, AnNrfThatStillAnswersIsADifference) {
  Functions functions;
  DirectRoad road(functions);
  const auto report = replay(recorded(), road, {});
  EXPECT_EQ(report.equal, 443U);
  ASSERT_EQ(report.differences.size(), 5U);
  EXPECT_EQ(report.differences.front().what, "status: recorded 502, live 204");
}

TEST(Replay, TellsHowLongEachExchangeTook) {
  Functions functions;
  DirectRoad road(functions);
  std::size_t heard = 0;
  replay(recorded(), road,
         {.stop_nrf = {}, .refused_is_502 = true, .on_exchange = [&](std::size_t, std::chrono::nanoseconds) {
            ++heard;
          }});
  EXPECT_EQ(heard, 448U);
}

TEST(IdentifierMap, ReplacesWholeSegmentsOnly) {
  IdentifierMap map;
  EXPECT_EQ(map.learn("/a/v1/things", "http://h/a/v1/things/1", "http://h/a/v1/things/7"), "");
  EXPECT_EQ(map.live_path("/a/v1/things/1"), "/a/v1/things/7");
  EXPECT_EQ(map.live_path("/a/v1/things/1/modify"), "/a/v1/things/7/modify");
  EXPECT_EQ(map.live_path("/a/v1/things/1?x=y"), "/a/v1/things/7?x=y");
  EXPECT_EQ(map.live_path("/a/v1/things/12"), "/a/v1/things/12");
  EXPECT_EQ(map.live_text("http://h/a/v1/things/1/x"), "http://h/a/v1/things/7/x");
  EXPECT_EQ(map.live_body("[\"http://h/a/v1/things/1\",1,{\"a\":\"1\"}]"),
            "[\"http://h/a/v1/things/7\",1,{\"a\":\"1\"}]");
}

struct BadLine {
  const char* name;
  std::string text;
  std::string_view why;
};

class BadRecording : public testing::TestWithParam<BadLine> {};

TEST_P(BadRecording, IsRefusedWithTheLine) {
  const auto parsed = parse_recording(GetParam().text);
  ASSERT_FALSE(parsed);
  EXPECT_TRUE(parsed.error().message.contains(GetParam().why)) << parsed.error().message;
}

// The shortest line that is right, taken apart for those that are not.
constexpr std::string_view kRequest =
    R"("request":{"headers":[[":method","GET"],[":path","/"],["user-agent","UDM"]],"body":""})";
constexpr std::string_view kAnonymous = R"("request":{"headers":[[":method","GET"],[":path","/"]],"body":""})";
constexpr std::string_view kResponse = R"("response":{"headers":[[":status","200"]],"body":""})";
constexpr std::string_view kServer = R"("server":"127.0.1.20:7777")";

std::string line(std::string_view server, std::string_view request, std::string_view response) {
  return std::format("{{{},{},{}}}", server, request, response);
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, BadRecording,
    testing::Values(
        BadLine{"NoJson", "\n{", "line 2"},
        BadLine{"NoBody", R"({"request":{"headers":[]}})", "line 1: request: body or bodyBase64 is missing"},
        BadLine{"BadBase64", R"({"request":{"headers":[],"bodyBase64":"?"}})", "bodyBase64"},
        BadLine{"BadHeader", R"({"request":{"headers":[["a"]],"body":""}})", "[name, value] expected"},
        BadLine{"NoMethod", R"({"request":{"headers":[],"body":""}})", ":method or :path is missing"},
        BadLine{"NoResponse", line(kServer, kRequest, R"("x":1)"), "response: body"},
        BadLine{"NoStatus", line(kServer, kRequest, R"("response":{"headers":[],"body":""})"), "no status"},
        BadLine{"NoCaller", line(kServer, kAnonymous, kResponse), "user-agent"},
        BadLine{"NoServer", line(R"("server":"x")", kRequest, kResponse), "server is none"}),
    [](const auto& each) { return std::string(each.param.name); });

TEST(Recording, HasLimits) {
  EXPECT_FALSE(parse_recording("{}\n", {.bytes = 2, .exchanges = 10}));
  const auto one = line(kServer, kRequest, kResponse);
  EXPECT_TRUE(parse_recording(one));
  const auto too_many = parse_recording(one + "\n" + one, {.bytes = 10'000, .exchanges = 1});
  ASSERT_FALSE(too_many);
  EXPECT_TRUE(too_many.error().message.contains("line 2: too many"));
}

TEST(Recording, RefusesOverlapsThatAreNone) {
  EXPECT_FALSE(parse_overlaps("["));
  EXPECT_FALSE(parse_overlaps(R"([{"play":1,"before":2}])"));
  EXPECT_FALSE(parse_overlaps(R"([{"play":1}])"));
  EXPECT_EQ(in_order_of_effect(recorded(), {{.play = 9999, .before = 1}}).size(), 448U);
}

TEST(Recording, ThatIsMissingIsAnError) { EXPECT_FALSE(load_recording("/nonexistent.jsonl")); }

}  // namespace
}  // namespace cordon::lab
