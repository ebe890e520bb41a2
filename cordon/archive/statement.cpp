#include "cordon/archive/statement.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "cordon/base/text.h"

namespace cordon::archive {

using transparency::VerifierKey;

namespace {

constexpr std::string_view kHeading = "cordon statement v1";
constexpr std::size_t kMostBytes = 64U << 10;
constexpr std::size_t kMostKeys = 16;
constexpr std::array kKinds{StatementKind::closed, StatementKind::opened, StatementKind::keys};

std::unexpected<Error> refuse(std::size_t line, std::string_view what) {
  return fail(ErrorKind::invalid_input, std::format("statement, line {}: {}", line, what));
}

std::string note_origin(std::string_view origin, std::string_view purpose) {
  return std::format("{}/{}", origin, purpose);
}

// The lines of a statement, each with its word before it.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {}

  std::optional<std::string_view> take(std::string_view word) {  // the rest of the next line if it begins so
    const auto line = rest_.substr(0, rest_.find('\n'));
    if (!line.starts_with(word)) return std::nullopt;
    const auto value = line.substr(word.size());
    if (!word.empty() && !value.empty() && value.front() != ' ') return std::nullopt;
    rest_.remove_prefix(std::min(rest_.size(), line.size() + 1));
    ++number_;
    return value.empty() ? value : value.substr(1);
  }
  Result<std::string_view> demand(std::string_view word) {
    const auto value = take(word);
    if (!value || value->empty()) return refuse(number_ + 1, std::format("'{} ...' is missing", word));
    return *value;
  }
  std::size_t number() const { return number_; }
  bool at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
  std::size_t number_ = 0;
};

Result<std::vector<VerifierKey>> take_keys(Lines& lines, std::string_view word) {
  std::vector<VerifierKey> keys;
  while (const auto value = lines.take(word)) {
    auto key = VerifierKey::parse(*value);
    if (!key) return refuse(lines.number(), key.error().message);
    if (keys.size() == kMostKeys) return refuse(lines.number(), std::format("more than {} keys", kMostKeys));
    keys.push_back(std::move(*key));
  }
  return keys;
}

Result<StatementKind> take_kind(Lines& lines) {
  if (const auto heading = lines.take(kHeading); !heading || !heading->empty()) {
    return refuse(1, std::format("'{}' is missing", kHeading));
  }
  for (const auto kind : kKinds) {
    if (const auto value = lines.take(name_of(kind)); value && value->empty()) return kind;
  }
  return refuse(2, "neither closed, opened nor keys: written by a newer version?");
}

Result<std::uint64_t> to_size(std::string_view word) {
  std::uint64_t size = 0;
  const auto [stop, wrong] = std::from_chars(word.data(), word.data() + word.size(), size);
  if (wrong != std::errc{} || stop != word.data() + word.size()) return refuse(4, "size is no number");
  return size;
}

Result<transparency::Hash> to_root(std::string_view word) {
  const auto bytes = from_base64(word);
  transparency::Hash root{};
  if (!bytes || bytes->size() != root.size()) return refuse(5, "root is no base64 of 32 bytes");
  std::ranges::copy(*bytes, root.begin());
  return root;
}

Result<Statement> parse_fields(Lines& lines) {
  Statement out;
  const auto kind = take_kind(lines);
  if (!kind) return std::unexpected(kind.error());
  out.kind = *kind;
  const auto origin = lines.demand("origin");
  if (!origin) return std::unexpected(origin.error());
  out.origin = *origin;
  const auto size = lines.demand("size").and_then(to_size);
  if (!size) return std::unexpected(size.error());
  out.size = *size;
  const auto root = lines.demand("root").and_then(to_root);
  if (!root) return std::unexpected(root.error());
  out.root = *root;
  const auto time = lines.demand("time").and_then(parse_time);
  if (!time) return std::unexpected(time.error());
  out.time = *time;
  if (const auto other = lines.take("other")) out.other = *other;
  auto old_keys = take_keys(lines, "old");
  if (!old_keys) return std::unexpected(old_keys.error());
  auto new_keys = take_keys(lines, "new");
  if (!new_keys) return std::unexpected(new_keys.error());
  out.old_keys = std::move(*old_keys), out.new_keys = std::move(*new_keys);
  return out;
}

// What each kind must say, and may not.
Result<void> check(const Statement& statement) {
  const bool keys = statement.kind == StatementKind::keys, opened = statement.kind == StatementKind::opened;
  if (keys != statement.other.empty() && statement.kind != StatementKind::closed) {
    return refuse(7, keys ? "a change of keys names no other log" : "'other NAME', the log before, is missing");
  }
  if (keys && (statement.old_keys.empty() || statement.new_keys.empty())) {
    return refuse(7, "a change of keys names the old and the new ones");
  }
  if (opened && !statement.new_keys.empty()) return refuse(8, "an opened log names no keys");
  if (!keys && !statement.old_keys.empty()) return refuse(8, "only a change of keys names old ones");
  const auto other_name = [&](const VerifierKey& key) {
    return key.name != (statement.kind == StatementKind::closed ? statement.other : statement.origin);
  };
  if (std::ranges::any_of(statement.old_keys, other_name) || std::ranges::any_of(statement.new_keys, other_name)) {
    return refuse(8, "a key bears another log's name");
  }
  return {};
}

}  // namespace

std::string_view name_of(StatementKind kind) {
  switch (kind) {
    case StatementKind::closed:
      return "closed";
    case StatementKind::opened:
      return "opened";
    case StatementKind::keys:
      return "keys";
  }
  return "";
}

std::string Statement::text() const {
  auto out = std::format("{}\n{}\norigin {}\nsize {}\nroot {}\ntime {}\n", kHeading, name_of(kind), origin, size,
                         to_base64(root), format_time(time));
  if (!other.empty()) out += std::format("other {}\n", other);
  for (const auto& key : old_keys) out += std::format("old {}\n", key.text());
  for (const auto& key : new_keys) out += std::format("new {}\n", key.text());
  return out;
}

std::string SignedStatement::whole() const { return statement.text() + "\n" + note.whole(); }

Result<SignedStatement> parse_statement(std::string_view whole) {
  if (whole.size() > kMostBytes) {
    return fail(ErrorKind::invalid_input, std::format("statement: longer than {} bytes", kMostBytes));
  }
  const auto blank = whole.find("\n\n");
  if (blank == std::string_view::npos) return fail(ErrorKind::invalid_input, "statement: the blank line is missing");
  const auto text = whole.substr(0, blank + 1);
  Lines lines(text);
  auto statement = parse_fields(lines);
  if (!statement) return std::unexpected(statement.error());
  if (!lines.at_end()) return refuse(lines.number() + 1, "not expected here");
  if (auto right = check(*statement); !right) return std::unexpected(right.error());
  // One text for one meaning: what is signed is what is read.
  if (statement->text() != text) return fail(ErrorKind::invalid_input, "statement: not as Cordon writes it");
  auto note = transparency::parse_note(whole.substr(blank + 2));
  if (!note) return std::unexpected(within("statement", note.error()));
  return SignedStatement{std::move(*statement), std::move(*note)};
}

Result<transparency::Note> sign_bytes(const transparency::LogSigner& signer, std::string_view purpose,
                                      std::string_view bytes, WallTime time) {
  const auto& origin = signer.classic.verifier().name;
  const transparency::Checkpoint stated{note_origin(origin, purpose), 1, transparency::leaf_hash(as_bytes(bytes))};
  transparency::Note note{.text = stated.text(), .signatures = {}};
  for (const auto* each : {&signer.classic, &signer.post_quantum}) {
    auto signature = each->sign(note.text, time);
    if (!signature) return std::unexpected(signature.error());
    note.signatures.push_back(std::move(*signature));
  }
  return note;
}

Result<void> verify_bytes(const transparency::Note& note, std::string_view origin, std::string_view purpose,
                          std::string_view bytes, std::span<const VerifierKey> keys) {
  if (keys.empty()) return fail(ErrorKind::corrupt, std::format("{}: no key to verify it with", purpose));
  const auto stated = transparency::parse_checkpoint(note.text);
  if (!stated) return std::unexpected(within(purpose, stated.error()));
  const transparency::Checkpoint expected{note_origin(origin, purpose), 1, transparency::leaf_hash(as_bytes(bytes))};
  if (*stated != expected) {
    return fail(ErrorKind::corrupt, std::format("{}: the signatures are for other bytes or another log", purpose));
  }
  for (const auto& key : keys) {
    const auto verified = transparency::verify_signature(note, key);
    if (!verified) return fail(ErrorKind::corrupt, std::format("{}: {}", purpose, verified.error().message));
  }
  return {};
}

Result<SignedStatement> sign_statement(Statement statement, const transparency::LogSigner& signer) {
  statement.time = std::chrono::floor<std::chrono::microseconds>(statement.time);
  if (auto right = check(statement); !right) return std::unexpected(right.error());
  auto note = sign_bytes(signer, name_of(statement.kind), statement.text(), statement.time);
  if (!note) return std::unexpected(note.error());
  return SignedStatement{std::move(statement), std::move(*note)};
}

Result<void> verify_statement(const SignedStatement& statement, std::span<const VerifierKey> keys) {
  return verify_bytes(statement.note, statement.statement.origin, name_of(statement.statement.kind),
                      statement.statement.text(), keys);
}

bool same_keys(std::span<const VerifierKey> one, std::span<const VerifierKey> other) {
  const auto in_other = [&](const VerifierKey& key) {
    return std::ranges::any_of(other, [&](const VerifierKey& each) { return each.text() == key.text(); });
  };
  return one.size() == other.size() && std::ranges::all_of(one, in_other);
}

}  // namespace cordon::archive
