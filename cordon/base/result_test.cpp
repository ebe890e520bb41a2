#include "cordon/base/result.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace cordon {
namespace {

TEST(Result, TakesItsKindFromErrno) {
  const std::pair<int, ErrorKind> cases[] = {
      {ENOSPC, ErrorKind::no_space},          {EDQUOT, ErrorKind::no_space},       {ENOENT, ErrorKind::not_found},
      {EACCES, ErrorKind::permission},        {EPERM, ErrorKind::permission},      {EAGAIN, ErrorKind::unavailable},
      {ECONNREFUSED, ErrorKind::unavailable}, {ETIMEDOUT, ErrorKind::unavailable}, {EIO, ErrorKind::io},
      {EFBIG, ErrorKind::no_space},           {EPIPE, ErrorKind::unavailable},     {EMFILE, ErrorKind::io},
  };
  for (const auto& [number, kind] : cases) EXPECT_EQ(fail_errno("x", number).error().kind, kind) << number;
}

TEST(Result, NamesTheCallAndTheReason) {
  EXPECT_EQ(fail_errno("open /x", ENOENT).error().message, "open /x: No such file or directory");
}

TEST(Result, PutsTheContextBeforeTheMessageAndKeepsTheKind) {
  const auto error = within("reading the key", Error{ErrorKind::corrupt, "bad checksum"});
  EXPECT_EQ(error.message, "reading the key: bad checksum");
  EXPECT_EQ(error.kind, ErrorKind::corrupt);
}

}  // namespace
}  // namespace cordon
