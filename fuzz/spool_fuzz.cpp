// Spool files: foreign once they have lain on a disk.
#include <cstdint>
#include <filesystem>
#include <string_view>

#include "cordon/base/file.h"
#include "cordon/base/temporary_folder.h"
#include "cordon/evidence/spool_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const cordon::TemporaryFolder folder;
  const auto path = folder.path() / "spool";
  if (!cordon::write_file(path, {reinterpret_cast<const char*>(data), size})) return 0;
  [[maybe_unused]] const auto contents = cordon::evidence::read_spool_file(path, cordon::to_bytes("key"));
  return 0;
}
