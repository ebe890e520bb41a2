#include "cordon/archive/copy_log.h"

#include <array>

#include "cordon/archive/log_keys.h"
#include "cordon/archive/retention.h"
#include "cordon/base/file.h"

namespace cordon::archive {

namespace fs = std::filesystem;
using transparency::Tile;

namespace {

constexpr std::size_t kMostBytes = std::size_t{1} << 30;  // of a file that is no tile

// A file's time tells how old its entries are (retention.h).
void keep_time(const fs::path& from, const fs::path& into) {
  std::error_code error;
  const auto time = fs::last_write_time(from, error);
  if (!error) fs::last_write_time(into, time, error);
}

Result<bool> write_unlike(const fs::path& from, const fs::path& into, std::string_view content, mode_t mode) {
  const auto there = read_file(into, kMostBytes);
  if (there && *there == content) return false;
  if (auto made = make_folder(into.parent_path()); !made) return std::unexpected(made.error());
  if (auto kept = write_file(into, content, mode); !kept) return std::unexpected(kept.error());
  keep_time(from, into);
  return true;
}

class Copy {
 public:
  Copy(const fs::path& from, const fs::path& into) : from_(from), into_(into), source_(read_folder(from)) {}

  Result<Copied> run(VerifyOptions options) {
    if (auto known = earlier(options); !known) return std::unexpected(known.error());
    const auto source = LogReader::open_folder(from_);
    if (!source) return std::unexpected(source.error());
    const auto log = LogReader::open([this](const std::string& path) { return copy(path); }, source->note());
    if (!log) return std::unexpected(log.error());
    options.folder_files = false;  // what else lies in the source is not copied
    auto report = verify_log(*log, options);
    if (!report) return std::unexpected(report.error());
    if (failed_) return std::unexpected(*failed_);
    out_.verified = std::move(*report);
    if (out_.verified.ok()) {
      if (auto done = finish(*log); !done) return std::unexpected(done.error());
    }
    return std::move(out_);
  }

 private:
  // Where an earlier copy stands: this one goes on from there, and must be its continuation.
  Result<void> earlier(VerifyOptions& options) {
    const auto before = LogReader::open_folder(into_);
    if (!before && before.error().kind == ErrorKind::not_found) return {};
    if (!before) return std::unexpected(within(into_.string(), before.error()));
    out_.from = before->size();
    options.first = before->size();
    options.from = before->note();
    return {};
  }

  Result<std::string> copy(const std::string& path) {
    auto content = source_(path);
    const auto tile = transparency::parse_tile_path(path);
    if (!content || !tile) return content;  // statements are copied when all is verified
    if (end_index(*tile) <= out_.from) return content;
    const auto wrote = write_unlike(from_ / path, into_ / path, *content, 0644);
    if (!wrote) {
      failed_ = wrote.error();
      return std::unexpected(wrote.error());
    }
    if (*wrote) ++out_.files, out_.bytes += content->size();
    return content;
  }

  Result<void> finish(const LogReader& log) {
    if (auto rest = copy_rest(from_, into_); !rest) return rest;
    if (auto kept = write_file(into_ / "checkpoint", log.note().whole()); !kept) return kept;
    if (auto gone = remove_narrower(log.size()); !gone) return gone;
    if (out_.verified.minimum == 0) return {};
    // What the log may not keep, its copies may not either.
    if (auto pruned = remove_below(into_, out_.verified.minimum, log.size()); !pruned) {
      return std::unexpected(pruned.error());
    }
    return {};
  }

  // Everything of the public part that is no tile: keys, statements, retention, indexes, earlier shards.
  Result<void> copy_rest(const fs::path& from, const fs::path& into) {
    std::error_code error;
    for (fs::recursive_directory_iterator at(from, error), end; !error && at != end; at.increment(error)) {
      const auto name = at->path().lexically_relative(from);
      if (at.depth() == 0 && (name == "tile" || name == "checkpoint")) {
        at.disable_recursion_pending();
        continue;
      }
      if (!at->is_regular_file() || name.extension() == ".new") continue;
      const auto content = read_file(at->path(), kMostBytes);
      if (!content) return std::unexpected(content.error());
      const auto wrote = write_unlike(at->path(), into / name, *content, 0644);
      if (!wrote) return std::unexpected(wrote.error());
      if (*wrote) ++out_.files, out_.bytes += content->size();
    }
    if (error) return fail_errno("read " + from.string(), error.value());
    return {};
  }

  // The earlier copy's last tiles, where wider ones took their place.
  Result<void> remove_narrower(std::uint64_t size) {
    for (unsigned level = 0; level < 8; ++level) {
      const auto elements = out_.from >> (8 * level);
      if (elements % transparency::kTileWidth == 0) continue;
      auto was = tile_at(level, elements / transparency::kTileWidth, out_.from);
      if (was == tile_at(level, was.index, size)) continue;
      std::error_code error;
      fs::remove(into_ / was.path(), error);
      if (level > 0) continue;
      was.entries = true;
      fs::remove(into_ / was.path(), error);
    }
    return {};
  }

  fs::path from_, into_;
  transparency::ReadResource source_;
  Copied out_;
  std::optional<Error> failed_;  // writing the copy: nothing to do with the log's content
};

}  // namespace

Result<Copied> copy_log(const fs::path& from, const fs::path& into, const VerifyOptions& options) {
  if (auto made = make_folder(into); !made) return std::unexpected(made.error());
  return Copy(from, into).run(options);
}

Result<void> copy_file_durably(const fs::path& from, const fs::path& into, mode_t mode) {
  auto content = read_file(from, kMostBytes);
  if (!content) return std::unexpected(content.error());
  const auto wrote = write_unlike(from, into, *content, mode);
  wipe({reinterpret_cast<std::uint8_t*>(content->data()), content->size()});  // may have been a key
  if (!wrote) return std::unexpected(wrote.error());
  return {};
}

}  // namespace cordon::archive
