#include "cordon/notation/document.h"

#include <algorithm>
#include <utility>

namespace cordon::notation {

namespace {

// In characters, not bytes.
std::size_t columns(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

}  // namespace

Document::Document() { clear(); }

void Document::clear() {
  nodes_.clear();
  parts_.clear();
  for (const Kind kind : {Kind::nothing, Kind::text, Kind::line, Kind::soft_line, Kind::hard_line})
    add({.kind = kind});
  nodes_[kSpace].text = " ";
}

Doc Document::add(Node node) {
  nodes_.push_back(node);
  return static_cast<Doc>(nodes_.size() - 1);
}

Doc Document::text(std::string_view text) { return add({.kind = Kind::text, .text = text}); }

Doc Document::join(std::vector<Doc> parts) {
  const auto first = static_cast<std::uint32_t>(parts_.size());
  for (const Doc part : parts) {
    if (part != kNothing) parts_.push_back(part);
  }
  if (parts_.size() == first) return kNothing;
  return add({.kind = Kind::join, .first = first, .second = static_cast<std::uint32_t>(parts_.size())});
}

Doc Document::nest(std::size_t deeper, Doc inner) {
  if (inner == kNothing) return kNothing;
  return add({.kind = Kind::nest, .first = inner, .second = static_cast<std::uint32_t>(deeper)});
}

Doc Document::group(Doc inner) { return inner == kNothing ? kNothing : add({.kind = Kind::group, .first = inner}); }

// What is left to do, last first. A join stays on the stack while its parts are worked off, so that asking whether
// something fits costs no more than the line is long.
struct Document::Rendering {
  struct Step {
    Doc doc;
    std::uint32_t part;  // of a join: the next one
    std::size_t indent;
    bool flat;
  };

  const Document& document;
  std::size_t width;
  std::string out = {};
  std::size_t column = 0;
  std::size_t pending = 0;     // spaces that nothing follows yet
  bool line_is_empty = false;  // since the last line break
  std::vector<Step> left = {};
  std::vector<Step> ahead = {};  // of fits(); kept to save allocating

  const Node& node(Doc doc) const { return document.nodes_[doc]; }

  Step step(Doc doc, std::size_t indent, bool flat) const { return {doc, node(doc).first, indent, flat}; }

  void write(std::string_view text) {
    column += columns(text);
    if (text == " ") {
      ++pending;
      return;
    }
    out.append(pending, ' ');
    out += text;
    pending = 0;
    line_is_empty = false;
  }

  // What follows decides how far the new line is indented: a break at the end of a nest returns to the level outside.
  void break_line() {
    while (!left.empty() && is_done(left.back())) left.pop_back();
    if (!line_is_empty) out += '\n';
    line_is_empty = true;
    pending = column = left.empty() ? 0 : left.back().indent;
  }

  bool is_done(const Step& step) const {
    const Node& at = node(step.doc);
    return at.kind == Kind::join && step.part == at.second;
  }

  // Whether `doc` on one line, and then the rest up to its first possible break, stays within the width.
  bool fits(const Step& first) {
    std::size_t used = column;
    std::size_t rest = left.size();
    bool flat = true;
    ahead.assign(1, first);
    for (;;) {
      if (ahead.empty()) {
        if (rest == 0) return true;
        flat = false;  // what follows may break
        ahead.push_back(left[--rest]);
        continue;
      }
      Step& top = ahead.back();
      const Node& at = node(top.doc);
      if (at.kind == Kind::join && top.part < at.second) {
        const Doc part = document.parts_[top.part++];
        ahead.push_back(step(part, 0, flat));
        continue;
      }
      ahead.pop_back();
      if (at.kind == Kind::hard_line) return !flat;
      if (!flat && (at.kind == Kind::line || at.kind == Kind::soft_line)) return true;
      if (at.kind == Kind::nest || at.kind == Kind::group) ahead.push_back(step(at.first, 0, flat));
      if (at.kind == Kind::text) used += columns(at.text);
      if (at.kind == Kind::line) ++used;
      if (used > width) return false;
    }
  }

  void take(const Step& now) {
    const Node& at = node(now.doc);
    switch (at.kind) {
      case Kind::text:
        return write(at.text);
      case Kind::line:
        return now.flat ? write(" ") : break_line();
      case Kind::soft_line:
        if (!now.flat) break_line();
        return;
      case Kind::hard_line:
        return break_line();
      case Kind::nest:
        left.push_back(step(at.first, now.indent + at.second, now.flat));
        return;
      case Kind::group: {
        const Step inner = step(at.first, now.indent, true);
        const bool flat = now.flat || fits(inner);
        left.push_back(inner);
        left.back().flat = flat;
        return;
      }
      default:
        return;
    }
  }

  void run() {
    while (!left.empty()) {
      Step& top = left.back();
      const Node& at = node(top.doc);
      if (at.kind == Kind::join && top.part < at.second) {
        const Step part = step(document.parts_[top.part++], top.indent, top.flat);
        left.push_back(part);
        continue;
      }
      const Step now = top;
      left.pop_back();
      if (at.kind != Kind::join) take(now);
    }
  }
};

std::string Document::render(Doc root, std::size_t width) const {
  Rendering rendering{.document = *this, .width = width, .line_is_empty = true};
  rendering.left.push_back(rendering.step(root, 0, false));
  rendering.run();
  return std::move(rendering.out);
}

}  // namespace cordon::notation
