#include "cordon/inspection/pattern.h"

#include <algorithm>
#include <bitset>
#include <format>
#include <map>
#include <optional>

#include "cordon/base/text.h"

namespace cordon::inspection {

namespace {

using Bytes = std::bitset<256>;

constexpr std::size_t kMaxSteps = 4096;   // of the automaton that may be in several places at once
constexpr std::size_t kMaxStates = 4096;  // of the one that is in one place
constexpr std::size_t kMaxNested = 32;
constexpr std::uint32_t kMaxRepeat = 1024;

enum class What : std::uint8_t { bytes, fork, begin, end, done };

struct Step {
  What what;
  std::uint16_t bytes = 0;  // in sets
  std::uint16_t next = 0, other = 0;
};

struct Steps {
  std::vector<Step> steps;
  std::vector<Bytes> sets;
};

struct Piece {
  std::uint16_t first, last;  // last is a fork without a goal yet
};

Bytes range(unsigned char low, unsigned char high) {
  Bytes result;
  for (unsigned c = low; c <= high; ++c) result.set(c);
  return result;
}

std::optional<Bytes> named_class(char letter) {
  switch (letter) {
    case 'd':
      return range('0', '9');
    case 'w':
      return range('0', '9') | range('a', 'z') | range('A', 'Z') | range('_', '_');
    case 's':
      return range('\t', '\r') | range(' ', ' ');
    default:
      return std::nullopt;
  }
}

// Thompson's construction, while parsing; a repeated part is parsed once for each repetition.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<Steps> parse() {
    const auto piece = alternatives(0);
    if (error_.empty() && at_ != text_.size()) note("')' without '('");
    if (!error_.empty()) {
      return fail(ErrorKind::invalid_input, std::format("pattern '{}': {}", printable(text_), error_));
    }
    out_.steps[piece.last].next = add({What::done});
    out_.steps.push_back({What::fork, 0, piece.first, piece.first});  // the last step starts it all
    return std::move(out_);
  }

 private:
  Piece alternatives(std::size_t depth);
  Piece sequence(std::size_t depth);
  Piece repeated(std::size_t depth);
  Piece atom(std::size_t depth);
  std::pair<std::uint32_t, std::optional<std::uint32_t>> count();
  std::optional<std::uint32_t> digits();
  Bytes set();
  Bytes escaped();

  bool at_end() const { return at_ >= text_.size() || !error_.empty(); }
  bool at(std::string_view any) const { return !at_end() && any.find(text_[at_]) != any.npos; }
  void note(std::string_view why) {
    if (error_.empty()) error_ = std::format("character {}: {}", at_, why);
  }
  std::uint16_t add(Step step) {
    if (out_.steps.size() >= kMaxSteps) {
      note("too large");
      return 0;
    }
    out_.steps.push_back(step);
    return static_cast<std::uint16_t>(out_.steps.size() - 1);
  }
  Piece single(Step step) {
    const auto first = add(step), last = add({What::fork});
    link(first, last);
    return {first, last};
  }
  Piece nothing() {
    const auto here = add({What::fork});
    return {here, here};
  }
  void link(std::uint16_t from, std::uint16_t to) {
    out_.steps[from].next = to;
    out_.steps[from].other = to;
  }
  Piece one_of(const Bytes& bytes) {
    out_.sets.push_back(bytes);
    return single({What::bytes, static_cast<std::uint16_t>(out_.sets.size() - 1)});
  }

  std::string_view text_;
  std::size_t at_ = 0;
  Steps out_;
  std::string error_;
};

Piece Parser::alternatives(std::size_t depth) {
  auto result = sequence(depth);
  while (at("|")) {
    ++at_;
    const auto other = sequence(depth);
    const auto first = add({What::fork, 0, result.first, other.first}), last = add({What::fork});
    link(result.last, last);
    link(other.last, last);
    result = {first, last};
  }
  return result;
}

Piece Parser::sequence(std::size_t depth) {
  auto result = nothing();
  while (!at_end() && !at("|)")) {
    const auto more = repeated(depth);
    link(result.last, more.first);
    result.last = more.last;
  }
  return result;
}

Piece Parser::repeated(std::size_t depth) {
  const auto start = at_;
  auto piece = atom(depth);
  if (!at("*+?{")) return piece;
  const auto end = at_;
  const auto [least, most] = count();
  const auto after = at_;
  if (at("*+?{")) note("two repetitions of one part");
  const auto again = [&] {
    at_ = start;
    const auto copy = atom(depth);
    at_ = end;
    return copy;
  };
  auto result = nothing();
  const auto append = [&](Piece more) {
    link(result.last, more.first);
    result.last = more.last;
  };
  const auto optional = [&](Piece one, bool loop) {
    const auto last = add({What::fork});
    const auto first = add({What::fork, 0, one.first, last});
    link(one.last, loop ? first : last);
    append({first, last});
  };
  for (std::uint32_t i = 0; i < least && error_.empty(); ++i) append(i == 0 ? piece : again());
  if (!most) optional(least == 0 ? piece : again(), true);
  for (auto i = least; most && i < *most && error_.empty(); ++i) optional(i == 0 ? piece : again(), false);
  if (error_.empty()) at_ = after;
  return result;
}

std::optional<std::uint32_t> Parser::digits() {
  std::optional<std::uint32_t> result;
  while (at("0123456789")) {
    result = result.value_or(0) * 10 + static_cast<std::uint32_t>(text_[at_++] - '0');
    if (*result > kMaxRepeat) note("repeats too often");
  }
  return result;
}

std::pair<std::uint32_t, std::optional<std::uint32_t>> Parser::count() {
  switch (text_[at_++]) {
    case '*':
      return {0, std::nullopt};
    case '+':
      return {1, std::nullopt};
    case '?':
      return {0, 1};
    default:
      break;
  }
  const auto least = digits();
  auto most = least;
  if (at(",")) {
    ++at_;
    most = digits();
  }
  if (!least || !at("}") || (most && *most < *least)) note("expected {m}, {m,} or {m,n}");
  ++at_;
  return {least.value_or(0), most};
}

Piece Parser::atom(std::size_t depth) {
  if (at_end()) return nothing();
  const char c = text_[at_];
  if (c == '(') {
    if (depth >= kMaxNested || text_.substr(at_).starts_with("(?")) note("groups of this kind are not supported");
    ++at_;
    const auto inner = alternatives(depth + 1);
    if (!at(")")) note("'(' without ')'");
    ++at_;
    return inner;
  }
  if (c == '[') return one_of(set());
  if (c == '\\') return one_of(escaped());
  if (at("*+?{")) note("nothing to repeat");
  if (static_cast<unsigned char>(c) >= 0x80) note("only ASCII is supported");
  ++at_;
  if (c == '^') return single({What::begin});
  if (c == '$') return single({What::end});
  if (c == '.') return one_of(~(range('\n', '\n') | range('\r', '\r')));
  return one_of(range(static_cast<unsigned char>(c), static_cast<unsigned char>(c)));
}

Bytes Parser::escaped() {
  ++at_;
  if (at_end()) {
    note("ends in a backslash");
    return {};
  }
  const char c = text_[at_++];
  if (const auto named = named_class(c)) return *named;
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  if (letter || static_cast<unsigned char>(c) >= 0x80) note("this escape is not supported");
  return range(static_cast<unsigned char>(c), static_cast<unsigned char>(c));
}

Bytes Parser::set() {
  Bytes result;
  ++at_;
  const bool negated = at("^");
  if (negated) ++at_;
  while (!at_end() && !at("]")) {
    if (at("\\")) {
      result |= escaped();
      continue;
    }
    const auto low = static_cast<unsigned char>(text_[at_++]);
    auto high = low;
    if (at("-") && at_ + 1 < text_.size() && text_[at_ + 1] != ']' && text_[at_ + 1] != '\\') {
      high = static_cast<unsigned char>(text_[at_ + 1]);
      at_ += 2;
    }
    if (high < low || high >= 0x80) note("not a range of ASCII characters");
    result |= range(low, high);
  }
  if (!at("]")) note("'[' without ']'");
  ++at_;
  return negated ? ~result : result;
}

}  // namespace

// From many places at once to one: the subset construction.
class PatternTable {
 public:
  explicit PatternTable(Steps steps) : steps_(std::move(steps)) {}

  Result<Pattern> build() {
    classify();
    start_ = static_cast<std::uint16_t>(steps_.steps.size() - 1);
    state_of(closure({start_}, true, false));
    for (std::size_t state = 0; state < places_.size(); ++state) {
      if (places_.size() > kMaxStates) return fail(ErrorKind::invalid_input, "the pattern is too complex");
      for (std::size_t c = 0; c < out_.classes_; ++c) out_.next_.push_back(state_of(after(places_[state], c)));
    }
    return std::move(out_);
  }

 private:
  using Places = std::vector<std::uint16_t>;  // sorted

  void classify() {
    std::map<std::vector<bool>, std::uint8_t> known;
    for (std::size_t byte = 0; byte < 256; ++byte) {
      std::vector<bool> in;
      for (const auto& set : steps_.sets) in.push_back(set[byte]);
      const auto [entry, fresh] = known.try_emplace(std::move(in), static_cast<std::uint8_t>(known.size()));
      if (fresh) samples_.push_back(byte);
      out_.class_of_[byte] = entry->second;
    }
    out_.classes_ = known.size();
  }

  Places closure(Places from, bool at_begin, bool at_end) const {
    std::vector<bool> seen(steps_.steps.size());
    Places result;
    while (!from.empty()) {
      const auto place = from.back();
      from.pop_back();
      if (seen[place]) continue;
      seen[place] = true;
      const auto& step = steps_.steps[place];
      const bool open =
          step.what == What::fork || (step.what == What::begin && at_begin) || (step.what == What::end && at_end);
      if (!open) {
        result.push_back(place);
        continue;
      }
      from.push_back(step.next);
      if (step.what == What::fork) from.push_back(step.other);
    }
    std::ranges::sort(result);
    return result;
  }

  Places after(const Places& places, std::size_t byte_class) const {
    Places next{start_};  // a match may begin at any place
    for (const auto place : places) {
      const auto& step = steps_.steps[place];
      if (step.what == What::bytes && steps_.sets[step.bytes][samples_[byte_class]]) next.push_back(step.next);
    }
    return closure(std::move(next), false, false);
  }

  bool done(const Places& places) const {
    return std::ranges::any_of(places, [&](auto place) { return steps_.steps[place].what == What::done; });
  }

  std::uint16_t state_of(const Places& places) {
    const auto [entry, fresh] = known_.try_emplace(places, static_cast<std::uint16_t>(places_.size()));
    if (fresh) {
      places_.push_back(places);
      const bool begins = places_.size() == 1;
      out_.ends_.push_back(done(places)                          ? Pattern::kAlready
                           : done(closure(places, begins, true)) ? Pattern::kAtEnd
                                                                 : Pattern::kNo);
    }
    return entry->second;
  }

  Steps steps_;
  std::uint16_t start_ = 0;
  std::vector<std::size_t> samples_;  // a byte of each class
  std::vector<Places> places_;        // of each state
  std::map<Places, std::uint16_t> known_;
  Pattern out_;
};

Result<Pattern> Pattern::compile(std::string_view expression) {
  auto steps = Parser(expression).parse();
  if (!steps) return std::unexpected(steps.error());
  auto table = PatternTable(std::move(*steps)).build();
  if (!table)
    return fail(ErrorKind::invalid_input,
                std::format("pattern '{}': {}", printable(expression), table.error().message));
  return table;
}

bool Pattern::matches(std::string_view text) const {
  std::size_t state = 0;
  for (const char c : text) {
    if (ends_[state] == kAlready) return true;
    state = next_[state * classes_ + class_of_[static_cast<unsigned char>(c)]];
  }
  return ends_[state] != kNo;
}

}  // namespace cordon::inspection
