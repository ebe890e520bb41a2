#include "cordon/administrator/distribute.h"

#include <sys/epoll.h>

#include <charconv>

#include "cordon/base/file.h"
#include "cordon/base/log.h"
#include "cordon/base/socket.h"
#include "cordon/base/text.h"
#include "cordon/crypto/digest.h"

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

}  // namespace

Distributor::Distributor(Loop& loop, Places places, std::chrono::seconds life, Parts parts)
    : loop_(loop),
      places_(std::move(places)),
      life_(life),
      key_(std::move(parts.key)),
      listener_(std::move(parts.listener)),
      sequence_(parts.sequence) {}

Distributor::~Distributor() {
  loop_.cancel(timer_);
  loop_.forget(listener_.get());
}

Result<std::unique_ptr<Distributor>> Distributor::start(Loop& loop, Places places, std::chrono::seconds life) {
  auto key = signing_key(places.key);
  if (!key) return std::unexpected(key.error());
  const auto sequence = read_sequence(places.sequence);
  if (!sequence) return std::unexpected(sequence.error());
  auto listener = listen_unix(places.socket);
  if (!listener) return std::unexpected(listener.error());
  auto made = std::make_unique<Distributor>(loop, std::move(places), life,
                                            Parts{std::move(*key), std::move(*listener), *sequence});
  if (auto loaded = made->load(); !loaded) return std::unexpected(loaded.error());
  loop.watch(made->listener_.get(), EPOLLIN, [self = made.get()](std::uint32_t) { self->accept(); });
  made->schedule();
  return made;
}

// What the sources are now, so that an unchanged (or unchanged wrong, or missing) state is not looked at twice.
std::string Distributor::fingerprint() const {
  crypto::Sha256 digest;
  for (const auto& file : {places_.sources.policy, places_.sources.inventory}) {
    const auto text = read_file(file);
    if (!text) return text.error().message;
    digest.add(as_bytes(std::to_string(text->size()) + ":"));
    digest.add(as_bytes(*text));
  }
  return to_hex(digest.finish());
}

Result<void> Distributor::load() {
  fingerprint_ = fingerprint();
  auto snapshot = assemble(places_.sources, sequence_, system_clock().now(), life_);
  if (!snapshot) return std::unexpected(snapshot.error());
  good_ = std::move(*snapshot);
  renew_at_ = {};  // due at once, and again until it works
  return issue();
}

Result<void> Distributor::issue() {
  const auto now = system_clock().now();
  good_.sequence = sequence_ + 1;
  good_.issued = now;
  good_.expires = now + life_;
  auto text = enforcement::sign_snapshot(good_, key_);
  if (!text) return std::unexpected(text.error());
  // The number is on disk before anybody sees it: a restarted engine never gives it to another snapshot.
  if (auto kept = write_file(places_.sequence, std::to_string(good_.sequence)); !kept) return kept;
  sequence_ = good_.sequence;
  current_ = std::move(*text);
  renew_at_ = now + life_ / 3;
  log(LogLevel::info, "snapshot published", {{"sequence", static_cast<std::int64_t>(sequence_)}});
  for (const auto& [number, proxy] : proxies_) proxy->send(current_);
  return {};
}

void Distributor::check_sources() {
  if (fingerprint() != fingerprint_) {
    if (const auto loaded = load(); !loaded) {
      log(LogLevel::error, "the change is refused; the last good snapshot stays", {{"why", loaded.error().message}});
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
                                       [this, number] { proxies_.erase(number); }});
  channel->send(current_);
  proxies_.emplace(number, std::move(channel));
}

void Distributor::on_answer(std::uint64_t proxy, std::string_view line) {
  const auto level = line.starts_with("running ") ? LogLevel::info : LogLevel::error;
  log(level, "proxy answered", {{"proxy", static_cast<std::int64_t>(proxy)}, {"answer", line.substr(0, 300)}});
}

}  // namespace cordon::administrator
