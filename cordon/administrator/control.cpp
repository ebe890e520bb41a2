#include "cordon/administrator/control.h"

#include <sys/epoll.h>

#include <algorithm>
#include <format>

#include "cordon/base/socket.h"
#include "cordon/base/text.h"

namespace cordon::administrator {

namespace {

using enforcement::Contained;

constexpr std::size_t kLongestLine = 4096;
constexpr std::size_t kMostOperators = 16;
constexpr std::chrono::milliseconds kPatience{1000};
constexpr std::int64_t kLongest = 366LL * 86'400;

std::string_view member(const wire::Json& json, std::string_view name) {
  const auto* found = json.find(name);
  return found ? found->text() : std::string_view();
}

std::unexpected<Error> wrong(std::string what) { return fail(ErrorKind::invalid_input, std::move(what)); }

Result<std::string> reason_of(const wire::Json& asked) {
  const auto reason = trim(member(asked, "reason"));
  const bool plain = std::ranges::all_of(reason, [](unsigned char c) { return c >= 0x20 && c != 0x7f; });
  if (reason.empty()) return wrong("say why: --reason TEXT");
  if (!plain || reason.size() > enforcement::kLongestReason)
    return wrong(std::format("the reason is one line of at most {} bytes", enforcement::kLongestReason));
  return std::string(reason);
}

Result<std::pair<enforcement::ContainedKind, std::string>> name_in(const wire::Json& asked,
                                                                   const Distributor& engine) {
  const auto kind = enforcement::contained_kind(member(asked, "kind"));
  if (!kind) return wrong("say what: nf, slice, operation or plmn");
  const auto protection = engine.protection();
  if (!protection) return fail(ErrorKind::unavailable, "the engine has no inventory yet; ask again");
  // What left the inventory can still be lifted.
  const bool as_is = member(asked, "do") == "lift" &&
                     std::ranges::contains(engine.contained(), member(asked, "what"), &Contained::what);
  if (as_is) return std::pair(*kind, std::string(member(asked, "what")));
  auto what = contained_name(*kind, member(asked, "what"), protection->inventory);
  if (!what) return std::unexpected(what.error());
  return std::pair(*kind, std::move(*what));
}

wire::Json list_of(const Distributor& engine) {
  wire::JsonArray list;
  const auto protection = engine.protection();
  for (const auto& each : engine.contained()) {
    auto json = to_json(each);
    const auto id = NfInstanceId::parse(each.what);
    const auto* nf = id && protection ? protection->inventory.find(*id) : nullptr;
    if (nf) json.set("name", nf->name);
    list.push_back(std::move(json));
  }
  return wire::Json{wire::JsonObject{}}.set("ok", true).set("quarantine", wire::Json(std::move(list)));
}

wire::Json failure(const Error& error) {
  return wire::Json{wire::JsonObject{}}.set("ok", false).set("error", error.message);
}

}  // namespace

Result<std::unique_ptr<ControlPoint>> ControlPoint::start(Loop& loop, const std::filesystem::path& socket,
                                                          Distributor& engine) {
  auto listener = listen_unix(socket);
  if (!listener) return std::unexpected(listener.error());
  return std::make_unique<ControlPoint>(loop, std::move(*listener), engine);
}

ControlPoint::ControlPoint(Loop& loop, Fd listener, Distributor& engine)
    : loop_(loop), listener_(std::move(listener)), engine_(engine) {
  loop_.watch(listener_.get(), EPOLLIN, [this](std::uint32_t) { accept(); });
  engine_.on_running([this] { look(false); });
}

ControlPoint::~ControlPoint() {
  engine_.on_running({});
  loop_.forget(listener_.get());
}

void ControlPoint::accept() {
  auto accepted = accept_one(listener_.get());
  if (!accepted || operators_.size() >= kMostOperators) return;
  const auto number = next_++;
  auto name = peer_user(accepted->fd.get());
  auto channel = std::make_unique<enforcement::LineChannel>(
      loop_, std::move(accepted->fd), kLongestLine,
      enforcement::LineChannel::Events{[this, number](std::string_view line) { on_line(number, line); },
                                       [this, number] { operators_.erase(number); }});
  operators_.emplace(number, Operator{std::move(name), std::move(channel), std::nullopt});
}

void ControlPoint::on_line(std::uint64_t number, std::string_view line) {
  auto& who = operators_.at(number);
  const auto asked = wire::parse_json(line, {.bytes = kLongestLine, .depth = 2, .leaves = 20});
  const auto answer = asked ? obey(*asked, who) : Result<wire::Json>(std::unexpected(asked.error()));
  if (!answer) {
    who.channel->send(failure(answer.error()).dump());
  } else if (!who.waiting) {
    who.channel->send(answer->dump());
  } else {
    who.waiting->answer = *answer;
    look(false);
  }
}

Result<wire::Json> ControlPoint::obey(const wire::Json& asked, Operator& who) {
  const auto what = member(asked, "do");
  if (who.waiting) return fail(ErrorKind::unavailable, "the last change is still on its way");
  if (what == "list") return list_of(engine_);
  if (what == "add") return add(asked, who);
  if (what == "lift") return lift(asked, who);
  return wrong("say what to do: add, lift or list");
}

Result<wire::Json> ControlPoint::add(const wire::Json& asked, Operator& who) {
  auto reason = reason_of(asked);
  if (!reason) return std::unexpected(reason.error());
  auto name = name_in(asked, engine_);
  if (!name) return std::unexpected(name.error());
  const auto now = std::chrono::floor<std::chrono::seconds>(system_clock().now());
  const auto* emergency = asked.find("includingEmergency");
  Contained contained{.kind = name->first,
                      .what = std::move(name->second),
                      .reason = std::move(*reason),
                      .by = who.name,
                      .since = now,
                      .including_emergency = emergency && emergency->boolean()};
  if (contained.including_emergency && contained.kind != enforcement::ContainedKind::slice)
    return wrong("--including-emergency goes with a slice; whatever else is in quarantine is so for everything");
  if (const auto* seconds = asked.find("seconds")) {
    const auto count = seconds->integer();
    if (!count || *count < 1 || *count > kLongest) return wrong("--for takes one second to 366 days");
    contained.until = now + std::chrono::seconds(*count);
  }
  auto shown = to_json(contained);
  const auto sequence = engine_.contain(std::move(contained));
  if (!sequence) return std::unexpected(sequence.error());
  wait_for(who, *sequence, {});
  return wire::Json{wire::JsonObject{}}.set("ok", true).set("quarantined", std::move(shown));
}

Result<wire::Json> ControlPoint::lift(const wire::Json& asked, Operator& who) {
  const auto reason = reason_of(asked);
  if (!reason) return std::unexpected(reason.error());
  const auto name = name_in(asked, engine_);
  if (!name) return std::unexpected(name.error());
  const auto sequence = engine_.lift(name->first, name->second, std::format("{}; by {}", *reason, who.name));
  if (!sequence) return std::unexpected(sequence.error());
  wait_for(who, *sequence, {});
  return wire::Json{wire::JsonObject{}}
      .set("ok", true)
      .set("lifted", wire::Json{wire::JsonObject{}}.set("kind", name_of(name->first)).set("what", name->second));
}

void ControlPoint::wait_for(Operator& who, std::uint64_t sequence, wire::Json answer) {
  who.waiting = Waiting{std::move(answer), sequence, system_clock().steady()};
  loop_.after(kPatience, [this, alive = std::weak_ptr(alive_)] {
    if (!alive.expired()) look(true);
  });
}

void ControlPoint::look(bool late) {
  for (auto& [number, who] : operators_) {
    if (!who.waiting) continue;
    const auto reach = engine_.reach(who.waiting->sequence);
    const auto took =
        std::chrono::duration_cast<std::chrono::milliseconds>(system_clock().steady() - who.waiting->since);
    if (reach.running < reach.proxies && !(late && took >= kPatience)) continue;
    auto answer = std::move(who.waiting->answer);
    answer.set("snapshot", who.waiting->sequence).set("milliseconds", std::int64_t{took.count()});
    answer.set("running", static_cast<std::uint64_t>(reach.running));
    answer.set("enforcementPoints", static_cast<std::uint64_t>(reach.proxies));
    who.waiting.reset();
    who.channel->send(answer.dump());
  }
}

}  // namespace cordon::administrator
