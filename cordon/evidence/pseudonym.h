// Keyed pseudonyms for subscriber identifiers: the same subscriber has the same pseudonym everywhere under one key,
// and nobody without the key gets from the pseudonym to the subscriber. (An unkeyed hash would be no secret: the
// numbers of one network are tried in minutes.) The key lasts one epoch of the vault.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cordon/base/bytes.h"
#include "cordon/evidence/record.h"

namespace cordon::evidence {

// One spelling for each identifier, so that one subscriber has one pseudonym and one key: "IMSI-9997..." is
// "imsi-9997...".
std::string canonical_identifier(std::string_view identifier);

class Pseudonyms {
 public:
  explicit Pseudonyms(Bytes key) : key_(std::move(key)) {}
  ~Pseudonyms() { wipe(key_); }
  Pseudonyms(Pseudonyms&&) = default;
  Pseudonyms& operator=(Pseudonyms&&) = delete;
  Pseudonyms(const Pseudonyms&) = delete;
  Pseudonyms& operator=(const Pseudonyms&) = delete;

  // "p:" and 20 hexadecimal digits of HMAC-SHA-256 over one identifier such as "imsi-999700000021309".
  std::string of(std::string_view identifier) const;

  // The text (a request path with its query, or a sentence) with every subscriber identifier in it replaced, also
  // percent-encoded ones: TS 29.571 5.3.2 Supi, SupiOrSuci, Gpsi and Pei, and bare numbers of 14 to 16 digits.
  std::string pseudonymise(std::string_view text) const;
  // The same, and adds whom it replaced to found, each once, until there are four.
  std::string pseudonymise(std::string_view text, std::vector<Subject>& found) const;

 private:
  std::string replace(std::string_view text, std::vector<Subject>* found) const;
  Bytes key_;
};

}  // namespace cordon::evidence
