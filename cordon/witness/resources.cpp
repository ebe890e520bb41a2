#include "cordon/witness/resources.h"

#include <filesystem>
#include <memory>

#include "cordon/base/file.h"
#include "cordon/base/text.h"
#include "cordon/wire/http1_client.h"

namespace cordon::witness {

using transparency::ReadResource;

namespace {

// A full bundle: 256 entries of 65,535 bytes, and their lengths.
constexpr std::size_t kMostBytes = transparency::kTileWidth * (transparency::kMostEntryBytes + 2);

ReadResource folder_resources(std::filesystem::path folder) {
  return [folder = std::move(folder)](const std::string& path) { return read_file(folder / path, kMostBytes); };
}

ReadResource http_resources(wire::HttpUrl url, std::chrono::milliseconds limit) {
  const auto client =
      std::make_shared<wire::Http1Client>(std::move(url), wire::Http1Limits{.body_bytes = kMostBytes});
  return [client, limit](const std::string& path) -> Result<std::string> {
    auto response = client->get("/" + path, limit);
    if (!response) return std::unexpected(response.error());
    const auto place = std::format("{}/{}", client->url().text(), path);
    if (wire::find_header(response->headers, "content-encoding")) {
      return fail(ErrorKind::invalid_input, place + ": it comes compressed, which nobody asked for");
    }
    if (response->status == 200) return std::move(response->body);
    const bool gone = response->status == 404 || response->status == 410;
    return fail(gone ? ErrorKind::not_found : ErrorKind::unavailable,
                std::format("{}: status {}", place, response->status));
  };
}

Result<std::string> beginning(const transparency::Tile& tile, std::string full) {
  if (!tile.entries) {
    full.resize(std::min<std::size_t>(full.size(), tile.width * sizeof(transparency::Hash)));
    return full;
  }
  const auto entries = transparency::split_bundle(full, transparency::kTileWidth);
  if (!entries) return std::unexpected(entries.error());
  std::string out;
  for (const auto entry : std::span(*entries).first(tile.width)) transparency::append_entry(out, entry);
  return out;
}

}  // namespace

Result<ReadResource> resources_of(const std::string& place, std::chrono::milliseconds limit) {
  if (place.contains("://")) {
    auto url = wire::HttpUrl::parse(place);
    if (!url) return std::unexpected(url.error());
    return http_resources(std::move(*url), limit);
  }
  std::error_code error;
  const std::filesystem::path folder(place);
  if (std::filesystem::is_directory(folder / "public", error)) return folder_resources(folder / "public");
  if (std::filesystem::is_directory(folder, error)) return folder_resources(folder);
  return fail(ErrorKind::not_found, std::format("{}: neither a folder nor http://HOST[:PORT][/PREFIX]", place));
}

ReadResource with_full_tiles(ReadResource read) {
  return [read = std::move(read)](const std::string& path) -> Result<std::string> {
    auto content = read(path);
    if (content || content.error().kind != ErrorKind::not_found) return content;
    auto tile = transparency::parse_tile_path(path);
    if (!tile || tile->width == transparency::kTileWidth) return content;
    auto whole = *tile;
    whole.width = transparency::kTileWidth;
    auto full = read(whole.path());
    if (!full) return content;
    return beginning(*tile, std::move(*full));
  };
}

}  // namespace cordon::witness
