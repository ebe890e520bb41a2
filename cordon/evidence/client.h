// The enforcement point's end of the evidence log: hands records to the writer process and hears when they are
// durable; hears from it the key that pseudonyms are made with.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

#include "cordon/base/loop.h"
#include "cordon/evidence/pseudonym.h"
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
  // spool: where the record stands in the sender's spool; one that the log has already is acknowledged, not kept
  // twice.
  virtual void append(Record record, Done done, std::optional<SpoolMark> spool = {}) = 0;
  // The same of a record that encode_record wrote, its spool mark in it.
  virtual void append_encoded(std::string_view record, Done done);
  virtual bool connected() const = 0;

  // Of the running epoch: null until the writer was reached for the first time, another object after each rotation.
  virtual std::shared_ptr<const Pseudonyms> pseudonyms() const = 0;
  // What spool files are sealed with, the same in all epochs; nothing until the writer was reached.
  virtual std::optional<Bytes> spool_key() const { return {}; }
};

}  // namespace cordon::evidence
