// The records of a log, out of its tiles and out of the journal's files for what is not in tiles yet. Works on a live
// log and on a copy, changes nothing, and does not verify: the room archive does.
#pragma once

#include <cstdint>
#include <functional>

#include "cordon/evidence/record.h"
#include "cordon/evidence/spool_positions.h"
#include "cordon/journal/folder.h"
#include "cordon/vault/vault.h"

namespace cordon::evidence {

class Records {
 public:
  // Without a vault records hold what stands in clear: number, kind, pseudonyms.
  Records(journal::LogFolder folder, const vault::Vault* vault, vault::Groups groups = {})
      : folder_(std::move(folder)), vault_(vault), groups_(groups) {}

  // Called for every record from that index on, oldest first, until it returns false.
  using Visit = std::function<bool(std::uint64_t index, const Record& record, BytesView entry)>;
  Result<void> each(std::uint64_t from, const Visit& visit) const;
  Result<Record> find(std::uint64_t index) const;
  Result<std::uint64_t> size() const;  // with the journal's tail

  // The sealed bytes, unread.
  using VisitEntry = std::function<bool(std::uint64_t index, BytesView entry)>;
  Result<void> each_entry(std::uint64_t from, const VisitEntry& visit) const;

  // How far each spool had come: from the newest records back to the last that lists all.
  Result<SpoolPositions> spool_positions() const;

 private:
  Result<Record> read(std::uint64_t index, BytesView entry) const;
  // Goes from `to` backwards; false once what lies before `from` cannot matter.
  Result<bool> recall(SpoolPositions& positions, std::uint64_t from, std::uint64_t to) const;
  journal::LogFolder folder_;
  const vault::Vault* vault_;
  vault::Groups groups_;
};

}  // namespace cordon::evidence
