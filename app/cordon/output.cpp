#include "app/cordon/output.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <print>

namespace cordon::app {

namespace {

bool coloured() {
  static const bool on = ::isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr;
  return on;
}

std::string_view code_of(Tint tint) {
  switch (tint) {
    case Tint::good:
      return "\033[32m";
    case Tint::bad:
      return "\033[31m";
    case Tint::dim:
      return "\033[2m";
    case Tint::bold:
      return "\033[1m";
    case Tint::plain:
      break;
  }
  return "";
}

// Columns a terminal needs: code points, not bytes.
std::size_t width(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (c & 0xc0) != 0x80; }));
}

}  // namespace

std::string tinted(Tint tint, std::string_view text) {
  if (tint == Tint::plain || !coloured()) return std::string(text);
  return std::format("{}{}\033[0m", code_of(tint), text);
}

void print_json(const wire::Json& json) { std::println("{}", json.dump()); }

void print_table(const std::vector<std::vector<Cell>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width(row[i].text));
  }
  for (std::size_t r = 0; r < rows.size(); ++r) {
    std::string line;
    for (std::size_t i = 0; i < rows[r].size(); ++i) {
      const auto& cell = rows[r][i];
      line += tinted(r == 0 ? Tint::bold : cell.tint, cell.text);
      if (i + 1 < rows[r].size()) line.append(widths[i] - width(cell.text) + 2, ' ');
    }
    std::println("{}", line);
  }
}

int report(std::string_view command, const Error& error, bool json) {
  std::println(stderr, "cordon {}: {}", command, error.message);
  if (json) {
    wire::Json out{wire::JsonObject{}};
    out.set("error", error.message);
    print_json(out);
  }
  return kUsage;
}

}  // namespace cordon::app
