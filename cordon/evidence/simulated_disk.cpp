#include "cordon/evidence/simulated_disk.h"

#include <algorithm>

namespace cordon::evidence {

class SimulatedFile final : public DiskFile {
 public:
  SimulatedFile(SimulatedDisk& disk, std::string name, std::shared_ptr<SimulatedDisk::Inode> inode)
      : disk_(disk), name_(std::move(name)), inode_(std::move(inode)) {}

  Result<std::string> read(std::uint64_t offset, std::size_t length) override {
    if (disk_.crashed_) return fail(ErrorKind::io, "crashed");
    return offset >= inode_->content.size() ? std::string() : inode_->content.substr(offset, length);
  }

  Result<void> write(std::uint64_t offset, std::string_view bytes) override {
    auto entered = disk_.enter(DiskOperation::write, name_);
    if (disk_.crashed_) return entered;
    change({offset, std::string(entered ? bytes : bytes.substr(0, bytes.size() / 2)), false});
    return entered;
  }

  Result<void> sync() override {
    auto entered = disk_.enter(DiskOperation::sync, name_);
    if (!entered) return entered;
    inode_->durable = inode_->content;
    inode_->unsynced.clear();
    return {};
  }

  Result<void> truncate(std::uint64_t length) override {
    auto entered = disk_.enter(DiskOperation::truncate, name_);
    if (entered) change({length, {}, true});
    return entered;
  }

  Result<std::uint64_t> size() override { return inode_->content.size(); }

  bool still_named() override {
    const auto found = disk_.names_.find(name_);
    return found != disk_.names_.end() && found->second == inode_;
  }

 private:
  void change(SimulatedDisk::Change change) {
    SimulatedDisk::apply(inode_->content, change);
    inode_->unsynced.push_back(std::move(change));
  }

  SimulatedDisk& disk_;
  std::string name_;
  std::shared_ptr<SimulatedDisk::Inode> inode_;
};

Result<void> SimulatedDisk::enter(DiskOperation operation, const std::string& name) {
  crashed_ = crashed_ || ++operations_ == crash_before_;
  if (crashed_) return fail(ErrorKind::io, "crashed");
  return fault ? fault(operation, name) : Result<void>();
}

void SimulatedDisk::apply(std::string& content, const Change& change) {
  if (change.truncate) return content.resize(change.offset);
  content.resize(std::max<std::size_t>(content.size(), change.offset + change.bytes.size()));
  content.replace(change.offset, change.bytes.size(), change.bytes);
}

std::string SimulatedDisk::wrecked(const Inode& inode, const Wreckage& wreckage) {
  auto content = inode.durable;
  auto left = wreckage.kept;
  for (auto change : inode.unsynced) {
    const auto whole = change.truncate ? 1 : change.bytes.size();
    const auto kept = std::min(left, whole);
    left -= kept;
    if (change.truncate && kept == 0) break;
    if (wreckage.backwards) {
      std::fill_n(change.bytes.begin(), std::min(kept, change.bytes.size()), '\0');
      apply(content, change);
      continue;
    }
    if (!change.truncate && kept < whole && !wreckage.zeros) change.bytes.resize(kept);
    std::fill(change.bytes.begin() + static_cast<std::ptrdiff_t>(std::min(kept, change.bytes.size())),
              change.bytes.end(), '\0');
    apply(content, change);
  }
  return content;
}

std::size_t SimulatedDisk::unsynced() const {
  std::size_t most = 0;
  for (const auto& [name, inode] : names_) {
    std::size_t bytes = 0;
    for (const auto& change : inode->unsynced) bytes += change.truncate ? 1 : change.bytes.size();
    most = std::max(most, bytes);
  }
  return most;
}

std::shared_ptr<SimulatedDisk> SimulatedDisk::after_crash(const Wreckage& wreckage) const {
  auto disk = std::make_shared<SimulatedDisk>();
  for (const auto& [name, inode] : wreckage.names_kept ? names_ : durable_names_) {
    auto content = wrecked(*inode, wreckage);
    disk->names_[name] = std::make_shared<Inode>(Inode{content, content, {}});
  }
  disk->durable_names_ = disk->names_;
  return disk;
}

Result<std::unique_ptr<DiskFile>> SimulatedDisk::open(const std::string& name, OpenMode mode) {
  if (crashed_) return fail(ErrorKind::io, "crashed");
  if (mode == OpenMode::create) {
    if (auto entered = enter(DiskOperation::create, name); !entered) return std::unexpected(entered.error());
    if (names_.contains(name)) return fail(ErrorKind::io, "exists: " + name);
    names_[name] = std::make_shared<Inode>();
  }
  const auto found = names_.find(name);
  if (found == names_.end()) return fail(ErrorKind::not_found, "open " + name);
  return std::make_unique<SimulatedFile>(*this, name, found->second);
}

Result<std::vector<std::string>> SimulatedDisk::list() {
  if (crashed_) return fail(ErrorKind::io, "crashed");
  std::vector<std::string> out;
  for (const auto& [name, inode] : names_) out.push_back(name);
  return out;
}

Result<void> SimulatedDisk::rename(const std::string& from, const std::string& to) {
  auto entered = enter(DiskOperation::rename, from);
  if (!entered) return entered;
  names_[to] = names_.at(from);
  names_.erase(from);
  return {};
}

Result<void> SimulatedDisk::remove(const std::string& name) {
  auto entered = enter(DiskOperation::remove, name);
  if (entered) names_.erase(name);
  return entered;
}

Result<void> SimulatedDisk::sync_folder() {
  auto entered = enter(DiskOperation::sync_folder, "");
  if (entered) durable_names_ = names_;
  return entered;
}

}  // namespace cordon::evidence
