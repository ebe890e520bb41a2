#include "cordon/journal/simulated_disk.h"

#include <algorithm>

namespace cordon::journal {

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
    disk_.change(*inode_, {offset, std::string(entered ? bytes : bytes.substr(0, bytes.size() / 2)), false});
    return entered;
  }

  Result<void> sync() override {
    auto entered = disk_.enter(DiskOperation::sync, name_);
    if (!entered) return entered;
    inode_->durable = inode_->content;
    inode_->unsynced.clear();
    return {};
  }

  // No operation of its own: whatever was written may reach the disk before it is synced, begun or not.
  void begin_writeback() override { ++disk_.writebacks_; }

  Result<void> truncate(std::uint64_t length) override {
    auto entered = disk_.enter(DiskOperation::truncate, name_);
    if (entered) disk_.change(*inode_, {length, {}, true});
    return entered;
  }

  Result<std::uint64_t> size() override { return inode_->content.size(); }

  bool still_named() override {
    const auto found = disk_.names_.find(name_);
    return found != disk_.names_.end() && found->second == inode_;
  }

 private:
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
  auto names = durable_names_;
  for (std::size_t i = 0; i < name_changes_.size(); ++i) {
    if (wreckage.names_kept != (wreckage.odd_name == i)) apply(names, name_changes_[i]);
  }
  for (const auto& [name, inode] : names) {
    auto content = wrecked(*inode, wreckage);
    disk->names_[name] = std::make_shared<Inode>(Inode{content, content, {}});
  }
  disk->durable_names_ = disk->names_;
  disk->folders_ = folders_;
  return disk;
}

std::vector<std::string> SimulatedDisk::files() const {
  std::vector<std::string> out;
  for (const auto& [name, inode] : names_) out.push_back(name);
  return out;
}

void SimulatedDisk::apply(Names& names, const NameChange& change) {
  if (!change.gone.empty()) names.erase(change.gone);
  if (!change.made.empty()) names[change.made] = change.inode;
}

void SimulatedDisk::change(Inode& inode, Change change) {
  apply(inode.content, change);
  inode.unsynced.push_back(std::move(change));
}

void SimulatedDisk::change(NameChange change) {
  apply(names_, change);
  name_changes_.push_back(std::move(change));
}

Result<std::unique_ptr<DiskFile>> SimulatedDisk::open(const std::string& name, OpenMode mode) {
  if (crashed_) return fail(ErrorKind::io, "crashed");
  const bool exists = names_.contains(name);
  if (mode == OpenMode::create || mode == OpenMode::replace) {
    if (auto entered = enter(DiskOperation::create, name); !entered) return std::unexpected(entered.error());
    if (const auto folder = folder_of(name); !folder.empty() && !folders_.contains(folder)) {
      return fail(ErrorKind::not_found, "no such folder: " + folder);
    }
    if (exists && mode == OpenMode::create) return fail(ErrorKind::io, "exists: " + name);
    if (exists) {
      change(*names_[name], {0, {}, true});
    } else {
      change({"", name, std::make_shared<Inode>()});
    }
  }
  const auto found = names_.find(name);
  if (found == names_.end()) return fail(ErrorKind::not_found, "open " + name);
  return std::make_unique<SimulatedFile>(*this, name, found->second);
}

Result<std::vector<std::string>> SimulatedDisk::list(const std::string& folder) {
  if (crashed_) return fail(ErrorKind::io, "crashed");
  std::vector<std::string> out;
  const auto add = [&](const std::string& name) {
    if (folder_of(name) == folder) out.push_back(folder.empty() ? name : name.substr(folder.size() + 1));
  };
  for (const auto& [name, inode] : names_) add(name);
  for (const auto& name : folders_) add(name);
  return out;
}

Result<void> SimulatedDisk::make_folder(const std::string& folder) {
  auto entered = enter(DiskOperation::make_folder, folder);
  for (auto name = folder; entered && !name.empty(); name = folder_of(name)) folders_.insert(name);
  return entered;
}

Result<void> SimulatedDisk::rename(const std::string& from, const std::string& to) {
  auto entered = enter(DiskOperation::rename, from);
  if (entered) change({from, to, names_.at(from)});
  return entered;
}

Result<void> SimulatedDisk::remove(const std::string& name) {
  auto entered = enter(DiskOperation::remove, name);
  if (entered && names_.contains(name)) change({name, "", nullptr});
  if (entered) folders_.erase(name);
  return entered;
}

Result<void> SimulatedDisk::sync_folder(const std::string& folder) {
  auto entered = enter(DiskOperation::sync_folder, folder);
  if (!entered) return entered;
  std::vector<NameChange> later;
  for (auto& change : name_changes_) {
    const auto& name = change.made.empty() ? change.gone : change.made;
    if (folder_of(name) == folder) {
      apply(durable_names_, change);
    } else {
      later.push_back(std::move(change));
    }
  }
  name_changes_ = std::move(later);
  return {};
}

Result<void> SimulatedDisk::sync_all() {
  auto entered = enter(DiskOperation::sync_all, "");
  if (!entered) return entered;
  for (const auto& [name, inode] : names_) {
    inode->durable = inode->content;
    inode->unsynced.clear();
  }
  durable_names_ = names_;
  name_changes_.clear();
  return {};
}

}  // namespace cordon::journal
