// Keyed pseudonyms for subscriber identifiers: the same subscriber has the same pseudonym everywhere under one key,
// and nobody without the key gets from the pseudonym to the subscriber. (An unkeyed hash would be no secret: the
// numbers of one network are tried in minutes.)
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "cordon/base/bytes.h"
#include "cordon/base/result.h"

namespace cordon::evidence {

class Pseudonyms {
 public:
  explicit Pseudonyms(Bytes key) : key_(std::move(key)) {}
  // The key file has mode 0600; it is made with 32 random bytes when there is none.
  static Result<Pseudonyms> open(const std::filesystem::path& key_file);

  // "p:" and 20 hexadecimal digits of HMAC-SHA-256 over one identifier such as "imsi-999700000021309".
  std::string of(std::string_view identifier) const;

  // The text (a request path with its query, or a sentence) with every subscriber identifier in it replaced, also
  // percent-encoded ones: TS 29.571 5.3.2 Supi, SupiOrSuci, Gpsi and Pei, and bare numbers of 14 to 16 digits.
  std::string pseudonymise(std::string_view text) const;

 private:
  Bytes key_;
};

}  // namespace cordon::evidence
