// The writer process's server: takes records from many proxies over a Unix socket, and acknowledges each once it is
// durable.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>

#include "cordon/base/clock.h"
#include "cordon/base/loop.h"
#include "cordon/evidence/log_file.h"

namespace cordon::evidence {

struct WriterOptions {
  std::size_t clients = 256;               // more are turned away
  std::size_t batch_records = 4096;        // the rest waits for the next batch
  std::size_t waiting_replies = 1U << 20;  // bytes; a client that does not read its replies is not read from either
  mode_t socket_mode = 0600;
  std::chrono::nanoseconds checkpoint_every = std::chrono::seconds(1);
  std::function<void(const Error&)>
      on_failure;  // once, when the log takes no more records: time to end and be restarted
};

// The process must ignore SIGXFSZ, so that a limit on file sizes arrives as an error and not as a death.
class Writer {
 public:
  // The socket's folder must be private to the user: whoever reaches the socket may write records.
  static Result<std::unique_ptr<Writer>> start(Loop& loop, std::unique_ptr<LogFile> log,
                                               const std::filesystem::path& socket, WriterOptions options = {});
  virtual ~Writer() = default;

  // Orderly: writes what has arrived, answers it, signs the checkpoint and closes. Destroying without it is like a
  // crash.
  virtual Result<void> stop() = 0;
  virtual const LogFile& log() const = 0;
  virtual std::size_t clients() const = 0;
};

}  // namespace cordon::evidence
