// The hashes of a whole bundle or tile at once: what verifying a log spends its time on.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cordon/crypto/sha256_many.h"
#include "cordon/transparency/tile.h"

namespace cordon::archive {

class BundleHasher {
 public:
  // One hash an entry. Overwrites the lengths in the bundle: what stands before an entry becomes the 0x00 that RFC
  // 6962 2.1 hashes with it, so that nothing is copied. The views point into the bundle. Valid until the next call.
  const std::vector<transparency::Hash>& leaves(std::string& bundle, const std::vector<BytesView>& entries);
  // The root of a full tile's 256 hashes.
  transparency::Hash root(std::string_view tile);

 private:
  void hash_all();

  crypto::Sha256Many hash_;
  std::vector<transparency::Hash> hashes_;
  std::vector<BytesView> messages_;
  std::string nodes_;  // 0x01 and two hashes, one after the other
};

}  // namespace cordon::archive
