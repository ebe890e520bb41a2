#include "cordon/tokens/issuer_files.h"

#include <algorithm>

#include "cordon/base/file.h"

namespace cordon::tokens {

namespace {

bool same(const Issuer& one, const Issuer& other) {
  return one.name == other.name &&
         std::ranges::equal(one.keys, other.keys, [](const VerifyKey& key, const VerifyKey& old) {
           return key.id == old.id && key.algorithm == old.algorithm && key.key.der() == old.key.der();
         });
}

}  // namespace

Result<IssuerFiles> IssuerFiles::open(std::vector<IssuerFile> files) {
  IssuerFiles made(std::move(files));
  made.stamps_ = made.stamps();
  auto issuers = made.read();
  if (!issuers) return std::unexpected(issuers.error());
  made.issuers_ = std::move(*issuers);
  return made;
}

std::vector<FileStamp> IssuerFiles::stamps() const {
  std::vector<FileStamp> out;
  for (const auto& file : files_) out.push_back(stamp_of(file.jwks));
  return out;
}

Result<std::vector<Issuer>> IssuerFiles::read() const {
  std::vector<Issuer> issuers;
  for (const auto& file : files_) {
    const auto text = read_file(file.jwks, 256U << 10);
    if (!text) return std::unexpected(text.error());
    auto keys = parse_jwks(*text, file.algorithms);
    if (!keys) return std::unexpected(within(file.jwks.string(), keys.error()));
    issuers.push_back({file.name, std::move(*keys)});
  }
  return issuers;
}

Result<bool> IssuerFiles::refresh(bool anyway) {
  auto stamps = this->stamps();
  if (!anyway && stamps == stamps_) return false;
  stamps_ = std::move(stamps);  // before reading: what is written meanwhile is seen the next time
  auto issuers = read();
  if (!issuers) return std::unexpected(issuers.error());
  if (std::ranges::equal(*issuers, issuers_, same)) return false;
  issuers_ = std::move(*issuers);
  return true;
}

}  // namespace cordon::tokens
