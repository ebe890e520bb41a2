#include "cordon/bundle/archive.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

namespace cordon::bundle {
namespace {

constexpr std::size_t kBlock = 512;

const std::vector<Member> kTwo = {{"manifest.json", "{}"}, {"policies/a.cedar", std::string(513, 'x')}};

Bytes two() { return write_archive(kTwo).value(); }

std::string error_of(BytesView archive) {
  const auto read = read_archive(archive);
  return read ? "accepted" : read.error().message;
}

// Sets bytes of the first header and mends its checksum, as an attacker would.
Bytes with(std::size_t at, std::string_view bytes) {
  auto archive = two();
  std::ranges::copy(bytes, archive.begin() + static_cast<std::ptrdiff_t>(at));
  std::ranges::fill(archive.begin() + 148, archive.begin() + 156, ' ');
  std::size_t sum = 0;
  for (std::size_t i = 0; i < kBlock; ++i) sum += archive[i];
  std::ranges::copy(std::format("{:06o}", sum), archive.begin() + 148);
  archive[154] = 0;
  return archive;
}

TEST(Archive, ComesBackAsItWasWritten) {
  const auto archive = two();
  EXPECT_EQ(archive.size(), 7 * kBlock);  // 2 headers, 1 + 2 blocks of content, 2 of zeros
  const auto read = read_archive(archive);
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(read->size(), 2U);
  EXPECT_EQ((*read)[0].name, "manifest.json");
  EXPECT_EQ((*read)[1].name, "policies/a.cedar");
  EXPECT_EQ((*read)[1].content, std::string(513, 'x'));
}

TEST(Archive, IsTheSameEveryTime) { EXPECT_EQ(two(), two()); }

TEST(Archive, MayBeEmptyAndHoldEmptyFiles) {
  EXPECT_TRUE(read_archive(write_archive({}).value()).value().empty());
  const std::vector<Member> empty = {{"a", ""}};
  EXPECT_EQ(read_archive(write_archive(empty).value()).value().at(0).content, "");
}

TEST(Archive, RefusesEveryTruncation) {
  const auto archive = two();
  for (std::size_t size = 0; size < archive.size(); ++size) {
    const auto error = error_of(BytesView(archive).first(size));
    EXPECT_TRUE(error.contains("truncated")) << size << ": " << error;
  }
}

TEST(Archive, RefusesEveryFlippedBitOutsideItsContents) {
  const auto archive = two();
  for (std::size_t at = 0; at < archive.size(); ++at) {
    const bool content = (at >= kBlock && at < kBlock + 2) || (at >= 3 * kBlock && at < 3 * kBlock + 513);
    if (content) continue;  // the manifest's digests are for that
    auto changed = archive;
    changed[at] ^= 0x10;
    EXPECT_FALSE(read_archive(changed)) << at;
  }
}

TEST(Archive, RefusesBytesAfterItsEnd) {
  auto archive = two();
  archive.push_back(0);
  EXPECT_TRUE(error_of(archive).contains("after the archive's end"));
  archive.resize(archive.size() + kBlock);
  EXPECT_TRUE(error_of(archive).contains("after the archive's end"));
}

TEST(Archive, RefusesStrayBytesAfterAContent) {
  auto archive = two();
  archive[kBlock + 2] = 'x';
  EXPECT_TRUE(error_of(archive).contains("stray bytes after the content of 'manifest.json'")) << error_of(archive);
}

TEST(Archive, RefusesAMemberThatIsThereTwice) {
  const std::vector<Member> twice = {{"a", "1"}, {"a", "2"}};
  EXPECT_TRUE(error_of(write_archive(twice).value()).contains("'a' is there twice"));
}

TEST(Archive, RefusesWhatIsNoPlainFile) {
  for (const auto& [type, words] : {std::pair{"1", "link"},
                                    {"2", "link"},
                                    {"3", "device"},
                                    {"4", "device"},
                                    {"5", "folder"},
                                    {"6", "device"},
                                    {"x", "extended"},
                                    {"g", "extended"},
                                    {"L", "extended"},
                                    {"7", "unknown"}}) {
    EXPECT_TRUE(error_of(with(156, type)).contains(words)) << type << ": " << error_of(with(156, type));
  }
}

TEST(Archive, RefusesNamesThatLeaveItsFolder) {
  for (const auto& [name, words] : {std::pair{"../../etc/x\0", "'..'"},
                                    {"/etc/passwd\0", "absolute"},
                                    {"a//b.json....", "empty"},
                                    {".hidden.json\0", "hidden"},
                                    {"a b.json.....", "only letters"},
                                    {"a\\b.json.....", "only letters"}}) {
    const auto error = error_of(with(0, std::string_view(name, 13)));
    EXPECT_TRUE(error.contains(words)) << name << ": " << error;
  }
  EXPECT_TRUE(error_of(with(0, std::string(13, '\0'))).contains("1 to 100"));
  EXPECT_TRUE(error_of(with(345, "..")).contains("'..'"));  // the prefix field
}

TEST(Archive, RefusesHeadersThatOthersWouldWriteDifferently) {
  for (const auto& [at, bytes] : {std::pair{100UZ, "0000755"},
                                  {108UZ, "0001750"},
                                  {136UZ, "14000000000"},
                                  {265UZ, "root"},
                                  {345UZ, "policies"},
                                  {157UZ, "/etc/passwd"},
                                  {500UZ, "x"},
                                  {124UZ, "       0002"},
                                  {124UZ, "77777777777"}}) {
    const auto error = error_of(with(at, bytes));
    EXPECT_TRUE(error.contains("not as a bundle's is written")) << at << ": " << error;
  }
}

TEST(Archive, RefusesWhatIsNoUstar) {
  EXPECT_TRUE(error_of(with(257, "ustar  ")).contains("no tar archive"));  // GNU's old form
  EXPECT_TRUE(error_of(Bytes(2048, 'x')).contains("no tar archive"));
}

TEST(Archive, SaysThatAHeaderIsDamaged) {
  auto archive = two();
  archive[0] = 'M';
  EXPECT_TRUE(error_of(archive).contains("checksum")) << error_of(archive);
}

TEST(Archive, IsLimitedInBytesAndMembers) {
  EXPECT_TRUE(error_of(Bytes(kLongestArchive + 1)).contains("64 MiB"));
  const std::vector<Member> large = {{"a", std::string(kLongestArchive, 'x')}};
  EXPECT_TRUE(write_archive(large).error().message.contains("64 MiB"));
  std::vector<Member> many;
  for (std::size_t i = 0; i < kMostMembers; ++i) many.emplace_back(std::format("m{}", i), "");
  auto archive = write_archive(many).value();
  EXPECT_TRUE(read_archive(archive));
  many.emplace_back("last", "");
  EXPECT_TRUE(write_archive(many).error().message.contains("1000 members"));
  const std::vector<Member> one = {{"last", ""}};
  const auto more = write_archive(one).value();  // one header and the end
  archive.resize(archive.size() - 2 * kBlock);
  archive.insert(archive.end(), more.begin(), more.end());
  EXPECT_TRUE(error_of(archive).contains("1000 members"));
}

TEST(Archive, WritesNoNameItWouldNotRead) {
  const std::vector<Member> wrong = {{"../x", ""}};
  EXPECT_FALSE(write_archive(wrong));
  EXPECT_FALSE(check_member_name(std::string(101, 'x')));
  EXPECT_TRUE(check_member_name(std::string(100, 'x')));
}

}  // namespace
}  // namespace cordon::bundle
