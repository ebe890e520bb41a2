#include "cordon/vault/subject_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "cordon/crypto/digest.h"
#include "cordon/vault/wrap.h"

namespace cordon::vault {

namespace {

constexpr std::string_view kMagic = "cordon-subj\x01";
constexpr std::size_t kPseudonym = std::tuple_size_v<Pseudonym>;
constexpr std::size_t kWrappedAt = 12;
constexpr std::size_t kRowsAtOnce = 8192;
constexpr mode_t kOwnerOnly = 0600;

using Header = std::array<std::uint8_t, kSubjectHeader>;

Header header_of(std::uint32_t epoch) {
  Header out{};
  std::ranges::copy(kMagic, out.begin());
  for (unsigned i = 0; i < 4; ++i) out[12 + i] = static_cast<std::uint8_t>(epoch >> (24 - 8 * i));
  return out;
}

off_t place_of(std::uint64_t row) { return static_cast<off_t>(kSubjectHeader + row * kSubjectRow); }

std::string purpose(const Pseudonym& pseudonym) {
  return "cordon vault 1 subject " + std::string(as_text(pseudonym));
}

Result<void> write_at(int fd, BytesView bytes, off_t at) {
  while (!bytes.empty()) {
    const auto put = ::pwrite(fd, bytes.data(), bytes.size(), at);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return fail_errno("write subjects' keys", errno);
    bytes = bytes.subspan(static_cast<std::size_t>(put));
    at += put;
  }
  return {};
}

// Up to bytes.size() of them: fewer at the file's end.
Result<std::size_t> read_at(int fd, std::span<std::uint8_t> bytes, off_t at) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const auto got = ::pread(fd, bytes.data() + done, bytes.size() - done, at + static_cast<off_t>(done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno("read subjects' keys", errno);
    if (got == 0) break;
    done += static_cast<std::size_t>(got);
  }
  return done;
}

Result<void> check_header(int fd, const std::filesystem::path& file, std::uint32_t epoch) {
  Header found{};
  const auto got = read_at(fd, found, 0);
  if (!got) return std::unexpected(got.error());
  if (*got == found.size() && found == header_of(epoch)) return {};
  return fail(ErrorKind::corrupt,
              std::format("{} is no table of epoch {}: restore it from a backup", file.string(), epoch));
}

Result<std::uint64_t> scan(int fd, std::uint64_t from, const std::function<void(std::uint64_t, BytesView)>& visit) {
  Bytes chunk(kRowsAtOnce * kSubjectRow);
  for (std::uint64_t row = from;;) {
    const auto got = read_at(fd, chunk, place_of(row));
    if (!got) return std::unexpected(got.error());
    const auto rows = *got / kSubjectRow;
    for (std::size_t i = 0; i < rows; ++i, ++row) visit(row, BytesView(chunk).subspan(i * kSubjectRow, kSubjectRow));
    if (rows < kRowsAtOnce) return row;
  }
}

Result<void> sync_file(int fd) {
  if (::fdatasync(fd) != 0) return fail_errno("fdatasync subjects' keys", errno);
  return {};
}

// All rows but the destroyed ones, in a file beside.
Result<void> write_compact(int from, const std::filesystem::path& beside, std::uint32_t epoch) {
  const auto to = open_file(beside, O_RDWR | O_CREAT | O_TRUNC, kOwnerOnly);
  if (!to) return std::unexpected(to.error());
  const auto header = header_of(epoch);
  Result<void> state = write_at(to->get(), header, 0);
  std::uint64_t kept = 0;
  Bytes full;
  const auto flush = [&] {
    const auto count = full.size() / kSubjectRow;
    if (state) state = write_at(to->get(), full, place_of(kept));
    kept += count;
    full.clear();
  };
  const auto scanned = scan(from, 0, [&](std::uint64_t, BytesView row) {
    if (is_destroyed(row)) return;
    full.insert(full.end(), row.begin(), row.end());
    if (full.size() >= kRowsAtOnce * kSubjectRow) flush();
  });
  flush();
  if (!scanned) return std::unexpected(scanned.error());
  return state ? sync_file(to->get()) : state;
}

Result<std::uint64_t> overwrite_rows(int fd, const ChooseRow& choose) {
  std::uint64_t count = 0;
  Result<void> state;
  static constexpr SubjectRow kZeros{};
  const auto scanned = scan(fd, 0, [&](std::uint64_t number, BytesView row) {
    if (!state || is_destroyed(row) || !choose(row)) return;
    state = write_at(fd, kZeros, place_of(number));
    ++count;
  });
  if (!scanned) return std::unexpected(scanned.error());
  if (!state) return std::unexpected(state.error());
  if (auto synced = sync_file(fd); !synced) return std::unexpected(synced.error());
  return count;
}

}  // namespace

Result<SubjectRow> make_row(const Pseudonym& pseudonym, BytesView key, BytesView table_key) {
  const auto wrapped = wrap(table_key, key, purpose(pseudonym));
  if (!wrapped) return std::unexpected(wrapped.error());
  SubjectRow row{};
  std::ranges::copy(pseudonym, row.begin());
  std::ranges::copy(*wrapped, row.begin() + kWrappedAt);
  return row;
}

Result<crypto::Secret> key_in_row(BytesView row, BytesView table_key) {
  const auto pseudonym = pseudonym_of(row);
  auto key = unwrap(table_key, row.subspan(kWrappedAt), purpose(pseudonym));
  if (key) return key;
  return fail(ErrorKind::corrupt,
              std::format("the key of p:{} does not unwrap: its row was altered", to_hex(pseudonym)));
}

Pseudonym pseudonym_of(BytesView row) {
  Pseudonym out;
  std::ranges::copy(row.first(kPseudonym), out.begin());
  return out;
}

RowId id_of(BytesView row) {
  RowId out;
  std::ranges::copy(BytesView(crypto::sha256(row)).first(out.size()), out.begin());
  return out;
}

bool is_destroyed(BytesView row) {
  return std::ranges::all_of(row, [](std::uint8_t byte) { return byte == 0; });
}

Result<std::uint64_t> scan_rows(const std::filesystem::path& file, std::uint32_t epoch, std::uint64_t from,
                                const std::function<void(std::uint64_t, BytesView)>& visit) {
  const auto fd = open_file(file, O_RDONLY);
  if (!fd && fd.error().kind == ErrorKind::not_found) return 0;
  if (!fd) return std::unexpected(fd.error());
  if (auto good = check_header(fd->get(), file, epoch); !good) return std::unexpected(good.error());
  return scan(fd->get(), from, visit);
}

Result<SubjectRow> read_row(int fd, std::uint64_t row) {
  SubjectRow out{};
  const auto got = read_at(fd, out, place_of(row));
  if (!got) return std::unexpected(got.error());
  if (*got != out.size()) return fail(ErrorKind::corrupt, std::format("subjects' keys: row {} is missing", row));
  return out;
}

Result<Fd> open_for_rows(const std::filesystem::path& file, std::uint32_t epoch) {
  if (!std::filesystem::exists(file)) {
    const auto header = header_of(epoch);
    if (auto made = write_file(file, as_text(header), kOwnerOnly); !made) return std::unexpected(made.error());
  }
  auto fd = open_file(file, O_RDWR);
  if (!fd) return fd;
  if (auto good = check_header(fd->get(), file, epoch); !good) return std::unexpected(good.error());
  return fd;
}

Result<void> append_rows(int fd, std::uint64_t at, BytesView rows) {
  if (auto written = write_at(fd, rows, place_of(at)); !written) return written;
  const auto end = place_of(at) + static_cast<off_t>(rows.size());
  if (::ftruncate(fd, end) != 0) return fail_errno("ftruncate subjects' keys", errno);
  return sync_file(fd);
}

Result<std::uint64_t> destroy_rows(const std::filesystem::path& file, std::uint32_t epoch, const ChooseRow& choose) {
  if (!std::filesystem::exists(file)) return 0;
  const std::filesystem::path beside = file.string() + ".new";
  ::unlink(beside.c_str());  // left by a run that was interrupted
  const auto fd = open_file(file, O_RDWR);
  if (!fd) return std::unexpected(fd.error());
  if (auto good = check_header(fd->get(), file, epoch); !good) return std::unexpected(good.error());
  const auto count = overwrite_rows(fd->get(), choose);
  if (!count || *count == 0) return count;
  if (auto written = write_compact(fd->get(), beside, epoch); !written) return std::unexpected(written.error());
  if (::rename(beside.c_str(), file.c_str()) != 0) return fail_errno("rename " + beside.string(), errno);
  if (auto synced = sync_folder(file.parent_path()); !synced) return std::unexpected(synced.error());
  return count;
}

}  // namespace cordon::vault
