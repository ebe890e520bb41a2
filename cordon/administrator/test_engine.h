// The engine with its files and its proxies, for tests of distribution.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "cordon/administrator/distribute.h"
#include "cordon/administrator/test_sources.h"
#include "cordon/base/socket.h"
#include "cordon/wire/test_connections.h"

namespace cordon::administrator::test {

// A proxy as far as the engine sees one: keeps the lines it gets.
struct TestProxy {
  TestProxy(Loop& loop, const std::filesystem::path& socket) {
    enforcement::LineChannel::Events events;
    events.on_line = [this](std::string_view line) { lines.emplace_back(line); };
    events.on_closed = [this] { closed = true; };
    channel =
        std::make_unique<enforcement::LineChannel>(loop, connect_unix(socket).value(), 1 << 20, std::move(events));
  }
  std::vector<std::string> lines;
  bool closed = false;
  std::unique_ptr<enforcement::LineChannel> channel;
};

class EngineTest : public testing::Test {
 protected:
  Result<void> start(std::chrono::seconds life = std::chrono::hours(1)) {
    engine.reset();
    places.sources = files.sources;
    auto started = Distributor::start(loop, places, life);
    if (!started) return std::unexpected(started.error());
    engine = std::move(*started);
    return {};
  }
  enforcement::Snapshot opened(const std::string& line) const {
    const auto key = crypto::PublicKey::from_pem(read_file(files.folder / "engine-key.pub").value()).value();
    const auto snapshot = enforcement::open_snapshot(line, key, WallTime{});
    EXPECT_TRUE(snapshot) << snapshot.error().message;
    return snapshot.value_or(enforcement::Snapshot{});
  }
  std::unique_ptr<TestProxy> connect() {
    auto proxy = std::make_unique<TestProxy>(loop, places.socket);
    EXPECT_TRUE(gets(*proxy, 1));
    return proxy;
  }
  bool gets(const TestProxy& proxy, std::size_t lines) {
    return wire::test::run_until(loop, [&] { return proxy.lines.size() >= lines; });
  }
  std::string stored_sequence() const { return read_file(places.sequence).value_or(""); }

  TestSources files;
  Distributor::Places places{files.sources, files.folder / "engine.sock", files.folder / "engine-key.pem",
                             files.folder / "snapshot-sequence", files.folder / "bundle-versions.json"};
  Loop loop;
  std::unique_ptr<Distributor> engine;
};

}  // namespace cordon::administrator::test
