#include "cordon/base/stream.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>

namespace cordon {
namespace {

class PlainStreamTest : public testing::Test {
 protected:
  void SetUp() override {
    std::array<int, 2> ends{};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()), 0);
    one = std::make_unique<PlainStream>(Fd(ends[0]));
    other = std::make_unique<PlainStream>(Fd(ends[1]));
  }

  std::unique_ptr<PlainStream> one;
  std::unique_ptr<PlainStream> other;
  std::array<std::uint8_t, 16> buffer{};
};

TEST_F(PlainStreamTest, MovesBytesAndSaysWhenToComeBack) {
  EXPECT_EQ(one->handshake().state, StreamState::ok);
  EXPECT_EQ(other->read(buffer).state, StreamState::want_read);
  EXPECT_EQ(one->write(as_bytes("hello")).bytes, 5);
  const auto got = other->read(buffer);
  EXPECT_EQ(got.state, StreamState::ok);
  EXPECT_EQ(as_text({buffer.data(), got.bytes}), "hello");
  EXPECT_NE(one->fd(), other->fd());
}

TEST_F(PlainStreamTest, AsksToWaitWhenThePeerDoesNotRead) {
  const Bytes block(65536, 1);
  auto result = one->write(block);
  while (result.state == StreamState::ok) result = one->write(block);
  EXPECT_EQ(result.state, StreamState::want_write);
}

TEST_F(PlainStreamTest, TellsAnOrderlyEndFromAFailure) {
  one->shutdown();
  EXPECT_EQ(other->read(buffer).state, StreamState::closed);
  EXPECT_EQ(other->write(as_bytes("still")).state, StreamState::ok);  // the other direction is open
  EXPECT_EQ(one->read(buffer).bytes, 5);
  other.reset();
  EXPECT_EQ(one->write(as_bytes("x")).state, StreamState::failed);  // and no SIGPIPE
  EXPECT_EQ(one->error_text(), "socket: Broken pipe");
}

}  // namespace
}  // namespace cordon
