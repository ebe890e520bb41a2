// The key files of the issuers: read as a whole, and again when one of them changed.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cordon/base/file_stamp.h"
#include "cordon/base/result.h"
#include "cordon/tokens/verifier.h"

namespace cordon::tokens {

struct IssuerFile {
  std::string name;  // iss
  std::filesystem::path jwks;
  std::vector<crypto::JwsAlgorithm> algorithms;
};

class IssuerFiles {
 public:
  // All of them must be good.
  static Result<IssuerFiles> open(std::vector<IssuerFile> files);

  const std::vector<Issuer>& issuers() const { return issuers_; }

  // True when the keys are others than before. anyway: also when no file looks changed. An error: a file is wrong;
  // the keys stay as they were, and the next error comes only after another change.
  Result<bool> refresh(bool anyway);

 private:
  explicit IssuerFiles(std::vector<IssuerFile> files) : files_(std::move(files)) {}
  std::vector<FileStamp> stamps() const;
  Result<std::vector<Issuer>> read() const;

  std::vector<IssuerFile> files_;
  std::vector<FileStamp> stamps_;
  std::vector<Issuer> issuers_;
};

}  // namespace cordon::tokens
