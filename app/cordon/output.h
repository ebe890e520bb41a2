// What commands print: colours only on a terminal, errors on one line, tables that line up.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cordon/base/result.h"
#include "cordon/wire/json.h"

namespace cordon::app {

enum class Tint { plain, good, bad, dim, bold };

std::string tinted(
    Tint tint, std::string_view text);  // escape codes only when standard output is a terminal (and NO_COLOR unset)

void print_json(const wire::Json& json);  // one line

// Cells are padded to the widest of their column; the first row is the heading.
struct Cell {
  std::string text;
  Tint tint = Tint::plain;
};
void print_table(const std::vector<std::vector<Cell>>& rows);

// "cordon log: no such record" on standard error; with --json also {"error": ...} on standard output. Returns the
// exit status.
int report(std::string_view command, const Error& error, bool json = false);

inline constexpr int kOk = 0;
inline constexpr int kFailed = 1;  // the answer is no: verification failed, an attack succeeded, a policy is wrong
inline constexpr int kUsage = 2;   // wrong words, unreadable files

}  // namespace cordon::app
