#include "cordon/schema/schema.h"

#include <algorithm>
#include <charconv>
#include <format>
#include <limits>

#include "cordon/policy/place.h"
#include "cordon/policy/token.h"
#include "cordon/policy/unescape.h"
#include "cordon/schema/read_json.h"
#include "cordon/schema/read_text.h"
#include "cordon/schema/resolve.h"

namespace cordon::schema {

// === types ===

namespace {

template <class T>
bool same(const std::shared_ptr<const T>& one, const std::shared_ptr<const T>& other) {
  return one == other || (one && other && *one == *other);
}

std::string text_of(const Attributes& attributes) {
  if (attributes.empty()) return "{}";
  std::string text;
  for (const auto& [name, attribute] : attributes) {
    text += text.empty() ? "{ " : ", ";
    text += policy::is_identifier(name) && !policy::is_reserved(name) ? name : policy::in_quotes(name);
    text += attribute.required ? ": " : "?: ";
    text += attribute.type.text();
  }
  return text + " }";
}

}  // namespace

bool Type::operator==(const Type& other) const {
  return kind == other.kind && entity == other.entity && same(element, other.element) &&
         same(attributes, other.attributes);
}

std::string Type::text() const {
  switch (kind) {
    case TypeKind::boolean:
      return "Bool";
    case TypeKind::integer:
      return "Long";
    case TypeKind::string:
      return "String";
    case TypeKind::entity:
      return entity;
    case TypeKind::set:
      return std::format("Set<{}>", element->text());
    case TypeKind::record:
      return text_of(*attributes);
    case TypeKind::decimal:
      return "decimal";
    case TypeKind::ipaddr:
      return "ipaddr";
    case TypeKind::datetime:
      return "datetime";
    case TypeKind::duration:
      return "duration";
  }
  return {};
}

// === reading ===

namespace {

constexpr std::size_t kJsonDepth = 512;    // the most the JSON reader goes; a type takes up to three levels
constexpr std::size_t kLeavesPerPart = 4;  // of JSON

Result<void> check_size(std::string_view text, std::string_view file, const Limits& limits) {
  const std::size_t most = std::min<std::size_t>(limits.text, std::numeric_limits<std::uint32_t>::max() - 1);
  if (text.size() <= most) return {};
  return fail(ErrorKind::invalid_input,
              std::format("{}:1:1: the schema is longer than {} bytes; split it", file, most));
}

}  // namespace

Result<Schema> Schema::parse(std::string_view text, std::string_view file, const Limits& limits) {
  if (auto sized = check_size(text, file, limits); !sized) return std::unexpected(sized.error());
  const policy::Lines lines(text, file);
  const auto written = read_text(text, limits);
  if (!written) return std::unexpected(policy::locate(written.error(), lines));
  Resolution resolution(*written, limits);
  auto schema = resolution.run();
  if (!schema) return std::unexpected(policy::locate(schema.error(), lines));
  auto warnings = resolution.shadowing();
  warnings.insert(warnings.end(), written->warnings.begin(), written->warnings.end());
  std::ranges::stable_sort(warnings, {}, &Complaint::offset);
  for (const Complaint& warning : warnings) {
    schema->warnings_.push_back(policy::locate(warning, lines).message);
  }
  return std::move(*schema);
}

namespace {

// "byte 17: what": the byte becomes a line and a column.
Error located(const Error& error, std::string_view text, std::string_view file) {
  constexpr std::string_view kByte = "byte ";
  std::string_view rest = error.message;
  std::size_t offset = 0;
  if (rest.starts_with(kByte)) {
    rest.remove_prefix(kByte.size());
    const auto [end, problem] = std::from_chars(rest.data(), rest.data() + rest.size(), offset);
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    if (rest.starts_with(": ")) rest.remove_prefix(2);
  }
  return policy::locate({offset, std::string(rest), {}}, policy::Lines(text, file));
}

Error located(const Complaint& complaint, const Paths& paths, std::string_view file) {
  std::string message =
      std::format("{}: {}: {}", file, paths.text(static_cast<Where>(complaint.offset)), complaint.message);
  if (!complaint.hint.empty()) message += "; " + complaint.hint;
  return {ErrorKind::invalid_input, std::move(message)};
}

}  // namespace

Result<Schema> Schema::parse_json(std::string_view text, std::string_view file, const Limits& limits) {
  if (auto sized = check_size(text, file, limits); !sized) return std::unexpected(sized.error());
  const wire::JsonLimits json_limits{
      .bytes = limits.text, .depth = kJsonDepth, .leaves = kLeavesPerPart * limits.resolved, .nul = true};
  const auto document = wire::parse_json(text, json_limits);
  if (!document) return std::unexpected(located(document.error(), text, file));
  Paths paths;
  const auto written = read_json(*document, limits, paths);
  if (!written) return std::unexpected(located(written.error(), paths, file));
  auto schema = Resolution(*written, limits).run();
  if (!schema) return std::unexpected(located(schema.error(), paths, file));
  return std::move(*schema);
}

// === asking ===

const EntityType* Schema::entity_type(std::string_view name) const {
  const auto found = entity_types_.find(name);
  return found == entity_types_.end() ? nullptr : &found->second;
}

const Action* Schema::action(const EntityUid& uid) const {
  const auto found = actions_.find(uid);
  return found == actions_.end() ? nullptr : &found->second;
}

bool Schema::may_be_in(std::string_view type, std::string_view ancestor) const {
  if (type == ancestor) return true;
  const auto found = ancestor_types_.find(type);
  return found != ancestor_types_.end() && found->second.contains(ancestor);
}

bool Schema::action_in(const EntityUid& action, const EntityUid& group) const {
  if (action == group) return true;
  const auto found = ancestor_actions_.find(action);
  return found != ancestor_actions_.end() && found->second.contains(group);
}

std::vector<EntityUid> Schema::members_of(const EntityUid& group) const {
  std::vector<EntityUid> members;
  for (const auto& [uid, action] : actions_) {
    if (action_in(uid, group)) members.push_back(uid);
  }
  return members;
}

std::vector<policy::Entity> Schema::action_entities() const {
  std::vector<policy::Entity> entities;
  entities.reserve(actions_.size());
  for (const auto& [uid, action] : actions_) {
    entities.push_back({.uid = uid, .attributes = {}, .parents = {action.parents.begin(), action.parents.end()}});
  }
  return entities;
}

}  // namespace cordon::schema
