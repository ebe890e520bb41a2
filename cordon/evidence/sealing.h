// Records become the bytes the log keeps, and back. The one implementation for the product is over a vault; tests
// have a plain one.
//
// Terms, by which an entry can be found without being opened: "caller:<name>" (the instance where there is no name,
// the peer's address where there is neither), "producer:<type>", "rule:<id>", "action:<operation>",
// "decision:refuse", "kind:<kind>" (of all but decisions).
#pragma once

#include <string>

#include "cordon/evidence/frame.h"
#include "cordon/evidence/record.h"
#include "cordon/vault/vault.h"

namespace cordon::evidence {

class Sealing {
 public:
  virtual ~Sealing() = default;
  virtual Result<void> seal(const Record& record, std::string& entry) = 0;  // appends; at most 65,535 bytes
  virtual Result<void> sync() = 0;     // before anything sealed since may be acknowledged
  virtual EpochKeys keys() const = 0;  // what enforcement points need to know; wipe it after use
  virtual std::uint32_t epoch() const = 0;
};

class VaultSealing final : public Sealing {
 public:
  explicit VaultSealing(vault::Vault& vault) : vault_(vault) {}
  ~VaultSealing() override;
  VaultSealing(const VaultSealing&) = delete;
  VaultSealing& operator=(const VaultSealing&) = delete;
  Result<void> seal(const Record& record, std::string& entry) override;
  Result<void> sync() override { return vault_.sync(); }
  EpochKeys keys() const override;
  std::uint32_t epoch() const override { return vault_.epoch(); }

 private:
  void name_terms(const Record& record);
  void add_term(std::string_view name, std::string_view value);
  void add_subjects(const Record& record);

  vault::Vault& vault_;
  // Reused from record to record. Views of clear_ lie in the texts.
  vault::Clear clear_;
  std::string header_, analyst_, personal_, terms_;
};

// The kind that stands in clear in the entry: "spool" for "spool" and "spool-gap".
vault::EntryKind entry_kind(std::string_view kind);

// What may be read of an entry: all groups asked for that the vault still has keys for.
Result<Record> unseal(BytesView entry, const vault::Vault& vault, vault::Groups groups);
Result<Record> record_of(BytesView entry, const vault::Opened& opened);  // the same, from keys that were released

}  // namespace cordon::evidence
