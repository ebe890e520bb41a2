#include "cordon/base/config.h"

#include <algorithm>
#include <charconv>
#include <format>

#include "cordon/base/config_document.h"
#include "cordon/base/file.h"
#include "cordon/base/text.h"

namespace cordon {

namespace {

using Kind = ConfigMap::Node::Kind;

std::string found(const ConfigMap::Node& node) {
  switch (node.kind) {
    case Kind::list:
      return "found a list";
    case Kind::map:
      return "found a map";
    default:
      break;
  }
  if (node.is_nothing()) return "found nothing: give a value or remove the key";
  return std::format("found '{}'", printable(node.value));
}

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

// "did you mean 'port'?" or the names there are.
std::string hint(std::string_view word, const std::vector<std::string>& known) {
  const std::vector<std::string_view> candidates(known.begin(), known.end());
  const auto near = closest(word, candidates);
  if (!near.empty()) return std::format("did you mean '{}'?", near);
  return known.empty() ? "remove it" : std::format("remove it (known here: {})", joined(known));
}

std::optional<std::int64_t> to_number(const ConfigMap::Node& node) {
  std::int64_t value = 0;
  const auto* const end = node.value.data() + node.value.size();
  const auto [stop, error] = std::from_chars(node.value.data(), end, value);
  const bool whole = error == std::errc{} && stop == end;
  return whole && node.kind == Kind::scalar && !node.quoted ? std::optional(value) : std::nullopt;
}

// Maps in the order of their keys; quotes count, as 1 and "1" are not the same.
std::string canonical(const ConfigMap::Node& node) {
  if (node.kind == Kind::scalar)
    return std::format("{}{}:{}", node.quoted ? 'q' : 's', node.value.size(), node.value);
  std::vector<std::string> parts;
  for (const auto& item : node.items) {
    parts.push_back((node.kind == Kind::map ? std::format("{}:{}=", item.key.size(), item.key) : "") +
                    canonical(item));
  }
  if (node.kind == Kind::map) std::ranges::sort(parts);
  return (node.kind == Kind::map ? "{" : "[") + joined(parts) + (node.kind == Kind::map ? "}" : "]");
}

bool is_text(const ConfigMap::Node& node) { return node.kind == Kind::scalar && !node.is_nothing(); }

}  // namespace

// === ConfigMap

ConfigMap::ConfigMap(const Node* node, std::string path, std::shared_ptr<ConfigErrors> errors)
    : node_(node), path_(std::move(path)), errors_(std::move(errors)) {}

std::string ConfigMap::path_of(std::string_view key) const {
  if (key.empty()) return path_;
  return path_.empty() ? printable(key) : std::format("{}.{}", path_, printable(key));
}

const ConfigMap::Node* ConfigMap::read(std::string_view key) {
  if (std::ranges::find(known_, key) == known_.end()) known_.emplace_back(key);
  return node_->find(key);
}

void ConfigMap::refuse(std::string_view key, const Node& node, std::string_view expected) {
  errors_->add(node.place, path_of(key), std::format("expected {}, {}", expected, found(node)));
}

std::string ConfigMap::required_text(std::string_view key) {
  auto value = optional_text(key);
  if (!value && !has(key) && node_->kind != Kind::wrong) note(key, "missing: add this key");
  if (value && value->empty()) note(key, "may not be empty");
  return value.value_or("");
}

std::string ConfigMap::text(std::string_view key, std::string_view fallback) {
  return optional_text(key).value_or(std::string(fallback));
}

std::optional<std::string> ConfigMap::optional_text(std::string_view key) {
  const auto* node = read(key);
  if (node == nullptr) return std::nullopt;
  if (is_text(*node)) return node->value;
  refuse(key, *node, "a text");
  return std::nullopt;
}

std::int64_t ConfigMap::number(std::string_view key, std::int64_t fallback, std::int64_t least, std::int64_t most) {
  const auto* node = read(key);
  if (node == nullptr) return fallback;
  const auto value = to_number(*node);
  if (value && *value >= least && *value <= most) return *value;
  refuse(key, *node, std::format("a number from {} to {}", least, most));
  return fallback;
}

bool ConfigMap::flag(std::string_view key, bool fallback) {
  const auto* node = read(key);
  if (node == nullptr) return fallback;
  const bool plain = node->kind == Kind::scalar && !node->quoted;
  if (plain && node->value == "true") return true;
  if (plain && node->value == "false") return false;
  refuse(key, *node, "true or false");
  return fallback;
}

std::string ConfigMap::choice(std::string_view key, std::string_view fallback,
                              const std::vector<std::string>& allowed) {
  const auto* node = read(key);
  if (node == nullptr) return std::string(fallback);
  if (is_text(*node) && std::ranges::find(allowed, node->value) != allowed.end()) return node->value;
  const std::vector<std::string_view> candidates(allowed.begin(), allowed.end());
  const auto near = closest(node->value, candidates);
  const auto expected = std::format("one of {}", joined(allowed));
  refuse(key, *node, near.empty() ? expected : std::format("{} (perhaps '{}')", expected, near));
  return std::string(fallback);
}

const std::vector<ConfigMap::Node>* ConfigMap::list(std::string_view key, std::string_view expected) {
  const auto* node = read(key);
  if (node == nullptr) return nullptr;
  if (node->kind == Kind::list) return &node->items;
  refuse(key, *node, expected);
  return nullptr;
}

std::vector<std::string> ConfigMap::texts(std::string_view key) {
  std::vector<std::string> out;
  const auto* items = list(key, "a list of texts");
  if (items == nullptr) return out;
  for (std::size_t i = 0; i < items->size(); ++i) {
    const auto& item = (*items)[i];
    if (is_text(item)) {
      out.push_back(item.value);
    } else {
      refuse(std::format("{}[{}]", key, i), item, "a text");
    }
  }
  return out;
}

std::vector<ConfigMap> ConfigMap::maps(std::string_view key) {
  std::vector<ConfigMap> out;
  const auto* items = list(key, "a list of maps");
  if (items == nullptr) return out;
  for (std::size_t i = 0; i < items->size(); ++i) out.push_back(child(std::format("{}[{}]", key, i), (*items)[i]));
  return out;
}

ConfigMap ConfigMap::map(std::string_view key) {
  const auto* node = read(key);
  if (node != nullptr) return child(key, *node);
  const auto kind = node_->kind == Kind::wrong ? Kind::wrong : Kind::absent;
  return {&errors_->stand_in(kind, node_->place), path_of(key), errors_};
}

ConfigMap ConfigMap::child(std::string_view key, const Node& node) {
  if (node.kind == Kind::map) return {&node, path_of(key), errors_};
  refuse(key, node, "a map");
  return {&errors_->stand_in(Kind::wrong, node.place), path_of(key), errors_};
}

bool ConfigMap::has(std::string_view key) const { return node_->find(key) != nullptr; }

std::vector<std::string> ConfigMap::keys() const {
  std::vector<std::string> out;
  for (const auto& item : node_->kind == Kind::map ? node_->items : decltype(node_->items){}) out.push_back(item.key);
  return out;
}

bool ConfigMap::is_map(std::string_view key) const {
  const auto* node = node_->find(key);
  return node != nullptr && node->kind == Kind::map;
}

bool ConfigMap::is_list(std::string_view key) const {
  const auto* node = node_->find(key);
  return node != nullptr && node->kind == Kind::list;
}

void ConfigMap::note(std::string_view key, std::string_view message) {
  const auto* node = node_->find(key);
  errors_->add(node != nullptr ? node->place : node_->place, path_of(key), message);
}

void ConfigMap::finish() {
  if (node_->kind != Kind::map) return;
  for (const auto& item : node_->items) {
    if (std::ranges::find(known_, item.key) != known_.end()) continue;
    errors_->add(item.key_place, path_of(item.key), "unknown key: " + hint(item.key, known_));
  }
}

// === Config

Result<Config> Config::parse(std::string_view yaml, std::string_view file) {
  auto tree = parse_yaml(yaml, file);
  if (!tree) return std::unexpected(tree.error());
  Config config;
  config.errors_ = std::make_shared<ConfigErrors>(std::string(file), std::move(*tree));
  config.root_ = std::make_shared<ConfigMap>(&config.errors_->root(), "", config.errors_);
  return config;
}

Result<Config> Config::load(const std::filesystem::path& path) {
  auto text = read_file(path);
  if (!text) return std::unexpected(text.error());
  return parse(*text, path.string());
}

std::map<std::string, std::string> Config::sections() const {
  std::map<std::string, std::string> out;
  for (const auto& item : errors_->root().items) out[item.key] = canonical(item);
  return out;
}

Result<void> Config::check() const {
  auto text = errors_->text();
  if (!text.empty()) return fail(ErrorKind::invalid_input, std::move(text));
  return {};
}

}  // namespace cordon
