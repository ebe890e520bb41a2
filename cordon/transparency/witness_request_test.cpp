#include "cordon/transparency/witness_request.h"

#include <gtest/gtest.h>

#include "cordon/transparency/test_log.h"

namespace cordon::transparency {
namespace {

// C2SP tlog-witness, the example of a request body.
constexpr std::string_view kExample =
    "old 20852014\n"
    "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n"
    "jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n"
    "5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=\n"
    "/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=\n"
    "\n"
    "example.com/behind-the-sofa\n"
    "20852163\n"
    "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    "\n"
    "\u2014 example.com/behind-the-sofa "
    "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    "\u2014 example.com/behind-the-sofa "
    "opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=\n";

TEST(AddCheckpoint, ReadsTheSpecificationsExample) {
  const auto request = parse_add_checkpoint(kExample);
  ASSERT_TRUE(request) << request.error().message;
  EXPECT_EQ(request->old_size, 20852014U);
  EXPECT_EQ(request->consistency.size(), 4U);
  EXPECT_EQ(request->checkpoint.signatures.size(), 2U);
  EXPECT_EQ(request->text(), kExample);
}

TEST(AddCheckpoint, NeedsNoHashesFromNothing) {
  const auto log = test_log_signer("log.example");
  const AddCheckpoint request{0, {}, log.sign({"log.example", 3, {}}, test_time()).value()};
  EXPECT_TRUE(request.text().starts_with("old 0\n\nlog.example\n3\n"));
  EXPECT_EQ(parse_add_checkpoint(request.text())->old_size, 0U);
}

TEST(AddCheckpoint, RefusesOtherBodies) {
  const std::string text(kExample);
  const auto replaced = [&](std::string_view what, std::string_view with) {
    auto copy = text;
    return copy.replace(copy.find(what), what.size(), with);
  };
  for (const auto& wrong :
       {std::string(), std::string("old 1\n"), std::string("old 1\n\n"), replaced("old 20852014", "new 20852014"),
        replaced("old 20852014", "old 020852014"), replaced("old 20852014", "old -1"),
        replaced("old 20852014", "old"), replaced("old 20852014", "old  1"),
        replaced("old 20852014", "old 18446744073709551616"), replaced("old 20852014", "old 20852014\r"),
        replaced("PlRN", "!lRN"), replaced("PlRN", "PlR"), replaced("\n\nexample", "\nexample"),
        replaced("20852163", "x"), replaced("\n20852163", "\n20852163\nextension"), text + "\n",
        text.substr(0, text.size() - 1)}) {
    EXPECT_EQ(parse_add_checkpoint(wrong).error().kind, ErrorKind::invalid_input) << wrong.substr(0, 60);
  }
  AddCheckpoint many = parse_add_checkpoint(kExample).value();
  many.consistency.assign(63, Hash{});
  EXPECT_TRUE(parse_add_checkpoint(many.text()));
  many.consistency.assign(64, Hash{});
  EXPECT_FALSE(parse_add_checkpoint(many.text()));
}

}  // namespace
}  // namespace cordon::transparency
