// A connected byte stream: plain TCP or Unix here, TLS in the room crypto. Never blocks.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "cordon/base/bytes.h"
#include "cordon/base/file.h"

namespace cordon {

enum class StreamState {
  ok,
  want_read,   // call again when the descriptor is readable
  want_write,  // call again when it is writable
  closed,      // the peer ended the stream in order
  failed,      // error_text() says why
};

struct StreamResult {
  StreamState state = StreamState::ok;
  std::size_t bytes = 0;  // moved, when state is ok
};

class ByteStream {
 public:
  virtual ~ByteStream() = default;
  virtual int fd() const = 0;
  virtual StreamResult handshake() = 0;  // ok at once for plain streams
  virtual StreamResult read(std::span<std::uint8_t> into) = 0;
  virtual bool holds_more() const { return false; }  // read() may give bytes that the descriptor does not show
  virtual StreamResult write(BytesView from) = 0;
  virtual void shutdown() = 0;  // tells the peer, best effort
  virtual std::string error_text() const = 0;
};

class PlainStream final : public ByteStream {
 public:
  explicit PlainStream(Fd fd) : fd_(std::move(fd)) {}
  int fd() const override { return fd_.get(); }
  StreamResult handshake() override { return {}; }
  StreamResult read(std::span<std::uint8_t> into) override;
  StreamResult write(BytesView from) override;
  void shutdown() override;
  std::string error_text() const override { return error_; }

 private:
  Fd fd_;
  std::string error_;
};

}  // namespace cordon
