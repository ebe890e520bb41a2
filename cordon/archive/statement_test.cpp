#include "cordon/archive/statement.h"

#include "cordon/archive/test_log.h"

namespace cordon::archive {

namespace {

Statement closed_statement() {
  return {.kind = StatementKind::closed,
          .origin = std::string(kTestOrigin),
          .size = 300,
          .root = TestLog(300).reader().checkpoint().root,
          .time = test_time(),
          .other = std::string(kTestOrigin) + "/2",
          .old_keys = {},
          .new_keys = test_keys().verifiers(std::string(kTestOrigin) + "/2")};
}

Statement keys_statement() {
  return {.kind = StatementKind::keys,
          .origin = std::string(kTestOrigin),
          .size = 300,
          .root = {},
          .time = test_time(),
          .other = "",
          .old_keys = test_keys().verifiers(),
          .new_keys = other_keys().verifiers()};
}

SignedStatement signed_one(Statement statement) {
  return sign_statement(std::move(statement), test_keys().signer()).value();
}

std::string why_not(std::string_view whole) {
  const auto parsed = parse_statement(whole);
  return parsed ? "" : parsed.error().message;
}

TEST(Statement, ReadsBackWhatItWrites) {
  auto opened = closed_statement();
  opened.kind = StatementKind::opened;
  opened.new_keys.clear();
  for (const auto& statement : {closed_statement(), keys_statement(), opened}) {
    const auto written = signed_one(statement);
    const auto parsed = parse_statement(written.whole());
    ASSERT_TRUE(parsed) << parsed.error().message << "\n" << written.whole();
    EXPECT_EQ(parsed->whole(), written.whole());
    EXPECT_EQ(parsed->statement.kind, statement.kind);
    EXPECT_EQ(parsed->statement.size, 300U);
    EXPECT_EQ(parsed->statement.time, test_time());
    EXPECT_TRUE(same_keys(parsed->statement.new_keys, statement.new_keys));
    EXPECT_TRUE(verify_statement(*parsed, test_keys().verifiers()));
  }
}

TEST(Statement, HoldsOnlyUnderItsSignersKeys) {
  const auto statement = signed_one(closed_statement());
  EXPECT_FALSE(verify_statement(statement, other_keys().verifiers()));
  EXPECT_FALSE(verify_statement(statement, {}));
}

TEST(Statement, DoesNotHoldWhenAnyByteOfItsTextIsChanged) {
  const auto whole = signed_one(closed_statement()).whole();
  const auto text = closed_statement().text().size();
  for (std::size_t at = 0; at < text; ++at) {
    auto altered = whole;
    altered[at] = static_cast<char>(altered[at] ^ 1);
    const auto parsed = parse_statement(altered);
    EXPECT_FALSE(parsed && verify_statement(*parsed, test_keys().verifiers())) << at;
  }
}

TEST(Statement, IsNotTakenForAnotherPurpose) {
  const auto note = sign_bytes(test_keys().signer(), "retention", "bytes", test_time()).value();
  const auto keys = test_keys().verifiers();
  EXPECT_TRUE(verify_bytes(note, kTestOrigin, "retention", "bytes", keys));
  EXPECT_FALSE(verify_bytes(note, kTestOrigin, "export", "bytes", keys));
  EXPECT_FALSE(verify_bytes(note, "other", "retention", "bytes", keys));
  EXPECT_FALSE(verify_bytes(note, kTestOrigin, "retention", "other bytes", keys));
  EXPECT_FALSE(verify_bytes({.text = "x\n", .signatures = {}}, kTestOrigin, "retention", "bytes", keys));
}

TEST(Statement, RefusesWhatItDoesNotWrite) {
  const auto right = signed_one(closed_statement()).whole();
  const auto with = [&](std::string_view old_text, std::string_view new_text) {
    auto out = right;
    return out.replace(out.find(old_text), old_text.size(), new_text);
  };
  const std::vector<std::pair<std::string, std::string>> cases{
      {"", "blank line"},
      {std::string(70'000, 'x'), "longer than"},
      {with("cordon statement v1", "cordon statement v2"), "line 1"},
      {with("\nclosed\n", "\nbroken\n"), "line 2"},
      {with("origin ", "orogin "), "line 3: 'origin ...' is missing"},
      {with("size 300", "size x"), "line 4"},
      {with("size 300", "size 0300"), "not as Cordon writes it"},
      {with("root ", "root x"), "line 5"},
      {with("time 2", "time x"), "time"},
      {with("new ", "new x"), "line 8"},
      {with("new ", "neu "), "not expected here"},
      {with("other ", "ather "), "not expected here"},
      {with("\n\n", "\nmore\n\n"), "not expected here"},
      {with("other cordon.example/evidence/op-a/2", "other cordon.example"), "another log's name"},
      {with("\nclosed\n", "\nopened\n"), "names no keys"},
      {with("\nclosed\n", "\nkeys\n"), "names no other log"},
      {right.substr(0, right.find("\n\n") + 2) + "no note", "statement: "},
  };
  for (const auto& [whole, why] : cases) {
    EXPECT_NE(why_not(whole).find(why), std::string::npos) << why << " / " << why_not(whole);
  }
  auto statement = keys_statement();
  statement.old_keys.clear();
  EXPECT_FALSE(sign_statement(statement, test_keys().signer()));
  statement = closed_statement();
  statement.old_keys = test_keys().verifiers();
  EXPECT_FALSE(sign_statement(statement, test_keys().signer()));
  statement = closed_statement();
  statement.kind = StatementKind::opened, statement.other.clear(), statement.new_keys.clear();
  EXPECT_FALSE(sign_statement(statement, test_keys().signer()));
  EXPECT_EQ(name_of(static_cast<StatementKind>(9)), "");
}

TEST(Statement, LimitsTheNumberOfKeys) {
  auto statement = keys_statement();
  statement.new_keys.resize(17, other_keys().verifiers()[0]);
  const auto whole = SignedStatement{statement, signed_one(closed_statement()).note}.whole();
  EXPECT_NE(why_not(whole).find("more than 16 keys"), std::string::npos) << why_not(whole);
}

}  // namespace

}  // namespace cordon::archive
