#include "cordon/witness/file_site.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <format>
#include <optional>

#include "cordon/base/file.h"
#include "cordon/base/text.h"
#include "cordon/transparency/tile.h"
#include "cordon/wire/http1_server.h"

namespace cordon::witness {

namespace {

constexpr std::size_t kMostBytes = transparency::kTileWidth * (transparency::kMostEntryBytes + 2);

struct Kind {
  std::string_view content_type;
  std::string_view caching;
};

constexpr std::size_t kDeepest = 8;

// A name that means itself and nothing above or hidden, and no file that is still being written.
bool is_plain(std::string_view name) {
  const auto known = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  };
  return !name.empty() && name[0] != '.' && std::ranges::all_of(name, known) && !name.ends_with(".new");
}

// "shards/3/tile/0/000" is served like "tile/0/000".
std::string_view without_shard(std::string_view path) {
  constexpr std::string_view kShards = "shards/";
  const auto slash = path.starts_with(kShards) ? path.find('/', kShards.size()) : path.npos;
  return slash == path.npos ? path : path.substr(slash + 1);
}

// C2SP tlog-tiles: what each resource is served as.
std::optional<Kind> kind_of(std::string_view whole) {
  constexpr std::string_view kChanging = "no-cache";
  const auto names = split(whole, '/');
  if (names.size() > kDeepest || !std::ranges::all_of(names, is_plain)) return std::nullopt;
  const auto path = without_shard(whole);
  if (path.starts_with("tile/")) {
    const auto tile = transparency::parse_tile_path(path);
    if (!tile || tile->path() != path) return std::nullopt;
    return Kind{"application/octet-stream", "public, max-age=31536000, immutable"};
  }
  if (path.ends_with(".json")) return Kind{"application/json", kChanging};
  if (path.starts_with("index/")) return Kind{"application/octet-stream", kChanging};
  return Kind{"text/plain; charset=utf-8", kChanging};
}

// No symbolic link at the end, nothing but a plain file.
Result<std::string> read_plain(const std::filesystem::path& path) {
  auto fd = open_file(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  if (!fd) return std::unexpected(fd.error());
  struct stat status{};
  if (::fstat(fd->get(), &status) != 0) return fail_errno("stat " + path.string(), errno);
  const auto size = static_cast<std::size_t>(status.st_size);
  if (!S_ISREG(status.st_mode) || size > kMostBytes) return fail(ErrorKind::not_found, path.string());
  std::string out(size, '\0');
  for (std::size_t have = 0; have < size;) {
    const auto got = ::pread(fd->get(), out.data() + have, size - have, static_cast<off_t>(have));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno("read " + path.string(), errno);
    if (got == 0) return fail(ErrorKind::io, path.string() + " shrinks while it is read");
    have += static_cast<std::size_t>(got);
  }
  return out;
}

}  // namespace

wire::Response FileSite::answer(const wire::Request& request) const {
  if (request.method != "GET") {
    auto refused = wire::text_response(405, "method not allowed");
    refused.headers.push_back({"allow", "GET, HEAD"});
    return refused;
  }
  const auto path = std::string_view(request.path).substr(1);
  const auto kind = kind_of(path);
  if (!kind) return wire::text_response(404, "no such resource");
  auto content = read_plain(folder_ / path);
  if (!content) {
    const bool gone = content.error().kind == ErrorKind::not_found;
    return wire::text_response(gone ? 404 : 500, gone ? "no such resource" : "cannot read it");
  }
  return {200,
          {{"content-type", std::string(kind->content_type)}, {"cache-control", std::string(kind->caching)}},
          std::move(*content)};
}

}  // namespace cordon::witness
