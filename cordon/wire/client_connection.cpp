#include <algorithm>
#include <format>
#include <utility>

#include "cordon/wire/connection.h"
#include "cordon/wire/http2_transport.h"

namespace cordon::wire {

namespace {

struct Ending {
  ClientConnection::Done done;
  Error error;
  ClientConnection::Again again = {};
  Request request = {};  // for again
};

constexpr std::uint32_t kRefusedStream = 0x7;  // RFC 9113 7: REFUSED_STREAM, also given for streams above a GOAWAY

// RFC 9113 8.7: a refused request was not processed; one whose fields never left was not even sent.
bool certainly_not_processed(const Http2Session::Stream& stream) {
  return !stream.left || (stream.closed && stream.code == kRefusedStream);
}

// Copied: nghttp2 may still point into the stream's request.
void offer_again(Ending& ending, Http2Session::Stream& stream) {
  if (!stream.again || !certainly_not_processed(stream)) return;
  ending.again = std::exchange(stream.again, nullptr);
  ending.request = stream.request;
}

Error error_for(const Http2Session::Stream& stream, std::string_view why) {
  if (certainly_not_processed(stream)) {
    return {ErrorKind::unavailable, std::format("request not processed: {}", why)};
  }
  return {ErrorKind::io, std::format("no answer to a sent request: {}", why)};
}

std::string why_closed(const Http2Session::Stream& stream) {
  if (!stream.fault.empty()) return std::string(stream.fault);
  if (stream.code == kRefusedStream) return "the peer refused the stream";
  return std::format("the peer reset the stream with code {} (RFC 9113 7)", stream.code);
}

class Http2ClientConnection final : public ClientConnection, private Http2Transport::Owner {
 public:
  Http2ClientConnection(Loop& loop, std::unique_ptr<ByteStream> stream, const Http2Limits& limits,
                        std::function<void(std::string)> on_closed)
      : on_closed_(std::move(on_closed)),
        transport_(loop, std::move(stream), Http2Session::Role::client, limits, *this) {}

  ~Http2ClientConnection() override;
  void start_transport() { transport_.start(); }

  void request(Request request, std::chrono::milliseconds limit, Done done, Again again) override;
  bool usable() const override { return !transport_.ended() && session().usable(); }
  std::size_t open_requests() const override { return open_; }
  ByteStream& stream() override { return transport_.stream(); }
  void close() override { transport_.close("closed by this side"); }

 private:
  std::weak_ptr<void> alive() override { return weak_from_this(); }
  void on_handshake() override {}
  void on_event(const Http2Session::Event& event) override;
  void on_end(std::string why) override;

  Done take(Http2Session::Stream& stream);
  std::vector<Ending> take_all(std::string_view why, bool (*which)(const Http2Session::Stream&));
  void fail_later(Done done, Error error);
  void arm(SteadyTime deadline);
  void expire();

  Http2Session& session() { return transport_.session(); }
  const Http2Session& session() const { return transport_.session(); }

  std::function<void(std::string)> on_closed_;
  std::size_t open_ = 0;
  // One timer for the earliest deadline; an answered request leaves it as it is, so most requests touch no timer.
  Loop::TimerId timer_ = 0;
  SteadyTime timer_at_{};
  Http2Transport transport_;
};

void call(std::vector<Ending>& endings) {
  for (auto& ending : endings) {
    if (ending.again) {
      ending.again(std::move(ending.request), std::move(ending.done));
    } else {
      ending.done(std::unexpected(std::move(ending.error)));
    }
  }
}

bool every(const Http2Session::Stream&) { return true; }

Http2ClientConnection::~Http2ClientConnection() {
  transport_.loop().cancel(timer_);
  for (auto& ending : take_all("the connection was dropped", every)) {
    fail_later(std::move(ending.done), std::move(ending.error));
  }
}

void Http2ClientConnection::request(Request request, std::chrono::milliseconds limit, Done done, Again again) {
  if (!usable()) {
    return fail_later(std::move(done), {ErrorKind::unavailable, "the connection is closed or closing"});
  }
  auto stream = session().request(std::move(request));
  if (!stream) return fail_later(std::move(done), std::move(stream.error()));
  const auto deadline = system_clock().steady() + limit;
  (*stream)->done = std::move(done);
  (*stream)->again = std::move(again);
  (*stream)->time = deadline;
  ++open_;
  arm(deadline);
  transport_.wake();
}

void Http2ClientConnection::fail_later(Done done, Error error) {
  transport_.loop().defer([done = std::move(done), error = std::move(error)] { done(std::unexpected(error)); });
}

ClientConnection::Done Http2ClientConnection::take(Http2Session::Stream& stream) {
  if (stream.done) --open_;
  return std::exchange(stream.done, nullptr);
}

// Taken before any is called: a callback may make requests, close, or drop this connection.
std::vector<Ending> Http2ClientConnection::take_all(std::string_view why,
                                                    bool (*which)(const Http2Session::Stream&)) {
  std::vector<Ending> out;
  for (const auto& stream : session().streams()) {
    if (!stream->done || !which(*stream)) continue;
    out.push_back({take(*stream), error_for(*stream, why)});
    offer_again(out.back(), *stream);
  }
  return out;
}

void Http2ClientConnection::on_event(const Http2Session::Event& event) {
  using Kind = Http2Session::Event::Kind;
  if (event.kind == Kind::going_away) {
    // What waits for a free stream can no longer leave; sent requests above the GOAWAY's stream close as refused.
    auto endings = take_all("the peer is going away", [](const Http2Session::Stream& s) { return !s.left; });
    return call(endings);
  }
  auto done = take(*event.stream);
  if (!done) return;
  if (event.kind == Kind::message) return done(std::move(event.stream->response));
  std::vector<Ending> ending;
  ending.push_back({std::move(done), error_for(*event.stream, why_closed(*event.stream))});
  offer_again(ending.back(), *event.stream);
  call(ending);
}

void Http2ClientConnection::on_end(std::string why) {
  transport_.loop().cancel(std::exchange(timer_, 0));
  auto endings = take_all(why.empty() ? "the peer closed the connection" : why, every);
  call(endings);
  if (on_closed_) on_closed_(std::move(why));
}

void Http2ClientConnection::arm(SteadyTime deadline) {
  if (timer_ != 0 && timer_at_ <= deadline) return;
  transport_.loop().cancel(timer_);
  timer_at_ = deadline;
  timer_ = transport_.loop().after(deadline - system_clock().steady(), [this, weak = weak_from_this()] {
    if (const auto self = weak.lock()) expire();
  });
}

void Http2ClientConnection::expire() {
  timer_ = 0;
  if (transport_.ended()) return;
  const auto now = system_clock().steady();
  std::vector<Ending> endings;
  auto next = SteadyTime::max();
  for (const auto& stream : session().streams()) {
    if (!stream->done) continue;
    if (stream->time > now) {
      next = std::min(next, stream->time);
      continue;
    }
    endings.push_back({take(*stream), error_for(*stream, "its time is up")});
    session().cancel(*stream);
  }
  if (next != SteadyTime::max()) arm(next);
  transport_.wake();
  call(endings);
}

}  // namespace

std::shared_ptr<ClientConnection> ClientConnection::start(Loop& loop, std::unique_ptr<ByteStream> stream,
                                                          Http2Limits limits,
                                                          std::function<void(std::string why)> on_closed) {
  auto connection = std::make_shared<Http2ClientConnection>(loop, std::move(stream), limits, std::move(on_closed));
  connection->start_transport();
  return connection;
}

}  // namespace cordon::wire
