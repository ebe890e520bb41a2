#include "cordon/crypto/sha256_many.h"

#include <gtest/gtest.h>

#include <string>

namespace cordon::crypto {
namespace {

struct Messages {
  std::vector<std::string> texts;
  std::vector<BytesView> views;
  void add(std::string text) { texts.push_back(std::move(text)); }
  std::span<const BytesView> all() {
    views.clear();
    for (const auto& text : texts) views.push_back(as_bytes(text));
    return views;
  }
};

std::string pattern(std::size_t length) {
  std::string text(length, '\0');
  for (std::size_t i = 0; i < length; ++i) text[i] = static_cast<char>((i * 131 + length * 7) % 251);
  return text;
}

void expect_same_as_one_by_one(Messages& messages) {
  Sha256Many many;
  const auto views = messages.all();
  std::vector<Sha256Digest> digests(views.size());
  many.hash(views, digests);
  for (std::size_t i = 0; i < views.size(); ++i) {
    ASSERT_EQ(to_hex(digests[i]), to_hex(sha256(views[i]))) << "message " << i << " of " << views.size();
  }
  for (const std::size_t key_size : {0U, 1U, 32U, 64U, 65U, 200U}) {
    const auto key = pattern(key_size);
    many.hmac(as_bytes(key), views, digests);
    for (std::size_t i = 0; i < views.size(); ++i) {
      ASSERT_EQ(to_hex(digests[i]), to_hex(hmac_sha256(as_bytes(key), views[i])))
          << "message " << i << " of " << views.size() << ", key of " << key_size;
    }
  }
}

TEST(Sha256Many, AgreesWithOpensslForEveryLength) {
  Messages messages;
  for (std::size_t length = 0; length < 600; ++length) messages.add(pattern(length));
  expect_same_as_one_by_one(messages);
}

TEST(Sha256Many, AgreesWithOpensslForLongMessagesOfDifferentLengths) {
  Messages messages;
  for (std::size_t length = 256; length < 900; length += 7) messages.add(pattern(length));
  messages.add(pattern(65'536));
  messages.add(pattern(1U << 20));
  expect_same_as_one_by_one(messages);
}

TEST(Sha256Many, AgreesWithOpensslForEveryNumberOfMessages) {
  for (std::size_t count = 0; count < 40; ++count) {
    for (const std::size_t length : {65U, 513U}) {
      Messages messages;
      for (std::size_t i = 0; i < count; ++i) messages.add(pattern(length + i));
      expect_same_as_one_by_one(messages);
    }
  }
}

TEST(Sha256Many, TakesMoreMessagesThanThereAreLanes) {
  Messages messages;
  for (std::size_t i = 0; i < 1000; ++i) messages.add(pattern(300 + i % 13));
  expect_same_as_one_by_one(messages);
}

TEST(Sha256Many, KeepsWorkingAfterAMove) {
  Sha256Many first;
  const bool lanes = first.side_by_side();
  Sha256Many second(std::move(first));
  EXPECT_EQ(second.side_by_side(), lanes);
  const std::string text(300, 'x');
  const std::vector<BytesView> views(8, as_bytes(text));
  std::vector<Sha256Digest> digests(8);
  second.hash(views, digests);
  EXPECT_EQ(digests[7], sha256(as_bytes(text)));
}

TEST(Sha256ManyDeathTest, StopsWhenThereAreFewerDigestsThanMessages) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const std::vector<BytesView> views(2);
  std::vector<Sha256Digest> digests(1);
  EXPECT_DEATH(Sha256Many().hash(views, digests), "");
}

}  // namespace
}  // namespace cordon::crypto
