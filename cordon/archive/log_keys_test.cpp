#include "cordon/archive/log_keys.h"

#include "cordon/archive/test_log.h"

namespace cordon::archive {

namespace {

const TestKeys& third_keys() {
  static const TestKeys keys;
  return keys;
}

// A change from one set of keys to the other, at that size.
SignedStatement change(std::uint64_t size, const TestKeys& from, const TestKeys& to) {
  const Statement said{.kind = StatementKind::keys,
                       .origin = std::string(kTestOrigin),
                       .size = size,
                       .root = {},
                       .time = test_time(),
                       .other = "",
                       .old_keys = from.verifiers(),
                       .new_keys = to.verifiers()};
  auto statement = sign_statement(said, from.signer()).value();
  const auto by_new = sign_statement(said, to.signer()).value();
  auto& signatures = statement.note.signatures;
  signatures.insert(signatures.end(), by_new.note.signatures.begin(), by_new.note.signatures.end());
  return statement;
}

// 300 entries under the first keys, 600 under the second, 900 under the third.
TestLog rotated() {
  TestLog made(900);
  made.publish(third_keys());
  made.files[rotation_file(1)] = change(300, test_keys(), other_keys()).whole();
  made.files[rotation_file(2)] = change(600, other_keys(), third_keys()).whole();
  return made;
}

TEST(LogKeys, FollowsChangesFromAnyKeysAnAuditorKnows) {
  const auto made = rotated();
  for (const auto* known : {&test_keys(), &other_keys(), &third_keys()}) {
    const auto chain = key_chain(made.read(), kTestOrigin, known->trust());
    ASSERT_TRUE(chain) << chain.error().message;
    EXPECT_FALSE(chain->from_log);
    EXPECT_TRUE(verify_signatures(made.reader().note(), *chain, known->trust()));
  }
  const auto alone = key_chain(made.read(), kTestOrigin, std::nullopt);
  ASSERT_TRUE(alone);
  EXPECT_TRUE(alone->from_log);
  EXPECT_TRUE(verify_signatures(made.reader().note(), *alone, std::nullopt));
}

TEST(LogKeys, DoesNotAcceptOldKeysAfterTheirTime) {
  auto made = rotated();
  const auto chain = key_chain(made.read(), kTestOrigin, test_keys().trust()).value();
  made.publish(other_keys());  // stolen, say
  EXPECT_FALSE(verify_signatures(made.note, chain, std::nullopt));
  EXPECT_EQ(chain.at(299).size(), 1U);
  EXPECT_EQ(chain.at(300).size(), 2U);  // the checkpoint of the change itself, before and after
  EXPECT_EQ(chain.at(301).size(), 1U);
  EXPECT_TRUE(verify_signatures(TestLog(300).note, chain, std::nullopt));
  EXPECT_FALSE(verify_signatures({.text = "x\n", .signatures = {}}, chain, std::nullopt));
}

TEST(LogKeys, KeepsToItsOwnKeysWhenNoChangeLeadsToThem) {
  auto made = rotated();
  const TestKeys strangers;
  const auto chain = key_chain(made.read(), kTestOrigin, strangers.trust());
  ASSERT_TRUE(chain);
  EXPECT_EQ(chain->keys.size(), 1U);
  EXPECT_FALSE(verify_signatures(made.reader().note(), *chain, strangers.trust()));
}

TEST(LogKeys, RefusesChangesThatDoNotHold) {
  const std::vector<std::pair<std::string, SignedStatement>> cases{
      {"does not go on from", change(600, third_keys(), test_keys())},
      {"fewer entries", change(299, other_keys(), third_keys())},
  };
  for (const auto& [why, second] : cases) {
    auto made = rotated();
    made.files[rotation_file(2)] = second.whole();
    const auto chain = key_chain(made.read(), kTestOrigin, test_keys().trust());
    ASSERT_FALSE(chain) << why;
    EXPECT_NE(chain.error().message.find("rotation/2: "), std::string::npos) << chain.error().message;
    EXPECT_NE(chain.error().message.find(why), std::string::npos) << chain.error().message;
  }
}

TEST(LogKeys, RefusesAChangeSignedByOneSideOnly) {
  for (const std::size_t side : {0U, 2U}) {
    auto made = rotated();
    auto half = change(300, test_keys(), other_keys());
    const auto first = half.note.signatures.begin() + static_cast<std::ptrdiff_t>(side);
    half.note.signatures.erase(first, first + 2);
    made.files[rotation_file(1)] = half.whole();
    EXPECT_FALSE(key_chain(made.read(), kTestOrigin, test_keys().trust())) << side;
  }
}

TEST(LogKeys, RefusesStatementsThatAreNoneOrAnothers) {
  auto made = rotated();
  made.files[rotation_file(1)] = "nonsense";
  EXPECT_FALSE(key_chain(made.read(), kTestOrigin, std::nullopt));
  made.files[rotation_file(1)] = change(300, test_keys(), other_keys()).whole();
  EXPECT_FALSE(key_chain(made.read(), "another", std::nullopt));
}

TEST(LogKeys, ReadsTheFileOfKeys) {
  const auto keys = test_keys().verifiers();
  EXPECT_TRUE(same_keys(parse_vkeys(vkeys_text(keys), "f").value(), keys));
  EXPECT_FALSE(parse_vkeys("", "f"));
  EXPECT_FALSE(parse_vkeys("x\n", "f"));
  std::string many;
  for (int i = 0; i < 17; ++i) many += keys[0].text() + "\n";
  EXPECT_FALSE(parse_vkeys(many, "f"));
}

TEST(LogKeys, TellsAFileThatCannotBeReadFromOneThatIsNotThere) {
  const transparency::ReadResource broken = [](const std::string& path) -> Result<std::string> {
    return fail(ErrorKind::io, path);
  };
  EXPECT_EQ(key_chain(broken, kTestOrigin, std::nullopt).error().kind, ErrorKind::io);
  const transparency::ReadResource without_keys = [](const std::string& path) -> Result<std::string> {
    return fail(path == kKeysFile ? ErrorKind::io : ErrorKind::not_found, path);
  };
  EXPECT_EQ(key_chain(without_keys, kTestOrigin, std::nullopt).error().kind, ErrorKind::io);
}

}  // namespace

}  // namespace cordon::archive
