#include "cordon/policy/place.h"

#include <algorithm>
#include <format>

namespace cordon::policy {

namespace {

constexpr std::size_t kMaxShown = 100;  // bytes of a line that an error shows
constexpr std::size_t kBlock = 1024;    // bytes between counts of characters

bool continues_character(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return !continues_character(c); }));
}

std::size_t character_start(std::string_view text, std::size_t offset) {
  while (offset > 0 && offset < text.size() && continues_character(text[offset])) --offset;
  return offset;
}

// As much white space as `before` takes on a screen: tabs stay tabs.
std::string blank_like(std::string_view before) {
  std::string blank;
  for (const char c : before) {
    if (c == '\t') {
      blank += '\t';
    } else if (!continues_character(c)) {
      blank += ' ';
    }
  }
  return blank;
}

}  // namespace

Lines::Lines(std::string_view text, std::string_view file) : text_(text), file_(file), starts_{0} {
  std::size_t count = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i % kBlock == 0) counts_.push_back(count);
    if (text[i] == '\n') starts_.push_back(i + 1);
    if (!continues_character(text[i])) ++count;
  }
  if (text.size() % kBlock == 0) counts_.push_back(count);
}

std::size_t Lines::characters_before(std::size_t offset) const {
  const std::size_t block = offset / kBlock;
  return counts_[block] + characters(text_.substr(block * kBlock, offset % kBlock));
}

Place Lines::place(std::size_t offset) const {
  offset = std::min(offset, text_.size());
  const auto after = std::ranges::upper_bound(starts_, offset);
  const auto number = static_cast<std::size_t>(after - starts_.begin());
  return {file_, number, characters_before(offset) - characters_before(starts_[number - 1]) + 1};
}

std::string_view Lines::line(std::size_t number) const {
  const std::size_t start = starts_.at(number - 1);
  std::string_view line = text_.substr(start, text_.find('\n', start) - start);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::string to_string(const Place& place) { return std::format("{}:{}:{}", place.file, place.line, place.column); }

Error locate(const Complaint& complaint, const Lines& lines) {
  const Place place = lines.place(complaint.offset);
  const std::string_view line = lines.line(place.line);
  std::size_t caret = 0;  // bytes before the place
  for (std::size_t column = 1; column < place.column && caret < line.size(); ++column) {
    do ++caret;
    while (caret < line.size() && continues_character(line[caret]));
  }
  const std::size_t from = character_start(line, caret > kMaxShown * 3 / 4 ? caret - kMaxShown / 2 : 0);
  const std::size_t to = character_start(line, std::min(line.size(), from + kMaxShown));
  std::string message = std::format("{}: {}", to_string(place), complaint.message);
  if (!complaint.hint.empty()) message += "; " + complaint.hint;
  message += std::format("\n  {}\n  {}^", line.substr(from, to - from), blank_like(line.substr(from, caret - from)));
  return {ErrorKind::invalid_input, std::move(message)};
}

}  // namespace cordon::policy
