// A disk in memory that can be stopped before any operation and then shows what a crash may have left: what was
// synced, and of the rest any beginning, with or without zeros where bytes are missing. For tests.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cordon/evidence/disk.h"

namespace cordon::evidence {

enum class DiskOperation { create, write, sync, truncate, rename, remove, sync_folder };

struct Wreckage {
  std::size_t kept = 0;    // bytes of each file's unsynced writes that reached the disk; a truncate counts as one
  bool backwards = false;  // the other way round: that many bytes are zeros, and what was written after them is there
  bool zeros = false;      // the file got its new length, but the bytes that are missing are zeros
  bool names_kept = true;  // unsynced creations, renames and removals reached the disk
};

class SimulatedDisk final : public Disk {
 public:
  std::string name() const override { return "disk"; }
  Result<std::unique_ptr<DiskFile>> open(const std::string& name, OpenMode mode) override;
  Result<std::vector<std::string>> list() override;
  Result<void> rename(const std::string& from, const std::string& to) override;
  Result<void> remove(const std::string& name) override;
  Result<void> sync_folder() override;
  Result<void> lock() override { return {}; }

  // Stops everything before that operation, counted from 1.
  void crash_before(std::uint64_t operation) { crash_before_ = operation; }
  // The process was killed, but the machine runs on: a new one finds everything, though still unsynced.
  void revive() { crashed_ = false, crash_before_.reset(); }
  bool crashed() const { return crashed_; }
  std::uint64_t operations() const { return operations_; }
  std::size_t unsynced() const;  // the longest wait of any file: what Wreckage::kept counts
  bool unsynced_names() const { return names_ != durable_names_; }
  std::shared_ptr<SimulatedDisk> after_crash(const Wreckage& wreckage) const;

  // Asked before each operation; an error is its outcome. A write that fails has written half of its bytes.
  std::function<Result<void>(DiskOperation, const std::string& name)> fault;

  std::string& content(const std::string& name) { return names_.at(name)->content; }  // for vandals

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

  Result<void> enter(DiskOperation operation, const std::string& name);
  static void apply(std::string& content, const Change& change);
  static std::string wrecked(const Inode& inode, const Wreckage& wreckage);

  Names names_;
  Names durable_names_;
  std::uint64_t operations_ = 0;
  std::optional<std::uint64_t> crash_before_;
  bool crashed_ = false;
};

}  // namespace cordon::evidence
