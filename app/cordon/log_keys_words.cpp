#include <fcntl.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>

#include "app/cordon/log_keys.h"
#include "cordon/base/file.h"
#include "cordon/base/text.h"

namespace cordon::app {

namespace {

constexpr std::size_t kLongestPassphrase = 4096;

// No echo for as long as it lives.
class Quiet {
 public:
  explicit Quiet(int terminal) : terminal_(terminal) {
    was_quiet_ = ::tcgetattr(terminal, &before_) == 0;
    auto silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    if (was_quiet_) ::tcsetattr(terminal, TCSAFLUSH, &silent);
  }
  ~Quiet() {
    if (was_quiet_) ::tcsetattr(terminal_, TCSAFLUSH, &before_);
  }
  Quiet(const Quiet&) = delete;
  Quiet& operator=(const Quiet&) = delete;

 private:
  int terminal_;
  termios before_{};
  bool was_quiet_ = false;
};

// Up to the line's end, byte by byte: what comes after is not ours.
Result<crypto::Secret> read_line(int fd, std::string_view from) {
  crypto::Secret room(kLongestPassphrase);
  std::size_t size = 0;
  for (; size < room.size(); ++size) {
    const auto got = ::read(fd, room.bytes().data() + size, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno(std::format("read {}", from), errno);
    if (got == 0 || room.view()[size] == '\n') break;
  }
  while (size > 0 && room.view()[size - 1] == '\r') --size;
  if (size == 0) return fail(ErrorKind::invalid_input, std::format("{}: the passphrase is empty", from));
  return crypto::Secret::of(room.view().first(size));
}

Result<crypto::Secret> ask(std::string_view whose) {
  const auto terminal = open_file("/dev/tty", O_RDWR | O_NOCTTY);
  if (!terminal) {
    return fail(ErrorKind::invalid_input,
                std::format("there is no terminal to ask for {}: give it in a file (see --help)", whose));
  }
  const auto prompt = std::format("{}: ", whose);
  if (::write(terminal->get(), prompt.data(), prompt.size()) < 0) return fail_errno("write /dev/tty", errno);
  const Quiet quiet(terminal->get());
  auto line = read_line(terminal->get(), "/dev/tty");
  if (::write(terminal->get(), "\n", 1) < 0) return fail_errno("write /dev/tty", errno);
  return line;
}

Result<crypto::Secret> read_secret(const std::string& file) {
  if (file == "-") return read_line(STDIN_FILENO, "standard input");
  const auto fd = open_file(file, O_RDONLY);
  if (!fd) return std::unexpected(fd.error());
  return read_line(fd->get(), file);
}

}  // namespace

Result<OpenKeys> open_keys(const Arguments& arguments) {
  auto place = audit_place(arguments);
  if (!place) return std::unexpected(place.error());
  auto keys = vault::KeyFolder::open(place->vault, place->root);
  if (!keys) return std::unexpected(keys.error());
  return OpenKeys{std::move(*place), std::move(*keys)};
}

Result<crypto::Secret> read_new_passphrase(const Arguments& arguments, std::string_view whose) {
  if (const auto file = arguments.option("--passphrase-file")) return read_secret(*file);
  auto first = ask(whose);
  if (!first) return first;
  const auto second = ask("the same once more");
  if (!second) return std::unexpected(second.error());
  if (first->text() == second->text()) return first;
  return fail(ErrorKind::invalid_input, "the two passphrases differ: nothing was changed");
}

Result<std::vector<vault::Approval>> read_approvals(const Arguments& arguments) {
  std::vector<vault::Approval> out;
  const auto text = arguments.option("--approve");
  if (!text) return out;
  for (const auto part : split(*text, ',')) {
    const auto equals = part.find('=');
    const auto name = std::string(part.substr(0, equals));
    auto passphrase = equals == std::string_view::npos
                          ? ask(std::format("passphrase of custodian {}", printable(name)))
                          : read_secret(std::string(part.substr(equals + 1)));
    if (!passphrase) return std::unexpected(passphrase.error());
    out.push_back({name, std::move(*passphrase)});
  }
  return out;
}

evidence::Record key_record(std::string_view kind, std::string_view rule, std::string reason,
                            std::vector<std::string> details) {
  evidence::Record record;
  record.time = system_clock().now();
  record.proxy = "cordon log";
  record.kind = kind;
  record.rule = rule;
  record.peer = std::format("uid {}", ::getuid());
  record.reason = std::move(reason);
  record.details = std::move(details);
  return record;
}

Result<std::uint64_t> keep(const AuditPlace& place, const evidence::Record& record) {
  auto kept = keep_through(place.socket)(record);
  if (!kept) return std::unexpected(within("nothing was changed, for no record of it can be kept", kept.error()));
  return kept;
}

}  // namespace cordon::app
