#include "cordon/neighbours/door.h"

#include <grp.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cordon/base/socket.h"
#include "cordon/base/temporary_folder.h"
#include "cordon/enforcement/test_network.h"

namespace cordon::neighbours {
namespace {

class DoorTest : public testing::Test {
 protected:
  static struct stat look(const std::filesystem::path& path) {
    struct stat out{};
    EXPECT_EQ(::stat(path.c_str(), &out), 0) << path;
    return out;
  }
  TemporaryFolder folder;
  Door door{.socket = folder / "run" / "nginx.sock"};
};

TEST_F(DoorTest, IsTheOwnersAloneUnlessAGroupIsNamed) {
  const auto fd = open_socket(door);
  ASSERT_TRUE(fd) << fd.error().message;
  EXPECT_EQ(look(door.socket).st_mode & 0777, 0600U);
  EXPECT_EQ(look(folder / "run").st_mode & 0777, 0700U);
  EXPECT_TRUE(connect_unix(door.socket));
}

TEST_F(DoorTest, IsOpenToTheGroupThatIsNamed) {
  const auto* own = ::getgrgid(::getegid());
  ASSERT_NE(own, nullptr);
  door.group = own->gr_name;
  const auto fd = open_socket(door);
  ASSERT_TRUE(fd) << fd.error().message;
  EXPECT_EQ(look(door.socket).st_mode & 0777, 0660U);
  EXPECT_EQ(look(door.socket).st_gid, ::getegid());
  EXPECT_EQ(look(folder / "run").st_mode & 0777, 0750U);
}

TEST_F(DoorTest, AFolderTheGroupCannotEnterIsAnError) {
  door.group = ::getgrgid(::getegid())->gr_name;
  ASSERT_TRUE(make_folder(folder / "run", 0700));
  const auto fd = open_socket(door);
  ASSERT_FALSE(fd);
  EXPECT_TRUE(fd.error().message.contains("give the socket one of its own")) << fd.error().message;
}

TEST_F(DoorTest, AnUnknownGroupIsAnError) {
  door.group = "no-such-group-here";
  const auto fd = open_socket(door);
  ASSERT_FALSE(fd);
  EXPECT_TRUE(fd.error().message.contains("there is no group 'no-such-group-here'"));
  EXPECT_FALSE(std::filesystem::exists(door.socket));
}

TEST_F(DoorTest, OverTheNetworkItNeedsItsFiles) {
  door = {.listen = Endpoint{"127.0.0.1", 0}, .certificate = folder / "none.pem", .names = {"envoy.example"}};
  EXPECT_FALSE(open_envoy(door));
  const enforcement::test::TestNetwork network;
  const auto own = network.tls_of("amf1");
  ASSERT_TRUE(write_file(folder / "own.pem", own.chain.front().pem(), 0600));
  ASSERT_TRUE(write_file(folder / "own.key", own.key.pem(), 0600));
  ASSERT_TRUE(write_file(folder / "anchors.pem", network.authority.certificate().pem(), 0600));
  door.certificate = folder / "own.pem";
  door.key = folder / "own.key";
  door.anchors = folder / "anchors.pem";
  const auto opened = open_envoy(door);
  ASSERT_TRUE(opened) << opened.error().message;
  EXPECT_TRUE(opened->second.tls);
  EXPECT_EQ(opened->second.names, door.names);
  door.key = folder / "own.pem";
  const auto wrong = open_envoy(door);
  ASSERT_FALSE(wrong);
  EXPECT_TRUE(wrong.error().message.contains("own.pem"));
}

}  // namespace
}  // namespace cordon::neighbours
