// A log's public files over HTTP (C2SP tlog-tiles): checkpoint, tiles, entry bundles, and what else lies beside them
// (keys, statements, retention, index, closed shards). Read-only; paths of plain names only, so that none leads out
// of the folder.
#pragma once

#include <filesystem>
#include <string>

#include "cordon/wire/message.h"

namespace cordon::witness {

class FileSite {
 public:
  // folder: with checkpoint and tile/ in it, usually public/ of a log or mirror.
  explicit FileSite(std::filesystem::path folder) : folder_(std::move(folder)) {}
  wire::Response answer(const wire::Request& request) const;

 private:
  std::filesystem::path folder_;
};

}  // namespace cordon::witness
