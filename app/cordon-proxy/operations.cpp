#include "app/cordon-proxy/operations.h"

#include <unistd.h>

#include <csignal>

#include "cordon/base/log.h"
#include "cordon/enforcement/reload.h"

namespace cordon {

using enforcement::done;
using enforcement::refusal;
using wire::Json;
using wire::JsonArray;
using wire::JsonObject;
using Order = enforcement::Control::Order;

namespace {

constexpr std::size_t kMostConnections = 1000;  // in one answer
constexpr std::size_t kLongestLesson = 512;
constexpr std::string_view kLesson = "{\"learned\":\"";  // from one ledger to the next

Json count(std::size_t n) { return Json(static_cast<std::uint64_t>(n)); }

Json snapshot_of(const enforcement::Protection* protection) {
  if (protection == nullptr) return {};
  const auto left = std::chrono::duration_cast<std::chrono::seconds>(protection->expires - system_clock().now());
  return Json(JsonObject{})
      .set("sequence", protection->sequence)
      .set("policy_set", protection->digest)
      .set("expires", format_time(protection->expires))
      .set("seconds_left", static_cast<std::int64_t>(left.count()));
}

Json requests_of(const enforcement::ProxyState& state) {
  return Json(JsonObject{})
      .set("permitted", state.permitted)
      .set("refused", state.refused)
      .set("unrecorded", state.unrecorded)
      .set("upstream_failed", state.upstream_failed)
      .set("open", count(state.open_requests));
}

Json connection(const enforcement::ConnectionState& each) {
  return Json(JsonObject{})
      .set("peer", each.address)
      .set("identity", each.identity)
      .set("listener", each.listener)
      .set("tls", each.tls.version)
      .set("group", each.tls.group)
      .set("open", count(each.open))
      .set("requests", each.requests)
      .set("seconds", static_cast<std::int64_t>(each.age.count()));
}

}  // namespace

Operations::Operations(Parts parts, std::string config, std::string yaml, enforcement::Settings settings)
    : parts_(std::move(parts)),
      config_(std::move(config)),
      yaml_(std::move(yaml)),
      settings_(std::move(settings)),
      started_(system_clock().steady()) {
  watch_tls(parts_.tls_files);
}

Result<void> Operations::open(std::optional<enforcement::Predecessor> predecessor) {
  auto control =
      enforcement::Control::open(parts_.loop, settings_.proxy_socket(), [this](const Order& o) { obey(o); });
  if (!control) return std::unexpected(control.error());
  control_ = std::move(*control);
  if (predecessor) follow(std::move(*predecessor));
  return {};
}

void Operations::on_signal(int number) {
  if (number != SIGHUP) return leave();
  if (const auto reloaded = reload(); !reloaded) {
    log(LogLevel::error, "the configuration is refused as a whole; the running one stays",
        {{"why", reloaded.error().message}});
  }
}

void Operations::obey(const Order& order) {
  if (order.word == "status") return order.answer(status());
  if (order.word == "connections") return order.answer(connections());
  if (order.word == "drain") return drain(order);
  if (order.word == "undrain") {
    parts_.proxy.undrain();
    return order.answer(done("listening again"));
  }
  if (order.word == "reload") {
    const auto reloaded = reload();
    return order.answer(reloaded ? done(*reloaded) : refusal(reloaded.error().message));
  }
  if (order.word == "hand-over") return hand_over(order);
  if (order.word == "taken-over") return leave();
  order.answer(refusal("unknown order: status, connections, drain, undrain and reload are known"));
}

// === looking =====================================================================================================

Json Operations::status() const {
  const auto state = parts_.proxy.state();
  JsonArray listening;
  for (const auto& at : state.listening) listening.emplace_back(at.text());
  const auto up = std::chrono::duration_cast<std::chrono::seconds>(system_clock().steady() - started_);
  return Json(JsonObject{})
      .set("name", settings_.name)
      .set("version", CORDON_VERSION)
      .set("pid", static_cast<std::int64_t>(::getpid()))
      .set("uptime_seconds", static_cast<std::int64_t>(up.count()))
      .set("state", state.draining ? "draining" : "serving")
      .set("snapshot", snapshot_of(state.protection.get()))
      .set("listening", std::move(listening))
      .set("connections", count(state.connections))
      .set("upstream_connections", count(state.upstreams))
      .set("requests", requests_of(state))
      .set("evidence", Json(JsonObject{})
                           .set("log_writer", parts_.evidence.connected() ? "reached" : "away")
                           .set("queued", state.queued)
                           .set("waiting_in_spool", count(parts_.spool.waiting())))
      .set("confined", parts_.confined);
}

Json Operations::connections() const {
  JsonArray out;
  for (const auto& each : parts_.proxy.connections(kMostConnections)) out.push_back(connection(each));
  return Json(JsonObject{}).set("connections", std::move(out)).set("total", count(parts_.proxy.state().connections));
}

// === going
// ==========================================================================================================

void Operations::drain(const Order& order) {
  parts_.proxy.drain(settings_.drain_time, [this, answer = order.answer](std::size_t cut) {
    if (!parts_.proxy.state().draining) return answer(refusal("undrain came in between: listening again"));
    answer(done("drained").set("cut", static_cast<std::uint64_t>(cut)));
  });
}

// The last records in the spool are on disk: whoever runs next sends what the log does not have yet.
void Operations::leave() {
  if (std::exchange(leaving_, true)) return;
  log(LogLevel::info, "draining");
  parts_.proxy.drain(settings_.drain_time, [this](std::size_t cut) {
    if (cut > 0) log(LogLevel::warn, "not everybody had gone in time", {{"cut", static_cast<std::int64_t>(cut)}});
    parts_.loop.stop();
  });
}

void Operations::hand_over(const Order& order) {
  auto sockets = parts_.proxy.listening_sockets();
  if (parts_.page != nullptr) sockets.push_back(parts_.page->listener());
  parts_.ledger.flush();  // it reads the journal next, and hears of what comes after
  parts_.ledger.share([this, answer = order.answer](const enforcement::Ledger::Change& change) {
    answer(Json(JsonObject{}).set("learned", to_hex(as_bytes(parts_.ledger.sealed(change)))));
  });
  const auto handed = enforcement::hand_over(order.socket, sockets);
  log(LogLevel::info, handed ? "another enforcement point is about to take over" : "cannot hand over",
      {{"why", handed ? "" : handed.error().message}});
}

// === coming
// =========================================================================================================

void Operations::follow(enforcement::Predecessor predecessor) {
  enforcement::send_away(predecessor);
  enforcement::LineChannel::Events events;
  events.on_line = [this](std::string_view line) { learn(line); };
  events.on_closed = [this] {
    predecessor_.reset();
    parts_.spool.take_up_leftovers();
  };
  predecessor_ = std::make_unique<enforcement::LineChannel>(parts_.loop, std::move(predecessor.channel),
                                                            kLongestLesson, std::move(events));
}

void Operations::learn(std::string_view line) {
  if (!line.starts_with(kLesson)) return;
  line.remove_prefix(kLesson.size());
  const auto bytes = from_hex(line.substr(0, line.find('"')));
  const auto change = bytes ? parts_.ledger.unsealed(as_text(*bytes)) : std::nullopt;
  if (!change) return;
  change->removed ? parts_.ledger.erase(change->key) : parts_.ledger.put(change->key, change->entry);
  parts_.ledger.flush();
}

// === the configuration again =======================================================================================

Result<std::string> Operations::reload() {
  auto again = enforcement::reread(config_, yaml_, settings_);
  if (!again) return std::unexpected(again.error());
  if (again->changed.empty()) return "nothing has changed";
  const auto& to = again->settings;
  std::optional<enforcement::TlsSet> tls;
  if (again->changed.contains("tls") && !to.lab_cleartext) {
    auto loaded = enforcement::load_tls(to.tls);
    if (!loaded) return std::unexpected(loaded.error());
    tls = std::move(*loaded);
  }
  const auto adjusted = parts_.proxy.adjust({to.shared_listen, to.upstream_time, to.limits});
  if (!adjusted) {
    static_cast<void>(parts_.proxy.adjust({settings_.shared_listen, settings_.upstream_time, settings_.limits}));
    return std::unexpected(adjusted.error());
  }
  std::string what = "changed:";
  for (const auto& key : again->changed) what += " " + key;
  settings_ = std::move(again->settings);
  yaml_ = std::move(again->yaml);
  if (tls) {
    watch_tls(tls->files);
    parts_.proxy.use_tls(std::move(*tls));
  }
  log(LogLevel::info, "the configuration was read again", {{"what", what}});
  return what;
}

void Operations::watch_tls(std::string seen) {
  tls_watch_.reset();
  if (settings_.lab_cleartext) return;
  tls_watch_.emplace(parts_.loop, settings_.tls, std::move(seen), parts_.metrics,
                     [this](enforcement::TlsSet set) { parts_.proxy.use_tls(std::move(set)); });
}

}  // namespace cordon
