#include "cordon/archive/log_reader.h"

#include <algorithm>
#include <charconv>

#include "cordon/archive/bundle_hash.h"
#include "cordon/base/file.h"
#include "cordon/wire/http1_client.h"

namespace cordon::archive {

using transparency::Hash;
using transparency::kTileWidth;
using transparency::Tile;

namespace {

constexpr std::string_view kCheckpointFile = "checkpoint";
constexpr std::chrono::milliseconds kLongestAnswer = std::chrono::seconds(30);

std::uint64_t tiles_of_level(unsigned level, std::uint64_t size) { return level >= 8 ? 0 : size >> (8 * level); }

Tile clipped(Tile tile, std::uint64_t elements) {
  const auto before = tile.index > elements / kTileWidth ? elements : tile.index * kTileWidth;
  tile.width = static_cast<unsigned>(std::min(kTileWidth, elements - before));
  return tile;
}

// The first `width` elements of a wider tile or bundle; nothing when it holds fewer.
std::optional<std::string> cut(std::string content, const Tile& tile) {
  std::size_t bytes = 0;
  if (!tile.entries) {
    bytes = std::size_t{tile.width} * sizeof(Hash);
  } else {
    for (unsigned i = 0; i < tile.width; ++i) {
      if (content.size() - bytes < 2) return std::nullopt;
      const auto high = static_cast<std::uint8_t>(content[bytes]),
                 low = static_cast<std::uint8_t>(content[bytes + 1]);
      bytes += 2 + std::size_t{high} * 256 + low;
      if (bytes > content.size()) return std::nullopt;
    }
  }
  if (bytes > content.size()) return std::nullopt;
  content.resize(bytes);
  return content;
}

Result<std::string> read_cut(const transparency::ReadResource& read, const Tile& wider, const Tile& wanted) {
  auto content = read(wider.path());
  if (!content) return content;
  auto part = cut(std::move(*content), wanted);
  if (!part) return fail(ErrorKind::corrupt, wider.path() + " is shorter than its name says");
  return std::move(*part);
}

// The widest partial tile of a folder at the same place, if it is wide enough.
std::optional<Tile> wider_partial(const std::filesystem::path& folder, const Tile& tile) {
  std::error_code error;
  Tile widest = tile;
  const auto partials = (folder / tile.path()).parent_path();
  for (std::filesystem::directory_iterator at(partials, error), end; !error && at != end; at.increment(error)) {
    const auto name = at->path().filename().string();
    unsigned width = 0;
    const auto [stop, wrong] = std::from_chars(name.data(), name.data() + name.size(), width);
    if (wrong == std::errc{} && stop == name.data() + name.size() && width < kTileWidth) {
      widest.width = std::max(widest.width, width);
    }
  }
  return widest.width > tile.width ? std::optional(widest) : std::nullopt;
}

}  // namespace

Tile tile_at(unsigned level, std::uint64_t index, std::uint64_t size) {
  return clipped({.level = level, .index = index}, tiles_of_level(level, size));
}

Tile bundle_at(std::uint64_t index, std::uint64_t size) {
  return clipped({.level = 0, .index = index, .entries = true}, size);
}

std::uint64_t end_index(const Tile& tile) {
  const auto elements = tile.index * kTileWidth + tile.width;
  const unsigned shift = tile.entries ? 0 : 8 * tile.level;
  if (shift >= 64 || elements > (~std::uint64_t{0} >> shift)) return ~std::uint64_t{0};
  return elements << shift;
}

std::filesystem::path public_part(const std::filesystem::path& folder) {
  std::error_code error;
  const auto inner = folder / "public";
  if (std::filesystem::exists(folder / kCheckpointFile, error)) return folder;
  return std::filesystem::is_directory(inner, error) ? inner : folder;
}

transparency::ReadResource with_wider_tiles(transparency::ReadResource read) {
  return [read = std::move(read)](const std::string& path) -> Result<std::string> {
    auto content = read(path);
    if (content || content.error().kind != ErrorKind::not_found || !path.contains(".p/")) return content;
    const auto tile = transparency::parse_tile_path(path);
    if (!tile) return content;
    Tile full = *tile;
    full.width = kTileWidth;
    auto wider = read_cut(read, full, *tile);
    return wider || wider.error().kind != ErrorKind::not_found ? wider : content;
  };
}

transparency::ReadResource read_folder(const std::filesystem::path& folder) {
  const auto plain = [folder](const std::string& path) { return read_file(folder / path, kMostResourceBytes); };
  return with_wider_tiles([folder, plain](const std::string& path) -> Result<std::string> {
    auto content = plain(path);
    if (content || content.error().kind != ErrorKind::not_found || !path.contains(".p/")) return content;
    const auto tile = transparency::parse_tile_path(path);
    const auto wider = tile ? wider_partial(folder, *tile) : std::nullopt;
    return wider ? read_cut(plain, *wider, *tile) : content;
  });
}

Result<transparency::ReadResource> read_url(const std::string& url) {
  const auto parsed = wire::HttpUrl::parse(url);
  if (!parsed) return std::unexpected(parsed.error());
  auto client = std::make_shared<wire::Http1Client>(*parsed, wire::Http1Limits{.body_bytes = kMostResourceBytes});
  return with_wider_tiles([client](const std::string& path) -> Result<std::string> {
    auto answer = client->get("/" + path, kLongestAnswer);
    if (!answer) return std::unexpected(answer.error());
    if (answer->status == 200) return std::move(answer->body);
    const auto place = client->url().text() + "/" + path;
    if (answer->status == 404 || answer->status == 410) return fail(ErrorKind::not_found, place + ": not there");
    return fail(ErrorKind::unavailable, std::format("{}: answered with status {}", place, answer->status));
  });
}

bool is_url(std::string_view place) { return place.starts_with("http://") || place.starts_with("https://"); }

Result<transparency::ReadResource> open_place(const std::string& place) {
  if (is_url(place)) return read_url(place);
  const auto folder = public_part(place);
  std::error_code error;
  if (!std::filesystem::is_directory(folder, error)) {
    return fail(ErrorKind::not_found, place + " is no folder: name a log's folder, or its http:// address");
  }
  return read_folder(folder);
}

struct LogReader::Bundle {
  Tile tile;
  std::string content;
  std::vector<BytesView> entries;
};

LogReader::LogReader(transparency::ReadResource read, transparency::Note note, transparency::Checkpoint checkpoint)
    : read_(std::move(read)),
      note_(std::move(note)),
      checkpoint_(std::move(checkpoint)),
      tree_(std::make_shared<transparency::TileSource>(read_, checkpoint_.size)),
      hasher_(std::make_shared<BundleHasher>()) {}

Result<LogReader> LogReader::open(transparency::ReadResource read) {
  const auto whole = read(std::string(kCheckpointFile));
  if (!whole) {
    if (whole.error().kind != ErrorKind::not_found) return std::unexpected(whole.error());
    return fail(ErrorKind::not_found,
                "there is no checkpoint (" + whole.error().message + "): nothing was published");
  }
  auto note = transparency::parse_note(*whole);
  if (!note) return std::unexpected(within("checkpoint", note.error()));
  return open(std::move(read), std::move(*note));
}

Result<LogReader> LogReader::open(transparency::ReadResource read, transparency::Note note) {
  auto checkpoint = transparency::parse_checkpoint(note.text);
  if (!checkpoint) return std::unexpected(within("checkpoint", checkpoint.error()));
  return LogReader(std::move(read), std::move(note), std::move(*checkpoint));
}

Result<LogReader> LogReader::open_folder(const std::filesystem::path& folder) {
  const auto part = public_part(folder);
  auto log = open(read_folder(part));
  if (log) log->folder_ = part;
  return log;
}

Result<void> LogReader::in_range(std::uint64_t index) const {
  if (index < size()) return {};
  return fail(ErrorKind::not_found,
              std::format("there is no entry {}: the checkpoint of {} holds {}", index, checkpoint_.origin, size()));
}

Result<std::shared_ptr<const LogReader::Bundle>> LogReader::bundle_of(std::uint64_t index) const {
  const auto tile = bundle_at(index / kTileWidth, size());
  if (bundle_ && bundle_->tile == tile) return bundle_;
  auto content = read_(tile.path());
  if (!content) return std::unexpected(within(std::format("entry {}", index), content.error()));
  auto bundle = std::make_shared<Bundle>(Bundle{tile, std::move(*content), {}});
  auto entries = transparency::split_bundle(bundle->content, tile.width);
  if (!entries) return std::unexpected(within(tile.path(), entries.error()));
  bundle->entries = std::move(*entries);
  const auto hashes = read_(tile_at(0, tile.index, size()).path());
  if (!hashes) return std::unexpected(hashes.error());
  const auto& found = hasher_->leaves(bundle->content, bundle->entries);
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (std::string_view(*hashes).substr(std::min(hashes->size(), i * sizeof(Hash)), sizeof(Hash)) ==
        as_text(found[i])) {
      continue;
    }
    return fail(ErrorKind::corrupt,
                std::format("{}: entry {} is not the one the tree holds", tile.path(), tile.index * kTileWidth + i));
  }
  bundle_ = std::move(bundle);
  return bundle_;
}

Result<LogReader::Proven> LogReader::prove(std::uint64_t index) const {
  if (auto range = in_range(index); !range) return std::unexpected(range.error());
  const auto bundle = bundle_of(index);
  if (!bundle) return std::unexpected(bundle.error());
  auto inclusion = transparency::inclusion_proof(*tree_, index, size());
  if (!inclusion) return std::unexpected(inclusion.error());
  const auto entry = (*bundle)->entries[index % kTileWidth];
  const auto holds =
      transparency::verify_inclusion(transparency::leaf_hash(entry), index, size(), *inclusion, checkpoint_.root);
  if (!holds) return std::unexpected(within(std::format("entry {}", index), holds.error()));
  return Proven{std::string(as_text(entry)), std::move(*inclusion)};
}

Result<std::string> LogReader::entry(std::uint64_t index) const {
  auto proven = prove(index);
  if (!proven) return std::unexpected(proven.error());
  return std::move(proven->entry);
}

Result<transparency::LogProof> LogReader::receipt(std::uint64_t index) const {
  auto proven = prove(index);
  if (!proven) return std::unexpected(proven.error());
  return transparency::LogProof{
      .extra = {}, .index = index, .inclusion = std::move(proven->inclusion), .checkpoint = note_};
}

Result<void> LogReader::each(std::uint64_t from, std::uint64_t to, const Visit& visit) const {
  for (auto at = from; at < std::min(to, size());) {
    const auto bundle = bundle_of(at);
    if (!bundle) return std::unexpected(bundle.error());
    for (auto i = at % kTileWidth; i < (*bundle)->entries.size() && at < to; ++i, ++at) {
      if (!visit(at, (*bundle)->entries[i])) return {};
    }
  }
  return {};
}

}  // namespace cordon::archive
