#include "cordon/wire/sbi/facts.h"

#include <gtest/gtest.h>

#include <array>
#include <charconv>
#include <fstream>

#include "cordon/base/text.h"
#include "cordon/wire/sbi/media_type.h"

namespace cordon::wire::sbi {
namespace {

std::string with_bytes(std::string_view text) {  // "<0d>" -> "\r"
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned byte = 0;
    const bool marked = text[i] == '<' && i + 3 < text.size() && text[i + 3] == '>' &&
                        std::from_chars(&text[i + 1], &text[i] + 3, byte, 16).ptr == &text[i] + 3;
    out += marked ? static_cast<char>(byte) : text[i];
    if (marked) i += 3;
  }
  return out;
}

std::string outcome(std::string_view action, std::string_view type, std::string_view body) {
  const auto& operation = *find_operation(action);
  const auto facts = body_facts(operation, {&operation, {}, {}, nullptr}, type, body);
  if (!facts) return "! " + facts.error().message;
  std::string out(name_of(facts->kind));
  for (const auto& [name, value] : facts->asserted) out += std::format(" {}={}", name, value);
  return out;
}

TEST(Facts, AreDrawnOrRefusedAsTheVectorsSay) {
  std::ifstream file(CORDON_SOURCE_DIR "/cordon/wire/sbi/vectors/facts.txt");
  int count = 0;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.front() == '#') continue;
    const auto arrow = line.rfind(" => ");
    const auto first = line.find(" |");
    const auto second = line.find(" |", first + 2);
    const auto action = line.substr(0, first);
    const auto type = with_bytes(trim(std::string_view(line).substr(first + 2, second - first - 2)));
    const auto body = second + 3 < arrow ? with_bytes(line.substr(second + 3, arrow - second - 3)) : "";
    ASSERT_NE(find_operation(action), nullptr) << line;
    EXPECT_EQ(outcome(action, type, body), line.substr(arrow + 4)) << line;
    ++count;
  }
  EXPECT_GE(count, 55);
}

TEST(Facts, TakeTheRequesterFromNrfQueriesOnly) {
  const auto drawn = [](std::string_view target) {
    const auto classified = classify("GET", target).value();
    return body_facts(*classified.operation, classified, "", "").value();
  };
  const auto discovery =
      drawn("/nnrf-disc/v1/nf-instances?target-nf-type=UDM&requester-nf-type=AUSF&requester-nf-instance-id=f9&x=1");
  EXPECT_EQ(discovery.kind, BodyKind::none);
  EXPECT_EQ(discovery.asserted.size(), 3U);
  EXPECT_EQ(discovery.first("requester-nf-type"), "AUSF");
  EXPECT_EQ(discovery.first("target-nf-type"), "UDM");
  EXPECT_EQ(discovery.first("requester-nf-instance-id"), "f9");
  EXPECT_EQ(discovery.first("x"), std::nullopt);
  EXPECT_TRUE(drawn("/nudm-sdm/v2/imsi-00101?target-nf-type=UDM").asserted.empty());
}

TEST(Facts, HoldTheLimitsOfMultipartBodies) {
  const auto parts = [](int count) {
    std::string body = "--x";
    for (int i = 0; i < count; ++i) body += "\r\n\r\na\r\n--x";
    return body + "--";
  };
  EXPECT_EQ(parse_multipart(parts(16), "x")->size(), 16U);
  EXPECT_EQ(parse_multipart(parts(17), "x").error().message, "multipart: more than 16 parts");
  EXPECT_FALSE(parse_multipart(parts(1), std::string(71, 'x')));
  const std::string large = "--x\r\n\r\n" + std::string(2'000'000, 'a') + "\r\n--x--";
  EXPECT_EQ(outcome("namf-comm:N1N2MessageTransfer", "multipart/related; boundary=x", large),
            "! multipart: 2000014 bytes, 2000000 are allowed");
  EXPECT_FALSE(parse_media_type("application/json; a=" + std::string(512, 'x')));
}

TEST(Facts, RefuseHostsThatAreTooLong) {
  const auto body = R"({"callbackReference":"http://)" + std::string(254, 'a') + "/\"}";
  EXPECT_TRUE(outcome("nudm-sdm:Subscribe", "application/json", body).starts_with("! callbackReference 'http://aaa"));
}

}  // namespace
}  // namespace cordon::wire::sbi
