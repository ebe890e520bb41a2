// Certificate revocation lists (RFC 5280 5), read from files.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/base/clock.h"
#include "cordon/base/result.h"
#include "cordon/crypto/certificate.h"

namespace cordon::crypto {

// Cheap to copy: shares one immutable OpenSSL list.
class RevocationList {
 public:
  // PEM with one or more lists, or one list in DER. Delta lists are refused: they say nothing by themselves.
  static Result<std::vector<RevocationList>> from_text(std::string_view text);

  std::string issuer() const;  // RFC 2253
  WallTime this_update() const;
  WallTime next_update() const;  // a list that names none is never fresh (RFC 5280 5.1.2.5 demands it)
  bool fresh(WallTime at) const { return this_update() <= at && at < next_update(); }
  bool is_for(const Certificate& certificate) const;  // issued by the same authority
  bool lists(const Certificate& certificate) const;   // and the certificate is in it
  bool signed_by(const Certificate& authority) const;

 private:
  friend struct ListAccess;
  std::shared_ptr<void> list_;
};

}  // namespace cordon::crypto
