// A vault's folder, unlocked: documents that only the holder of the KEK can have written, a lock between processes,
// and a counter by which each process sees that another changed something.
//   root.json                        the KEK under the root key
//   epochs custodians holds erased backups   documents (JSON, then a line with their HMAC)
//   subjects-<epoch>                 table of subjects' keys (subject_table.h)
//   lock  writer  generation         no content worth keeping
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "cordon/base/clock.h"
#include "cordon/base/file.h"
#include "cordon/crypto/hmac_key.h"
#include "cordon/crypto/secret.h"
#include "cordon/vault/root_key.h"
#include "cordon/wire/json.h"

namespace cordon::vault {

class KeyFolder {
  struct Ours {  // only create(), open() and with() make one
    explicit Ours() = default;
  };

 public:
  KeyFolder(Ours, std::filesystem::path folder, crypto::Secret kek);
  // Makes folder (0700), root key and first epoch; invalid_input when there is a vault already.
  static Result<std::shared_ptr<KeyFolder>> create(const std::filesystem::path& folder, const RootKey& root,
                                                   const Clock& clock);
  // Also finishes an erasure that was interrupted.
  static Result<std::shared_ptr<KeyFolder>> open(const std::filesystem::path& folder, const RootKey& root);
  // A folder of the same KEK: a backup.
  static Result<std::shared_ptr<KeyFolder>> with(const std::filesystem::path& folder, crypto::Secret kek);
  ~KeyFolder();
  KeyFolder(const KeyFolder&) = delete;
  KeyFolder& operator=(const KeyFolder&) = delete;

  const std::filesystem::path& path() const { return folder_; }
  BytesView kek() const { return kek_.view(); }

  // not_found; corrupt: somebody without the KEK changed it. Replacing overwrites the old bytes.
  Result<wire::Json> read_document(std::string_view name) const;
  Result<void> write_document(std::string_view name, const wire::Json& content);

  // Held while anything changes, by one process (exclusive) or by readers of several files (shared).
  enum class Access { shared, exclusive };
  Result<Fd> lock(Access access) const;
  // Kept for as long as the process seals; unavailable: another one does.
  Result<Fd> writer_lock() const;

  std::uint64_t generation() const;  // costs one read of shared memory
  void changed();                    // moves it on: everybody reads again before the next use

 private:
  Result<void> map_generation();

  std::filesystem::path folder_;
  crypto::Secret kek_;
  crypto::HmacKey document_key_;
  void* generation_ = nullptr;  // of the mapped file `generation`
};

// Overwrites what the file held, once nobody finds it under its name any more.
Result<void> replace_secret_file(const std::filesystem::path& path, std::string_view content);

}  // namespace cordon::vault
