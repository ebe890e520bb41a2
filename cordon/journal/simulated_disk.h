// A disk in memory that can be stopped before any operation and then shows what a crash may have left: what was
// synced, and of the rest any beginning, with or without zeros where bytes are missing; of the names any. For tests.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cordon/journal/disk.h"

namespace cordon::journal {

enum class DiskOperation { create, write, sync, truncate, rename, remove, make_folder, sync_folder, sync_all };

struct Wreckage {
  std::size_t kept = 0;    // bytes of each file's unsynced writes that reached the disk; a truncate counts as one
  bool backwards = false;  // the other way round: that many bytes are zeros, and what was written after them is there
  bool zeros = false;      // the file got its new length, but the bytes that are missing are zeros
  bool names_kept = true;  // unsynced creations, renames and removals reached the disk
  std::optional<std::size_t> odd_name{};  // of them, but not that one; or, when they did not: only that one
};

class SimulatedDisk final : public Disk {
 public:
  std::string name() const override { return "disk"; }
  Result<std::unique_ptr<DiskFile>> open(const std::string& name, OpenMode mode) override;
  Result<std::vector<std::string>> list(const std::string& folder) override;
  Result<void> make_folder(const std::string& folder) override;
  Result<void> rename(const std::string& from, const std::string& to) override;
  Result<void> remove(const std::string& name) override;
  Result<void> sync_folder(const std::string& folder) override;
  Result<void> sync_all() override;
  Result<void> lock() override { return {}; }

  // Stops everything before that operation, counted from 1.
  void crash_before(std::uint64_t operation) { crash_before_ = operation; }
  // The process was killed, but the machine runs on: a new one finds everything, though still unsynced.
  void revive() { crashed_ = false, crash_before_.reset(); }
  bool crashed() const { return crashed_; }
  std::uint64_t operations() const { return operations_; }
  std::size_t writebacks() const { return writebacks_; }
  std::size_t unsynced() const;  // the longest wait of any file: what Wreckage::kept counts
  std::size_t unsynced_names() const { return name_changes_.size(); }
  std::shared_ptr<SimulatedDisk> after_crash(const Wreckage& wreckage) const;
  std::shared_ptr<SimulatedDisk> copy() const { return after_crash({.kept = static_cast<std::size_t>(-1)}); }

  // Asked before each operation; an error is its outcome. A write that fails has written half of its bytes.
  std::function<Result<void>(DiskOperation, const std::string& name)> fault;

  std::string& content(const std::string& name) { return names_.at(name)->content; }  // for vandals
  bool contains(const std::string& name) const { return names_.contains(name); }
  std::vector<std::string> files() const;  // names of all, in order

 private:
  friend class SimulatedFile;
  struct Change {
    std::uint64_t offset = 0;
    std::string bytes;
    bool truncate = false;
  };
  struct Inode {
    std::string durable;
    std::string content;
    std::vector<Change> unsynced;
  };
  using Names = std::map<std::string, std::shared_ptr<Inode>>;
  struct NameChange {
    std::string gone;  // "": nothing
    std::string made;  // "": nothing
    std::shared_ptr<Inode> inode;
  };

  Result<void> enter(DiskOperation operation, const std::string& name);
  static void apply(std::string& content, const Change& change);
  static void apply(Names& names, const NameChange& change);
  void change(Inode& inode, Change change);
  void change(NameChange change);
  static std::string wrecked(const Inode& inode, const Wreckage& wreckage);

  Names names_;
  Names durable_names_;
  std::vector<NameChange> name_changes_;  // Invariant: durable_names_ with these is names_
  std::set<std::string> folders_;         // durable from the beginning
  std::uint64_t operations_ = 0;
  std::size_t writebacks_ = 0;
  std::optional<std::uint64_t> crash_before_;
  bool crashed_ = false;
};

}  // namespace cordon::journal
