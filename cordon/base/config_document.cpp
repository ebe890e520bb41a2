#include "cordon/base/config_document.h"

#include <yaml.h>

#include <algorithm>
#include <format>

#include "cordon/base/bytes.h"
#include "cordon/base/text.h"

namespace cordon {

namespace {

using Node = ConfigMap::Node;

constexpr std::size_t kLongestFile = 1U << 20;
constexpr int kDeepest = 32;

// One event of libyaml, released when it goes.
class Event {
 public:
  Event() = default;
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event() { yaml_event_delete(&event_); }
  yaml_event_t* get() { return &event_; }
  yaml_event_type_t type() const { return event_.type; }
  ConfigPlace place() const { return {event_.start_mark.line + 1, event_.start_mark.column + 1}; }
  const auto& scalar() const { return event_.data.scalar; }
  std::string_view text() const { return as_text({scalar().value, scalar().length}); }

  bool has_anchor_or_tag() const {
    switch (type()) {
      case YAML_SCALAR_EVENT:
        return scalar().anchor != nullptr || scalar().tag != nullptr;
      case YAML_SEQUENCE_START_EVENT:
        return event_.data.sequence_start.anchor != nullptr || event_.data.sequence_start.tag != nullptr;
      case YAML_MAPPING_START_EVENT:
        return event_.data.mapping_start.anchor != nullptr || event_.data.mapping_start.tag != nullptr;
      default:
        return false;
    }
  }

 private:
  yaml_event_t event_{};
};

// Such characters in a path or a name deceive readers or cut the text short in system calls.
bool has_control_character(std::string_view text) {
  return std::ranges::any_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7f;
  });
}

class Parser {
 public:
  Parser(std::string_view yaml, std::string_view file) : file_(file) {
    if (yaml_parser_initialize(&parser_) == 0) throw std::bad_alloc();  // its only cause
    const auto input = as_bytes(yaml.empty() ? "\n" : yaml);  // libyaml takes no null pointer, also not for nothing
    yaml_parser_set_input_string(&parser_, input.data(), input.size());
    yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
  }
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;
  ~Parser() { yaml_parser_delete(&parser_); }

  Result<Node> document();

 private:
  std::unexpected<Error> refuse(ConfigPlace place, std::string_view message) const {
    return fail(ErrorKind::invalid_input, std::format("{}:{}:{}: {}", file_, place.line, place.column, message));
  }
  Result<void> next(Event& event);
  Result<Node> node(const Event& event, int depth);
  Result<Node> scalar(const Event& event) const;
  Result<Node> list(const Event& event, int depth);
  Result<Node> map(const Event& event, int depth);
  Result<Node> entry(const Event& key, int depth);

  std::string_view file_;
  yaml_parser_t parser_{};
};

Result<void> Parser::next(Event& event) {
  if (yaml_parser_parse(&parser_, event.get()) != 0) return {};
  const ConfigPlace place{parser_.problem_mark.line + 1, parser_.problem_mark.column + 1};
  return refuse(place, std::format("not valid YAML: {}", parser_.problem != nullptr ? parser_.problem : "unknown"));
}

Result<Node> Parser::node(const Event& event, int depth) {
  if (event.type() == YAML_ALIAS_EVENT || event.has_anchor_or_tag()) {
    return refuse(event.place(), "anchors (&), aliases (*) and tags (!) are not allowed: write the value out");
  }
  if (event.type() == YAML_SCALAR_EVENT) return scalar(event);
  if (depth >= kDeepest) return refuse(event.place(), std::format("nested deeper than {} levels", kDeepest));
  return event.type() == YAML_SEQUENCE_START_EVENT ? list(event, depth + 1) : map(event, depth + 1);
}

Result<Node> Parser::scalar(const Event& event) const {
  if (has_control_character(event.text())) return refuse(event.place(), "a control character in the text: remove it");
  Node out{.kind = Node::Kind::scalar, .place = event.place(), .value = std::string(event.text())};
  out.quoted = event.scalar().style != YAML_PLAIN_SCALAR_STYLE;
  return out;
}

Result<Node> Parser::list(const Event& event, int depth) {
  Node out{.kind = Node::Kind::list, .place = event.place()};
  for (;;) {
    Event item;
    if (auto read = next(item); !read) return std::unexpected(read.error());
    if (item.type() == YAML_SEQUENCE_END_EVENT) return out;
    auto child = node(item, depth);
    if (!child) return child;
    out.items.push_back(std::move(*child));
  }
}

Result<Node> Parser::map(const Event& event, int depth) {
  Node out{.kind = Node::Kind::map, .place = event.place()};
  for (;;) {
    Event key;
    if (auto read = next(key); !read) return std::unexpected(read.error());
    if (key.type() == YAML_MAPPING_END_EVENT) break;
    auto read = entry(key, depth);
    if (!read) return std::unexpected(read.error());
    out.items.push_back(std::move(*read));
  }
  // Sorted copies of the keys, because a long file of distinct keys must not cost the square of its length.
  std::vector<const Node*> sorted;
  sorted.reserve(out.items.size());
  for (const auto& one : out.items) sorted.push_back(&one);
  std::ranges::stable_sort(sorted, {}, &Node::key);
  const auto twice = std::ranges::adjacent_find(sorted, {}, &Node::key);
  if (twice == sorted.end()) return out;
  const auto& again = **std::next(twice);
  return refuse(again.key_place, std::format("the key '{}' is already in line {}: keep one of the two",
                                             printable(again.key), (*twice)->key_place.line));
}

Result<Node> Parser::entry(const Event& key, int depth) {
  if (key.type() != YAML_SCALAR_EVENT) return refuse(key.place(), "a key must be a plain word");
  auto name = node(key, depth);
  if (!name) return name;
  Event value;
  if (auto read = next(value); !read) return std::unexpected(read.error());
  auto child = node(value, depth);
  if (!child) return child;
  child->key = std::move(name->value);
  child->key_place = key.place();
  return child;
}

Result<Node> Parser::document() {
  Event start;
  Event document;
  Event root;
  if (auto read = next(start); !read) return std::unexpected(read.error());
  if (auto read = next(document); !read) return std::unexpected(read.error());
  if (document.type() == YAML_STREAM_END_EVENT) return refuse({}, "the file is empty: expected a map of settings");
  if (auto read = next(root); !read) return std::unexpected(read.error());
  auto tree = node(root, 0);
  if (!tree) return tree;
  if (tree->kind != Node::Kind::map) return refuse(tree->place, "expected a map of settings (key: value)");
  Event end;
  Event after;
  if (auto read = next(end); !read) return std::unexpected(read.error());
  if (auto read = next(after); !read) return std::unexpected(read.error());
  if (after.type() != YAML_STREAM_END_EVENT) return refuse(after.place(), "a second document: keep only one");
  return tree;
}

}  // namespace

const Node* Node::find(std::string_view wanted) const {
  if (kind != Kind::map) return nullptr;
  const auto found = std::ranges::find(items, wanted, &Node::key);
  return found == items.end() ? nullptr : &*found;
}

bool Node::is_nothing() const {
  return kind == Kind::scalar && !quoted && (value.empty() || value == "null" || value == "~");
}

void ConfigErrors::add(ConfigPlace place, std::string_view path, std::string_view message) {
  const auto where = std::format("{}:{}:{}", file_, place.line, place.column);
  const auto what = path.empty() ? std::string(message) : std::format("{}: {}", path, message);
  lines_.push_back({place, std::format("{}: {}", where, what)});
}

const Node& ConfigErrors::stand_in(Node::Kind kind, ConfigPlace place) {
  return stand_ins_.emplace_back(Node{.kind = kind, .place = place});
}

std::string ConfigErrors::text() const {
  auto sorted = lines_;
  std::ranges::stable_sort(sorted, {},
                           [](const Line& line) { return std::pair(line.place.line, line.place.column); });
  std::string out;
  for (const auto& line : sorted) {
    if (!out.empty()) out += '\n';
    out += line.text;
  }
  return out;
}

Result<Node> parse_yaml(std::string_view yaml, std::string_view file) {
  if (yaml.size() > kLongestFile) {
    return fail(ErrorKind::invalid_input, std::format("{}: longer than {} bytes: split it", file, kLongestFile));
  }
  if (yaml.empty()) yaml = "";  // libyaml stops the process over a null pointer
  return Parser(yaml, file).document();
}

}  // namespace cordon
