// The writer process's server: takes records from many proxies over a Unix socket, seals them, and acknowledges each
// once it is durable.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "cordon/base/clock.h"
#include "cordon/base/loop.h"
#include "cordon/evidence/keeper.h"

namespace cordon::evidence {

struct WriterOptions {
  std::size_t clients = 256;               // more are turned away
  std::size_t batch_records = 4096;        // the rest waits for the next batch
  std::size_t waiting_replies = 1U << 20;  // bytes; a client that does not read its replies is not read from either
  mode_t socket_mode = 0600;
  std::size_t batch_bytes = 16U << 20;
  KeeperOptions keeper = {};
  std::chrono::nanoseconds look_every = std::chrono::seconds(1);  // for a new epoch, and journal files to remove
  std::function<void(const Error&)> on_failure = {};  // once, when the log takes no more records: time to end and be
                                                      // restarted
};

// The process must ignore SIGXFSZ, so that a limit on file sizes arrives as an error and not as a death.
class Writer {
 public:
  // The socket's folder must be private to the user: whoever reaches the socket may write records. positions: how far
  // each spool had come (Records::spool_positions), so that gaps and repetitions are noticed.
  static Result<std::unique_ptr<Writer>> start(Loop& loop, const Clock& clock, KeeperParts parts,
                                               SpoolPositions positions, const std::filesystem::path& socket,
                                               WriterOptions options = {});
  virtual ~Writer() = default;

  // Orderly: writes what has arrived, answers it, publishes and closes. Destroying without it is like a crash.
  virtual Result<void> stop() = 0;
  // A record of the log's own: in the loop's thread, and at once, even if nobody sends any.
  virtual void say(std::string_view kind, std::string reason) = 0;
  virtual std::uint64_t size() const = 0;  // of the log
  virtual std::size_t clients() const = 0;
};

// Free bytes of the disk that holds the folder (statvfs: what an ordinary user may still use).
std::function<Result<std::uint64_t>()> free_space_of(std::filesystem::path folder);

}  // namespace cordon::evidence
