#include "cordon/base/log.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <format>
#include <mutex>

#include "cordon/base/text.h"

namespace cordon {

namespace {

std::string_view name_of(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return "debug";
    case LogLevel::info:
      return "info";
    case LogLevel::warn:
      return "warn";
    case LogLevel::error:
      return "error";
  }
  return "error";
}

enum class Quotes { escape, keep };

// Collects a line up to its limit. Text is escaped as in JSON strings (RFC 8259 7), which suits terminals too.
class Line {
 public:
  void raw(std::string_view text) { out_ += text; }

  void text(std::string_view text, Quotes quotes = Quotes::escape) {
    while (!text.empty() && !full_) {
      const auto length = utf8_length(text);
      const auto character = text.substr(0, std::max(1UZ, length));
      text.remove_prefix(character.size());
      const bool plain = quotes == Quotes::keep && (character == "\"" || character == "\\");
      append_within_limit(plain ? std::string(character) : escaped(character, length != 0));
    }
  }

  // For the parts that make no sense in halves.
  bool has_room_for(std::size_t bytes) {
    if (out_.size() + bytes > kLimit) full_ = true;
    return !full_;
  }
  bool full() const { return full_; }
  std::string take() { return std::move(out_); }

 private:
  static constexpr std::size_t kLimit = kLongestLogLine - 64;  // leaves room for the closing words and the line end

  static std::string escaped(std::string_view character, bool valid) {
    if (!valid) return "\\ufffd";
    if (character == "\"" || character == "\\") return std::format("\\{}", character);
    if (character == "\n") return "\\n";
    const auto first = static_cast<unsigned char>(character[0]);
    if (character.size() == 1 && (first < 0x20 || first == 0x7f)) return std::format("\\u{:04x}", first);
    // U+0080..U+009F steer terminals as ESC does.
    if (first == 0xc2 && static_cast<unsigned char>(character[1]) < 0xa0) {
      return std::format("\\u{:04x}", static_cast<unsigned char>(character[1]));
    }
    return std::string(character);
  }

  void append_within_limit(std::string_view unit) {
    if (has_room_for(unit.size())) out_ += unit;
  }

  std::string out_;
  bool full_ = false;
};

constexpr std::size_t kNameRoom = 6 + 24;  // quotes, colon, comma, and a number or the first letters of a text

void add_value(Line& line, const LogField& field, bool quote) {
  if (const auto* number = std::get_if<std::int64_t>(&field.value)) return line.raw(std::to_string(*number));
  if (const auto* flag = std::get_if<bool>(&field.value)) return line.raw(*flag ? "true" : "false");
  if (quote) line.raw("\"");
  line.text(std::get<std::string_view>(field.value));
  if (quote) line.raw("\"");
}

// On a terminal a single word reads better without quotation marks.
bool needs_quotes(const LogField& field) {
  const auto* text = std::get_if<std::string_view>(&field.value);
  if (text == nullptr) return false;
  return text->empty() ||
         std::ranges::any_of(*text, [](char c) { return c <= ' ' || c == '"' || c == '=' || c == '\\'; });
}

struct LogSettings {
  LogLevel lowest = LogLevel::info;
  bool json = ::isatty(STDERR_FILENO) == 0;
  std::string component = "cordon";
  std::mutex writing{};  // whole lines, also where a pipe would split a long write
};

// The one process-wide state of this room: a message needs a way out from everywhere.
LogSettings& settings() {
  static LogSettings one;
  return one;
}

void write_line(std::string_view line) {
  while (!line.empty()) {
    const auto put = ::write(STDERR_FILENO, line.data(), line.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return;  // nobody reads: there is no better place to say so
    line.remove_prefix(static_cast<std::size_t>(put));
  }
}

}  // namespace

std::string log_line_json(const LogMessage& message) {
  Line line;
  line.raw(
      std::format(R"({{"time":"{}","level":"{}","component":")", format_time(message.time), name_of(message.level)));
  line.text(message.component);
  line.raw(R"(","message":")");
  line.text(message.message);
  line.raw("\"");
  for (const auto& field : message.fields) {
    if (!line.has_room_for(field.name.size() * 6 + kNameRoom)) break;
    line.raw(",\"");
    line.text(field.name);
    line.raw("\":");
    add_value(line, field, true);
  }
  line.raw(line.full() ? R"(,"truncated":true})" : "}");
  return line.take();
}

std::string log_line_text(const LogMessage& message) {
  Line line;
  line.raw(std::format("{} {:5} ", format_time(message.time), name_of(message.level)));
  line.text(message.component);
  line.raw(": ");
  line.text(message.message, Quotes::keep);
  for (const auto& field : message.fields) {
    if (!line.has_room_for(field.name.size() * 6 + kNameRoom)) break;
    line.raw(" ");
    line.text(field.name);
    line.raw("=");
    add_value(line, field, needs_quotes(field));
  }
  if (line.full()) line.raw(" (cut)");
  return line.take();
}

void configure_log(LogLevel lowest, LogFormat format, std::string component) {
  auto& now = settings();
  const std::lock_guard lock(now.writing);
  now.lowest = lowest;
  now.json = format == LogFormat::json || (format == LogFormat::automatic && ::isatty(STDERR_FILENO) == 0);
  now.component = std::move(component);
}

void log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) {
  auto& now = settings();
  if (level < now.lowest) return;
  const LogMessage parts{system_clock().now(), level, now.component, message, fields};
  const auto line = (now.json ? log_line_json(parts) : log_line_text(parts)) + '\n';
  const std::lock_guard lock(now.writing);
  write_line(line);
}

}  // namespace cordon
