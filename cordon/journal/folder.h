// What lies where in a log's folder. Everything under public/ may be served to anybody as plain files.
//   public/checkpoint  public/tile/...  public/log.vkeys   C2SP tlog-tiles; the two vkeys, a line each
//   wal/wal-<first index>                                  durable entries not yet in sealed tiles
//   keys/ed25519.pem  keys/mldsa44.pem                     the log's keys, mode 0600
//   lock                                                   keeps a second writer out
#pragma once

#include <filesystem>

namespace cordon::journal {

struct LogFolder {
  std::filesystem::path root;
  std::filesystem::path open_part() const { return root / "public"; }
  std::filesystem::path wal() const { return root / "wal"; }
  std::filesystem::path keys() const { return root / "keys"; }
};

}  // namespace cordon::journal
