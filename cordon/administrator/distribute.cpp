#include "cordon/administrator/distribute.h"

#include <sys/epoll.h>

#include <algorithm>
#include <charconv>

#include "cordon/base/file.h"
#include "cordon/base/log.h"
#include "cordon/base/socket.h"
#include "cordon/base/text.h"

namespace cordon::administrator {

namespace {

constexpr std::chrono::milliseconds kLook{500};
constexpr std::size_t kLongestAnswer = 64 * 1024;
constexpr std::size_t kMostProxies = 1000;

// A file that is there but says nothing is an error: counting from 0 again, every proxy would refuse us as out of
// date.
Result<std::uint64_t> read_sequence(const std::filesystem::path& file) {
  const auto text = read_file(file, 64);
  if (!text && text.error().kind == ErrorKind::not_found) return 0;
  if (!text) return std::unexpected(text.error());
  const auto digits = trim(*text);
  std::uint64_t sequence = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), sequence);
  if (!digits.empty() && parsed.ec == std::errc{} && parsed.ptr == digits.data() + digits.size()) return sequence;
  return fail(
      ErrorKind::corrupt,
      std::format("{}: expected the number of the last snapshot, found '{}'; write a number there that is not below "
                  "any proxy's running one",
                  file.string(), printable(*text)));
}

// Lost is told from new by the number of the last snapshot: an engine that has published had a record of versions
// from its first start on, whatever its policy was.
Result<std::optional<bundle::VersionStore>> open_versions(const Distributor::Places& places, bool first_start) {
  if (first_start && !std::filesystem::exists(places.versions)) {
    auto made = bundle::VersionStore::create(places.versions);
    if (!made) return std::unexpected(made.error());
    return std::optional(std::move(*made));
  }
  if (!places.sources.bundle) return std::nullopt;
  auto opened = bundle::VersionStore::open(places.versions);
  if (!opened) return std::unexpected(opened.error());
  return std::optional(std::move(*opened));
}

std::string origin_of(const Assembled& assembled) {
  if (!assembled.bundle) return "policy, inventory and entities from their files";
  std::string signers;
  for (const auto& name : assembled.bundle->signers) signers += (signers.empty() ? "" : " ") + name;
  const auto& manifest = assembled.bundle->manifest;
  return std::format("bundle {} version {}, signed by {}", manifest.name, manifest.version, signers);
}

std::string in_words(const enforcement::Contained& contained) {
  return std::format("{} {}", enforcement::name_of(contained.kind), contained.what);
}

void report(const Assembled& assembled) {
  if (!assembled.warnings.empty()) {
    log(LogLevel::warn, "the policy is valid, but perhaps not what was meant (see cordon policy check)",
        {{"warnings", static_cast<std::int64_t>(assembled.warnings.size())}, {"first", assembled.warnings.front()}});
  }
  log(LogLevel::info, "policy activated",
      {{"policy_set", assembled.policy_set_hash}, {"from", origin_of(assembled)}});
}

}  // namespace

Distributor::Distributor(Loop& loop, Places places, std::chrono::seconds life, Parts parts)
    : loop_(loop),
      places_(std::move(places)),
      life_(life),
      key_(std::move(parts.key)),
      containment_(std::move(parts.containment)),
      listener_(std::move(parts.listener)),
      sequence_(parts.sequence),
      versions_(std::move(parts.versions)),
      on_change_(std::move(parts.on_change)),
      watch_(files_of(places_.sources)) {}

Distributor::~Distributor() {
  loop_.cancel(timer_);
  loop_.forget(listener_.get());
}

Result<std::unique_ptr<Distributor>> Distributor::start(Loop& loop, Places places, std::chrono::seconds life,
                                                        OnChange on_change) {
  auto key = signing_key(places.key);
  if (!key) return std::unexpected(key.error());
  const auto sequence = read_sequence(places.sequence);
  if (!sequence) return std::unexpected(sequence.error());
  auto versions = open_versions(places, *sequence == 0);
  if (!versions) return std::unexpected(versions.error());
  auto listener = listen_unix(places.socket);
  if (!listener) return std::unexpected(listener.error());
  auto made = std::make_unique<Distributor>(
      loop, std::move(places), life,
      Parts{std::move(*key), std::move(*listener), *sequence, std::move(*versions), std::move(on_change)});
  if (!made->places_.quarantine.empty()) {
    auto containment = Containment::open(made->places_.quarantine, made->key_);
    if (!containment) return std::unexpected(containment.error());
    made->containment_ = std::move(*containment);
  }
  if (auto loaded = made->load(); !loaded) return std::unexpected(loaded.error());
  loop.watch(made->listener_.get(), EPOLLIN, [self = made.get()](std::uint32_t) { self->accept(); });
  made->schedule();
  return made;
}

Result<void> Distributor::load() {
  fingerprint_ = watch_.fingerprint();
  auto assembled = assemble(places_.sources, sequence_, system_clock().now(), life_);
  if (!assembled) return std::unexpected(assembled.error());
  if (auto accepted = accept(*assembled); !accepted) {
    // The disk may take it at the next look; a refusal stays one until the sources change.
    const auto kind = accepted.error().kind;
    if (kind != ErrorKind::permission && kind != ErrorKind::invalid_input) fingerprint_.clear();
    return accepted;
  }
  good_ = std::move(assembled->snapshot);
  protection_ = std::move(assembled->protection);
  renew_at_ = {};  // due at once, and again until it works
  report(*assembled);
  auto issued = issue();
  if (issued) tell(true, origin_of(*assembled));
  return issued;
}

void Distributor::tell(bool accepted, std::string what) const {
  if (!on_change_) return;
  const auto set = protection_ ? protection_->digest : std::string();
  on_change_(
      {.accepted = accepted, .policy_set = set, .what = std::move(what), .sequence = accepted ? sequence_ : 0});
}

// Nothing is published whose version is not on disk: killed after this, the engine goes on with the new set or, when
// its file is gone, with none, but never with an older one.
Result<void> Distributor::accept(const Assembled& assembled) {
  const auto text = enforcement::sign_snapshot(assembled.snapshot, key_);
  if (!text) return std::unexpected(text.error());
  if (text->size() > enforcement::kLongestSnapshot) {
    return fail(ErrorKind::invalid_input,
                std::format("policy, entities and inventory make a snapshot of {} bytes, and {} are the most: have "
                            "fewer or shorter policies",
                            text->size(), enforcement::kLongestSnapshot));
  }
  if (!assembled.bundle) return {};
  return versions_->accept(*assembled.bundle, places_.sources.bundle->name);
}

Result<void> Distributor::issue() {
  const auto now = system_clock().now();
  good_.sequence = sequence_ + 1;
  good_.issued = now;
  good_.expires = now + life_;
  good_.contained = containment_ ? containment_->text() : std::string();
  auto text = enforcement::sign_snapshot(good_, key_);
  if (!text) return std::unexpected(text.error());
  // The number is on disk before anybody sees it: a restarted engine never gives it to another snapshot.
  if (auto kept = write_file(places_.sequence, std::to_string(good_.sequence)); !kept) return kept;
  sequence_ = good_.sequence;
  current_ = std::move(*text);
  renew_at_ = now + life_ / 3;
  log(LogLevel::info, "snapshot published", {{"sequence", static_cast<std::int64_t>(sequence_)}});
  for (const auto& [number, proxy] : proxies_) proxy.channel->send(current_);
  return {};
}

const std::vector<enforcement::Contained>& Distributor::contained() const {
  static const std::vector<enforcement::Contained> none;
  return containment_ ? containment_->all() : none;
}

Result<std::uint64_t> Distributor::contain(enforcement::Contained contained) {
  if (!containment_) return fail(ErrorKind::unavailable, "this engine keeps no quarantine");
  const auto until = contained.until ? " until " + format_time(*contained.until) : std::string();
  PolicyChange change{.accepted = true, .containment = "quarantined"};
  change.what = std::format("{}{}: {}; by {}", in_words(contained), until, contained.reason, contained.by);
  if (auto added = containment_->add(std::move(contained)); !added) return std::unexpected(added.error());
  return issue_containment(std::move(change));
}

Result<std::uint64_t> Distributor::lift(enforcement::ContainedKind kind, std::string_view what,
                                        std::string_view why) {
  if (!containment_) return fail(ErrorKind::unavailable, "this engine keeps no quarantine");
  const auto lifted = containment_->lift(kind, what);
  if (!lifted) return std::unexpected(lifted.error());
  return issue_containment(
      {.accepted = true, .what = std::format("{}: {}", in_words(*lifted), why), .containment = "lifted"});
}

// The policies were checked when they came; only what is cut off is new. If issuing fails, the next look tries again.
Result<std::uint64_t> Distributor::issue_containment(PolicyChange change) {
  renew_at_ = {};
  if (auto issued = issue(); !issued) return std::unexpected(issued.error());
  change.policy_set = protection_->digest;
  change.sequence = sequence_;
  if (on_change_) on_change_(change);
  return sequence_;
}

void Distributor::expire_containment() {
  if (!containment_) return;
  const auto over = containment_->expire(system_clock().now());
  if (!over) return log(LogLevel::error, "the quarantine could not be written", {{"why", over.error().message}});
  for (const auto& each : *over) {
    const auto issued = issue_containment({.accepted = true, .what = in_words(each), .containment = "expired"});
    if (!issued) log(LogLevel::error, "the snapshot could not be renewed", {{"why", issued.error().message}});
  }
}

Distributor::Reach Distributor::reach(std::uint64_t sequence) const {
  const auto running =
      std::ranges::count_if(proxies_, [&](const auto& each) { return each.second.running >= sequence; });
  return {proxies_.size(), static_cast<std::size_t>(running)};
}

void Distributor::check_sources() {
  expire_containment();
  if (watch_.fingerprint() != fingerprint_) {
    if (const auto loaded = load(); !loaded) {
      log(LogLevel::error, "the change is refused; the last good snapshot stays", {{"why", loaded.error().message}});
      tell(false, loaded.error().message);
    }
  } else if (system_clock().now() >= renew_at_) {
    if (const auto issued = issue(); !issued) {
      log(LogLevel::error, "the snapshot could not be renewed", {{"why", issued.error().message}});
      renew_at_ = system_clock().now() + std::chrono::seconds(1);
    }
  }
}

void Distributor::schedule() {
  timer_ = loop_.after(kLook, [this] {
    check_sources();
    schedule();
  });
}

void Distributor::accept() {
  auto accepted = accept_one(listener_.get());
  if (!accepted || proxies_.size() >= kMostProxies) return;
  const auto number = next_proxy_++;
  auto channel = std::make_unique<enforcement::LineChannel>(
      loop_, std::move(accepted->fd), kLongestAnswer,
      enforcement::LineChannel::Events{[this, number](std::string_view line) { on_answer(number, line); },
                                       [this, number] {
                                         proxies_.erase(number);
                                         if (told_) told_();
                                       }});
  channel->send(current_);
  proxies_.emplace(number, Proxy{std::move(channel)});
}

void Distributor::on_answer(std::uint64_t proxy, std::string_view line) {
  const auto level = line.starts_with("running ") ? LogLevel::info : LogLevel::error;
  if (const auto found = proxies_.find(proxy); found != proxies_.end() && level == LogLevel::info) {
    const auto number = line.substr(line.find(' ') + 1);
    std::from_chars(number.data(), number.data() + number.size(), found->second.running);
    if (told_) told_();
  }
  log(level, "proxy answered", {{"proxy", static_cast<std::int64_t>(proxy)}, {"answer", line.substr(0, 300)}});
}

}  // namespace cordon::administrator
