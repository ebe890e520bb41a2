#include "cordon/base/socket.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cordon/base/temporary_folder.h"

namespace cordon {
namespace {

constexpr std::chrono::seconds kPatience{20};  // only a broken run waits this long

const Endpoint kAnyPort{"127.0.0.1", 0};

// The connection waiting at the listener.
Result<Accepted> accept_waiting(int listener) {
  pollfd waiting{.fd = listener, .events = POLLIN, .revents = 0};
  ::poll(&waiting, 1, static_cast<int>(std::chrono::milliseconds(kPatience).count()));
  return accept_one(listener);
}

TEST(Endpoint, ReadsAndPrintsBothFamilies) {
  for (const auto* text : {"127.0.1.10:7777", "0.0.0.0:0", "[::1]:443", "[2001:db8::1]:65535"}) {
    const auto endpoint = Endpoint::parse(text);
    ASSERT_TRUE(endpoint) << text;
    EXPECT_EQ(endpoint->text(), text);
  }
}

TEST(Endpoint, RefusesNamesAndBadPorts) {
  for (const auto* text : {"", ":", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:+1", "127.0.0.1:8 ",
                           "localhost:80", "127.0.0:80", "::1:80", "[127.0.0.1]:80", "[::1:80", "::1]:80", "[]:80"}) {
    const auto endpoint = Endpoint::parse(text);
    ASSERT_FALSE(endpoint) << text;
    EXPECT_EQ(endpoint.error().kind, ErrorKind::invalid_input);
  }
}

TEST(Socket, ConnectsAndKnowsBothEnds) {
  const auto listener = listen_tcp(kAnyPort);
  ASSERT_TRUE(listener);
  const auto at = local_endpoint(listener->get());
  ASSERT_TRUE(at);
  EXPECT_NE(at->port, 0);
  const auto client = connect_tcp_blocking(*at, kPatience);
  ASSERT_TRUE(client);
  const auto served = accept_waiting(listener->get());
  ASSERT_TRUE(served);
  EXPECT_EQ(served->peer, local_endpoint(client->get()));
}

TEST(Socket, SpeaksIpv6) {
  const auto listener = listen_tcp({"::1", 0});
  if (!listener) GTEST_SKIP() << "no IPv6 here: " << listener.error().message;
  const auto client = connect_tcp_blocking(*local_endpoint(listener->get()), kPatience);
  ASSERT_TRUE(client);
  EXPECT_EQ(accept_waiting(listener->get())->peer.address, "::1");
}

TEST(Socket, ConnectsFromAGivenSource) {
  const auto listener = listen_tcp(kAnyPort);
  ASSERT_TRUE(listener);
  const auto client = connect_tcp(*local_endpoint(listener->get()), "127.0.0.2");
  ASSERT_TRUE(client);
  EXPECT_EQ(accept_waiting(listener->get())->peer.address, "127.0.0.2");
  EXPECT_EQ(connect_error(client->get()), 0);
}

TEST(Socket, SaysWhenNobodyWaits) {
  const auto listener = listen_tcp(kAnyPort);
  ASSERT_TRUE(listener);
  EXPECT_EQ(accept_one(listener->get()).error().kind, ErrorKind::unavailable);
}

TEST(Socket, SaysWhenNobodyListens) {
  auto listener = listen_tcp(kAnyPort);
  ASSERT_TRUE(listener);
  const auto at = local_endpoint(listener->get());
  listener->reset();
  const auto client = connect_tcp_blocking(*at, kPatience);
  ASSERT_FALSE(client);
  EXPECT_EQ(client.error().kind, ErrorKind::unavailable);
  EXPECT_TRUE(client.error().message.starts_with("connect 127.0.0.1:"));
}

TEST(Socket, RefusesAddressesItCannotUse) {
  EXPECT_FALSE(listen_tcp({"192.0.2.1", 0}));  // RFC 5737 3: not ours
  EXPECT_FALSE(listen_tcp({"nonsense", 0}));
  EXPECT_FALSE(connect_tcp({"nonsense", 1}));
  EXPECT_FALSE(connect_tcp_blocking({"nonsense", 1}, kPatience));
  EXPECT_FALSE(connect_tcp({"127.0.0.1", 1}, "nonsense"));
  EXPECT_FALSE(connect_tcp({"127.0.0.1", 1}, "192.0.2.1"));
}

TEST(Socket, TwoListenersCannotShareAPort) {
  const auto first = listen_tcp(kAnyPort);
  ASSERT_TRUE(first);
  const auto second = listen_tcp(*local_endpoint(first->get()));
  ASSERT_FALSE(second);
  EXPECT_TRUE(second.error().message.starts_with("bind 127.0.0.1:"));
}

TEST(Socket, DescriptorsThatAreNoSocketsAreRefused) {
  EXPECT_FALSE(local_endpoint(-1));
  EXPECT_FALSE(accept_one(-1));
  EXPECT_NE(connect_error(-1), 0);
}

TEST(Socket, UnixSocketsBelongToTheirUser) {
  const TemporaryFolder folder;
  const auto path = folder / "socket";
  {
    ASSERT_TRUE(listen_unix(path));
  }
  const auto listener = listen_unix(path);  // over the one a dead process left
  ASSERT_TRUE(listener);
  struct stat info{};
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600);
  ASSERT_TRUE(connect_unix(path));
  const auto served = accept_waiting(listener->get());
  ASSERT_TRUE(served);
  EXPECT_EQ(served->peer, Endpoint{});
}

TEST(Socket, UnixPathsHaveALimit) {
  const auto path = "/tmp/" + std::string(110, 'x');
  EXPECT_EQ(listen_unix(path).error().kind, ErrorKind::invalid_input);
  EXPECT_EQ(connect_unix(path).error().kind, ErrorKind::invalid_input);
}

TEST(Socket, UnixPathsMustLeadSomewhere) {
  const TemporaryFolder folder;
  EXPECT_EQ(connect_unix(folder / "absent").error().kind, ErrorKind::not_found);
  EXPECT_EQ(listen_unix(folder / "no" / "socket").error().kind, ErrorKind::not_found);
}

}  // namespace
}  // namespace cordon
