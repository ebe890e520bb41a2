#include <utility>

#include "cordon/wire/connection.h"
#include "cordon/wire/http2_transport.h"

namespace cordon::wire {

namespace {

class Http2ServerConnection final : public ServerConnection, private Http2Transport::Owner {
 public:
  Http2ServerConnection(Loop& loop, std::unique_ptr<ByteStream> stream, const Http2Limits& limits, Events events)
      : events_(std::move(events)), transport_(loop, std::move(stream), Http2Session::Role::server, limits, *this) {}

  void start_transport() { transport_.start(); }

  ByteStream& stream() override { return transport_.stream(); }

  void respond(StreamId stream, Response response) override {
    if (transport_.ended()) return;
    transport_.session().respond(stream, std::move(response));
    transport_.wake();
  }

  void respond_with_trailers(StreamId stream, Response response, Headers trailers) override {
    if (transport_.ended()) return;
    transport_.session().respond(stream, std::move(response), std::move(trailers));
    transport_.wake();
  }

  bool awaits(StreamId stream) const override { return !transport_.ended() && transport_.session().awaits(stream); }

  void announce_end() override {
    if (transport_.ended()) return;
    transport_.session().announce_end();
    transport_.wake();
  }

  void go_away() override {
    if (transport_.ended()) return;
    transport_.session().go_away();
    transport_.wake();
  }

  void close() override { transport_.close(); }

 private:
  std::weak_ptr<void> alive() override { return weak_from_this(); }

  void on_handshake() override {
    if (events_.on_ready) events_.on_ready(*this);
  }

  void on_event(const Http2Session::Event& event) override {
    auto* stream = event.stream;
    if (event.kind == Http2Session::Event::Kind::message) {
      if (events_.on_request) events_.on_request(*this, stream->id, std::move(stream->request));
    } else if (stream != nullptr && stream->delivered && !stream->answered) {
      if (events_.on_cancel) events_.on_cancel(*this, stream->id);
    }
  }

  void on_end(std::string why) override {
    if (events_.on_closed) events_.on_closed(*this, std::move(why));
  }

  Events events_;
  Http2Transport transport_;
};

}  // namespace

std::shared_ptr<ServerConnection> ServerConnection::start(Loop& loop, std::unique_ptr<ByteStream> stream,
                                                          Http2Limits limits, Events events) {
  auto connection = std::make_shared<Http2ServerConnection>(loop, std::move(stream), limits, std::move(events));
  connection->start_transport();
  return connection;
}

}  // namespace cordon::wire
