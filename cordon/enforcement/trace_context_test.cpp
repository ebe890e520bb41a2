#include "cordon/enforcement/trace_context.h"

#include <gtest/gtest.h>

namespace cordon::enforcement {
namespace {

constexpr const char* kTrace = "0af7651916cd43dd8448eb211c80319c";
constexpr const char* kSpan = "b7ad6b7169203331";

std::string parent(std::string_view version = "00", std::string_view flags = "01") {
  return std::format("{}-{}-{}-{}", version, kTrace, kSpan, flags);
}
std::string of(const wire::Headers& headers) {
  return std::string(wire::find_header(headers, "traceparent").value_or("none"));
}

// W3C Trace Context 3.4: "the vendor MUST change the value of parent-id", the trace-id stays.
TEST(TraceContextTest, ContinuesATraceAsASpanOfItsOwn) {
  TraceContext traces;
  wire::Headers headers{{"traceparent", parent("00", "00")}, {"tracestate", "a=b"}};
  EXPECT_EQ(traces.enter(headers), kSpan);
  const auto ours = of(headers);
  EXPECT_EQ(ours.size(), 55U);
  EXPECT_EQ(ours.substr(0, 36), std::string("00-") + kTrace + "-");
  EXPECT_NE(ours.substr(36, 16), kSpan);
  EXPECT_TRUE(ours.ends_with("-00"));
  EXPECT_EQ(wire::find_header(headers, "tracestate"), "a=b");
}

TEST(TraceContextTest, BeginsOneWhereThereIsNone) {
  TraceContext traces;
  wire::Headers one, two;
  EXPECT_EQ(traces.enter(one), "");
  EXPECT_EQ(traces.enter(two), "");
  EXPECT_EQ(of(one).size(), 55U);
  EXPECT_NE(of(one), of(two));
  const auto first = of(one).substr(36, 16);
  EXPECT_EQ(traces.enter(one), first) << "what it makes, it understands";
}

TEST(TraceContextTest, WhatIsNotValidIsReplacedWithItsState) {
  TraceContext traces;
  const std::string zeros(32, '0');
  for (const auto& wrong : {std::string("x"), std::string(), parent("ff"), parent() + "-more", parent().substr(0, 54),
                            std::string("00-") + zeros + "-" + kSpan + "-01",
                            std::string("00-") + kTrace + "-" + zeros.substr(16) + "-01",
                            std::string("00-0AF7651916CD43DD8448EB211C80319C-") + kSpan + "-01"}) {
    wire::Headers headers{{"traceparent", wrong}, {"tracestate", "a=b"}};
    EXPECT_EQ(traces.enter(headers), "") << wrong;
    EXPECT_EQ(headers.size(), 1U) << wrong;
    EXPECT_FALSE(of(headers).contains(kTrace)) << wrong;
  }
  wire::Headers twice{{"traceparent", parent()}, {"traceparent", parent()}};
  EXPECT_EQ(traces.enter(twice), "");
  EXPECT_EQ(twice.size(), 1U);
}

// 3.2.2: "If a higher version is detected, the implementation SHOULD try to parse it".
TEST(TraceContextTest, ALaterVersionIsReadAsFarAsItIsKnown) {
  TraceContext traces;
  wire::Headers headers{{"traceparent", parent("cc") + "-later"}};
  EXPECT_EQ(traces.enter(headers), kSpan);
  EXPECT_TRUE(of(headers).starts_with(std::string("00-") + kTrace));
}

}  // namespace
}  // namespace cordon::enforcement
