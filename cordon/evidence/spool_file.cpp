#include "cordon/evidence/spool_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>

#include "cordon/base/random.h"
#include "cordon/crypto/hkdf.h"

namespace cordon::evidence {

namespace {

constexpr std::string_view kMagic = "cordon-spool-1\n";
constexpr std::size_t kSaltBytes = 16;
constexpr std::size_t kLongestSource = 512;
constexpr std::size_t kFrameHead = 12;  // length and sequence
constexpr std::size_t kLargestFile = std::size_t{256} << 20;

template <class T>
void put_number(std::string& out, T number) {
  for (std::size_t i = 0; i < sizeof number; ++i) out += static_cast<char>(number >> (8 * i) & 0xff);
}
template <class T>
T take_number(std::string_view bytes) {
  T number = 0;
  for (std::size_t i = 0; i < sizeof number; ++i)
    number |= static_cast<T>(static_cast<T>(static_cast<unsigned char>(bytes[i])) << (8 * i));
  return number;
}

std::string header_of(BytesView salt, std::string_view source) {
  std::string header(kMagic);
  header += as_text(salt);
  put_number(header, static_cast<std::uint16_t>(source.size()));
  header += source;
  return header;
}

Result<Bytes> file_key(BytesView key, BytesView salt) {
  return crypto::hkdf(crypto::HkdfHash::sha256, key, salt, as_bytes("cordon spool file"), crypto::kAeadKeySize);
}

// A sequence is used once in a file, and every file has its own key: no nonce comes twice under one key.
std::array<std::uint8_t, crypto::kAeadNonceSize> nonce_of(std::uint64_t sequence) {
  std::array<std::uint8_t, crypto::kAeadNonceSize> nonce{};
  for (std::size_t i = 0; i < 8; ++i) nonce[11 - i] = static_cast<std::uint8_t>(sequence >> (8 * i));
  return nonce;
}

void copy_number(std::span<std::uint8_t> out, std::uint64_t number) {
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::uint8_t>(number >> (8 * i));
}

// Blocks are taken from the disk here: a mapped file that finds none when it is written to ends the process.
Result<std::span<std::uint8_t>> map_room(int fd, std::size_t room) {
  if (const int error = ::posix_fallocate(fd, 0, static_cast<off_t>(room)); error != 0)
    return fail_errno("fallocate", error);
  void* memory = ::mmap(nullptr, room, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED) return fail_errno("mmap", errno);
  // All at once is cheaper than a fault for each page; where the system cannot, the faults come.
  [[maybe_unused]] const int brought = ::madvise(memory, room, MADV_POPULATE_WRITE);
  return std::span(static_cast<std::uint8_t*>(memory), room);
}

}  // namespace

SpoolFile::SpoolFile(std::filesystem::path path, Fd file, std::span<std::uint8_t> room, BytesView key,
                     std::string_view header)
    : path_(std::move(path)),
      file_(std::move(file)),
      room_(room),
      sealer_(key),
      before_(to_bytes(header)),
      size_(header.size()) {
  std::ranges::copy(header, room_.begin());
}

SpoolFile::~SpoolFile() {
  ::munmap(room_.data(), room_.size());
  [[maybe_unused]] const int cut = ::ftruncate(file_.get(), static_cast<off_t>(size_));  // zeros are read, too
}

Result<std::unique_ptr<SpoolFile>> SpoolFile::create(const std::filesystem::path& path, BytesView key,
                                                     std::string_view source, std::size_t room) {
  if (source.size() > kLongestSource) return fail(ErrorKind::invalid_input, "the spool's source has too long a name");
  Bytes salt(kSaltBytes);
  fill_random(salt);
  auto own_key = file_key(key, salt);
  if (!own_key) return std::unexpected(own_key.error());
  auto file = open_file(path, O_RDWR | O_CREAT | O_EXCL, 0600);
  if (!file) return std::unexpected(file.error());
  ::flock(file->get(), LOCK_EX | LOCK_NB);  // while this run lives, no other takes its records for left behind
  const auto header = header_of(salt, source);
  const auto mapped = map_room(file->get(), std::max(room, header.size()));
  if (!mapped) {
    ::unlink(path.c_str());
    return std::unexpected(within(path.string(), mapped.error()));
  }
  auto made = std::unique_ptr<SpoolFile>(new SpoolFile(path, std::move(*file), *mapped, *own_key, header));
  wipe(*own_key);
  return made;
}

Result<void> SpoolFile::put(std::uint64_t sequence, BytesView record) {
  if (record.size() > kLongestSpooled) return fail(ErrorKind::invalid_input, "the record is too long for the spool");
  if (!fits(record.size())) return fail(ErrorKind::no_space, path_.string() + ": the file is full");
  const auto frame = room_.subspan(size_, kFrameBytes + record.size());
  const auto sealed = frame.subspan(kFrameHead);
  if (auto done = sealer_.seal(nonce_of(sequence), record, before_, sealed); !done) return done;
  copy_number(frame.subspan(4, 8), sequence);
  std::atomic_thread_fence(std::memory_order_release);
  copy_number(frame.first(4), sealed.size());
  size_ += frame.size();
  const auto tag = sealed.last(crypto::kAeadTagSize);
  before_.assign(tag.begin(), tag.end());
  return {};
}

namespace {

// Takes a file of frames apart from its beginning.
class FrameReader {
 public:
  FrameReader(std::string_view content, const std::filesystem::path& path)
      : content_(content), rest_(content), path_(path) {}

  // The source and the file's own key, out of the header.
  Result<std::string> header(BytesView key) {
    const bool ours = take(kMagic.size()) == kMagic && rest_.size() >= kSaltBytes + 2;
    const auto salt = take(kSaltBytes);
    const auto length = ours ? take_number<std::uint16_t>(take(2)) : std::uint16_t{0};
    if (!ours || length > kLongestSource || rest_.size() < length)
      return fail(ErrorKind::corrupt, path_.string() + ": this is no spool of records");
    std::string source(take(length));
    auto own_key = file_key(key, as_bytes(salt));
    if (!own_key) return std::unexpected(own_key.error());
    key_ = std::move(*own_key);
    before_ = to_bytes(content_.substr(0, place()));
    return source;
  }
  ~FrameReader() { wipe(key_); }
  FrameReader(const FrameReader&) = delete;
  FrameReader& operator=(const FrameReader&) = delete;

  // A length of zero: nothing was written from here on, or not to its end.
  bool whole_frame() const {
    return rest_.size() >= 4 && length() != 0 && rest_.size() >= kFrameHead &&
           (wrong_length() || rest_.size() >= kFrameHead + length());
  }
  Result<SpooledRecord> frame() {
    const auto sequence = take_number<std::uint64_t>(rest_.substr(4));
    const auto sealed = as_bytes(wrong_length() ? std::string_view() : rest_.substr(kFrameHead, length()));
    auto record = crypto::open(crypto::Aead::aes_256_gcm, key_, nonce_of(sequence), sealed, before_);
    if (!record) {
      return fail(ErrorKind::corrupt,
                  std::format("{}: byte {}: altered, or sealed with another key; {} bytes cannot be read",
                              path_.string(), place(), rest_.size()));
    }
    const auto tag = sealed.last(crypto::kAeadTagSize);
    before_.assign(tag.begin(), tag.end());
    take(kFrameHead + sealed.size());
    return SpooledRecord{sequence, std::move(*record)};
  }
  std::size_t left() const {
    const auto last = rest_.find_last_not_of('\0');
    return last == rest_.npos ? 0 : last + 1;
  }

 private:
  std::size_t place() const { return content_.size() - rest_.size(); }
  std::size_t length() const { return take_number<std::uint32_t>(rest_); }
  bool wrong_length() const {
    return length() > kLongestSpooled + crypto::kAeadTagSize || length() < crypto::kAeadTagSize;
  }
  std::string_view take(std::size_t bytes) {
    const auto taken = rest_.substr(0, bytes);
    rest_.remove_prefix(taken.size());
    return taken;
  }

  std::string_view content_;
  std::string_view rest_;
  const std::filesystem::path& path_;
  Bytes key_;
  Bytes before_;
};

}  // namespace

Result<SpoolContents> read_spool_file(const std::filesystem::path& path, BytesView key) {
  const auto content = read_file(path, kLargestFile);
  if (!content) return std::unexpected(content.error());
  FrameReader reader(*content, path);
  auto source = reader.header(key);
  if (!source) return std::unexpected(source.error());
  SpoolContents contents{.source = std::move(*source), .records = {}, .torn = 0, .damage = ""};
  while (reader.whole_frame()) {
    auto record = reader.frame();
    if (!record) {
      contents.damage = record.error().message;
      return contents;
    }
    contents.records.push_back(std::move(*record));
  }
  contents.torn = reader.left();
  return contents;
}

}  // namespace cordon::evidence
