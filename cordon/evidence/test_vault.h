// A vault whose ciphertexts are the plaintexts with a mark before them: what it holds apart can be looked at.
#pragma once

#include <algorithm>
#include <set>
#include <string>

#include "cordon/crypto/digest.h"
#include "cordon/vault/vault.h"
#include "cordon/wire/cbor.h"

namespace cordon::evidence {

class TestVault final : public vault::Vault {
 public:
  Result<void> seal(const vault::Clear& clear, std::string& entry) override {
    const auto nonce = Bytes(12, 7);
    wire::CborWriter cbor(entry);
    cbor.array(8).unsigned_integer(1).unsigned_integer(static_cast<std::uint64_t>(clear.kind));
    cbor.unsigned_integer(epoch_).bytes(nonce);
    std::string terms;
    for (const auto text : clear.terms) terms += as_text(BytesView(crypto::sha256(as_bytes(text))).first(8));
    cbor.bytes(as_bytes(terms)).bytes(as_bytes(std::string(overhead, 'h') + std::string(clear.header)));
    cbor.bytes(clear.analyst.empty() ? BytesView{}
                                     : as_bytes(std::string(overhead, 'a') + std::string(clear.analyst)));
    cbor.array(clear.personal.size());
    for (const auto& personal : clear.personal) {
      subjects.emplace(personal.subject);
      cbor.array(2).bytes(pseudonym(personal.subject).value());
      cbor.bytes(as_bytes(std::string(overhead, 's') + std::string(personal.payload)));
    }
    last_terms.assign(clear.terms.begin(), clear.terms.end());
    return seal_error ? Result<void>(std::unexpected(*seal_error)) : Result<void>{};
  }
  Result<void> sync() override { return {}; }
  Result<void> refresh() override { return {}; }

  Result<vault::Opened> open(BytesView entry, vault::Groups groups) const override {
    const auto sealed = vault::parse_entry(entry);
    if (!sealed) return std::unexpected(sealed.error());
    vault::Opened opened;
    if (groups.header) opened.header = plain(sealed->header);
    if (groups.analyst) opened.analyst = plain(sealed->analyst);
    for (const auto& personal : sealed->personal) {
      const bool gone = erased.contains(personal.pseudonym);
      opened.personal.push_back({personal.pseudonym, {}, gone});
      if (groups.personal && !gone) opened.personal.back().payload = plain(personal.payload);
    }
    return opened;
  }
  Result<vault::RecordKeys> record_keys(BytesView, vault::Groups) const override { return vault::RecordKeys{}; }

  std::uint32_t epoch() const override { return epoch_; }
  Result<void> rotate() override {
    ++epoch_;
    return {};
  }
  Bytes pseudonym_key() const override { return to_bytes("pseudonyms of epoch " + std::to_string(epoch_)); }
  Bytes spool_key() const override { return to_bytes("spools"); }
  vault::Term term(std::uint32_t, std::string_view) const override { return 0; }
  Result<vault::Pseudonym> pseudonym(std::string_view subject) const override {
    const auto digest = crypto::hmac_sha256(pseudonym_key(), as_bytes(subject));
    vault::Pseudonym out{};
    std::ranges::copy(BytesView(digest).first(out.size()), out.begin());
    return out;
  }

  static constexpr std::size_t overhead = 48;  // 32 bytes of commitment and a tag of 16
  std::set<std::string> subjects;
  std::set<vault::Pseudonym> erased;
  std::vector<std::string> last_terms;
  std::optional<Error> seal_error;

 private:
  static std::string plain(BytesView sealed) {
    return sealed.size() < overhead ? "" : std::string(as_text(sealed.subspan(overhead)));
  }
  std::uint32_t epoch_ = 1;
};

}  // namespace cordon::evidence
