// Structured logging to standard error: one line a message, JSON for machines, words on a terminal. Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>

#include "cordon/base/clock.h"

namespace cordon {

enum class LogLevel { debug, info, warn, error };
enum class LogFormat { automatic, text, json };  // automatic: text on a terminal, JSON otherwise

struct LogField {
  std::string_view name;
  std::variant<std::string_view, std::int64_t, bool> value;
};

// Set once at start, before threads. Default: info, automatic, component "cordon".
void configure_log(LogLevel lowest, LogFormat format, std::string component);

// log(LogLevel::warn, "evidence writer away", {{"socket", path}, {"waiting", std::int64_t{12}}});
// Control characters are escaped in both forms; a line is at most 8 KiB.
void log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields = {});

inline constexpr std::size_t kLongestLogLine = 8192;

// One message as log() writes it, without the line end. What does not fit is left out, and the line says so.
struct LogMessage {
  WallTime time;
  LogLevel level;
  std::string_view component;
  std::string_view message;
  std::initializer_list<LogField> fields;
};
std::string log_line_json(const LogMessage& message);
std::string log_line_text(const LogMessage& message);

}  // namespace cordon
