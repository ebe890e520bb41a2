// The enforcement point's end of the evidence log: hands records to the writer process and hears when they are
// durable.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>

#include "cordon/base/loop.h"
#include "cordon/evidence/record.h"

namespace cordon::evidence {

class Client {
 public:
  using Done = std::function<void(Result<std::uint64_t> sequence)>;

  // Connects to the writer's Unix socket and keeps reconnecting (every 100 ms) while it is away.
  static std::unique_ptr<Client> start(Loop& loop, std::filesystem::path socket);
  virtual ~Client() = default;

  // done is called exactly once, from the loop: the sequence number once the record is on disk, or an error:
  // unavailable (writer away, queue of 4,096 full, or it went away before answering), no_space (disk full).
  virtual void append(Record record, Done done) = 0;
  virtual bool connected() const = 0;
};

}  // namespace cordon::evidence
