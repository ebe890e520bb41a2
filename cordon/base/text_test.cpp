#include "cordon/base/text.h"

#include <gtest/gtest.h>

namespace cordon {
namespace {

TEST(Text, TrimsBothSides) {
  EXPECT_EQ(trim(" \t a b\r\n"), "a b");
  EXPECT_EQ(trim(" \n"), "");
  EXPECT_EQ(trim(""), "");
}

TEST(Text, SplitsIntoOnePartMoreThanSeparators) {
  using Parts = std::vector<std::string_view>;
  EXPECT_EQ(split("a,b,,c", ','), (Parts{"a", "b", "", "c"}));
  EXPECT_EQ(split("", ','), (Parts{""}));
  EXPECT_EQ(split(",", ','), (Parts{"", ""}));
}

TEST(Text, CountsSingleEdits) {
  struct Case {
    std::string_view one;
    std::string_view other;
    std::size_t edits;
  };
  constexpr Case kCases[] = {{"", "", 0},          {"abc", "", 3},           {"", "abc", 3},     {"port", "PORT", 0},
                             {"prot", "port", 1},  {"kitten", "sitting", 3}, {"ca", "abc", 3},   {"abcd", "acbd", 1},
                             {"ports", "port", 1}, {"prt", "port", 1},       {"flaw", "lawn", 2}};
  for (const auto& one : kCases) {
    EXPECT_EQ(edit_distance(one.one, one.other), one.edits) << one.one << " " << one.other;
    EXPECT_EQ(edit_distance(one.other, one.one), one.edits) << one.other << " " << one.one;
  }
}

TEST(Text, FindsTheNameThatWasMeant) {
  constexpr std::string_view kNames[] = {"port", "upstream", "certificate", "amf"};
  EXPECT_EQ(closest("prot", kNames), "port");
  EXPECT_EQ(closest("Port", kNames), "port");
  EXPECT_EQ(closest("certifcates", kNames), "certificate");
  EXPECT_EQ(closest("ampf", kNames), "amf");
}

TEST(Text, FindsNothingWhenNoneIsNear) {
  constexpr std::string_view kNames[] = {"port", "x"};
  EXPECT_EQ(closest("identity", kNames), "");
  EXPECT_EQ(closest("", kNames), "");
  EXPECT_EQ(closest("y", kNames), "");
  EXPECT_EQ(closest("port", {}), "");
  EXPECT_EQ(closest(std::string(65, 'p'), kNames), "");
  const std::string long_name(70, 'p');
  const std::string_view names[] = {long_name};
  EXPECT_EQ(closest(std::string(64, 'p'), names), "");
}

TEST(Text, KnowsValidUtf8) {
  struct Case {
    std::string_view text;
    std::size_t length;
  };
  // RFC 3629 4: overlong forms, surrogates and what lies above U+10FFFF are not characters.
  constexpr Case kCases[] = {{"", 0},
                             {"a", 1},
                             {"\xc3\xa9", 2},
                             {"\xe2\x82\xac", 3},
                             {"\xf0\x9f\x98\x80", 4},
                             {"\x80", 0},
                             {"\xc0\x80", 0},
                             {"\xc1\xbf", 0},
                             {"\xe0\x9f\xbf", 0},
                             {"\xed\xa0\x80", 0},
                             {"\xc3", 0},
                             {"\xc3z", 0},
                             {"\xe2\x82", 0},
                             {"\xe2\x82z", 0},
                             {"\xf0\x8f\xbf\xbf", 0},
                             {"\xf5\x80\x80\x80", 0},
                             {"\xf4\x90\x80\x80", 0},
                             {"\xed\x9f\xbf", 3},
                             {"\xf4\x8f\xbf\xbf", 4},
                             {"\xff", 0}};
  for (const auto& one : kCases) EXPECT_EQ(utf8_length(one.text), one.length) << printable(one.text);
}

TEST(Text, PrintsForeignTextOnOneLine) {
  EXPECT_EQ(printable("plain \xc3\xa9"), "plain \xc3\xa9");
  EXPECT_EQ(printable("a\nb\x1b[0m\x7f\xff"), "a\\nb\\x1b[0m\\x7f\\xff");
  EXPECT_EQ(printable("\xc2\x9b"
                      "31m"),
            "\\xc2\\x9b31m");
  EXPECT_EQ(printable("abcdef", 3), "abc...");
}

}  // namespace
}  // namespace cordon
