// The overlay file: rules beyond the 3GPP schemas, each with its place and its constraint.
#include <algorithm>
#include <format>

#include "cordon/base/config.h"
#include "cordon/base/text.h"
#include "cordon/inspection/rules.h"
#include "cordon/inspection/schema.h"

namespace cordon::inspection {

namespace {

constexpr std::size_t kMaxRules = 256;  // each is a metric

constexpr std::string_view kDefaultOverlay =
#include "cordon/inspection/overlay.inc"
    ;

std::string_view simple_name(std::string_view title) { return title.substr(title.rfind('.') + 1); }

// "Snssai", "CommonData.Snssai" or "TS 29.571's" full title.
bool is_called(std::string_view title, std::string_view wanted) {
  return !title.empty() &&
         (title == wanted || simple_name(title) == wanted || title.ends_with(std::format(".{}", wanted)));
}

// Members of the node itself and of what it is composed of.
void members_of(std::uint16_t node, std::string_view wanted, std::vector<std::uint16_t>& found, int depth = 0) {
  const auto& object = object_at(nodes()[node].object);
  for (std::uint16_t i = 0; i < object.members; ++i) {
    const auto member = static_cast<std::uint16_t>(object.first_member + i);
    if (name(members()[member].name) == wanted) found.push_back(member);
  }
  if (depth == 8) return;
  const auto& made = combination_at(nodes()[node].combination);
  for (const auto& [first, count] :
       {std::pair{made.first_all, made.all}, {made.first_any, made.any}, {made.first_one, made.one}}) {
    for (const auto branch : list(first, count)) members_of(branch, wanted, found, depth + 1);
  }
}

struct Places {
  std::vector<std::uint16_t> nodes, members;
};

// "Type", "Type.member" or "*.member"; titles have dots themselves, so both readings are tried.
void find_places(std::string_view text, Places& places) {
  const auto dot = text.rfind('.');
  for (std::uint16_t i = 1; i < nodes().size(); ++i) {
    const auto called = title(nodes()[i].title);
    if (is_called(called, text)) places.nodes.push_back(i);
    const auto type = dot == text.npos ? std::string_view() : text.substr(0, dot);
    if (type == "*" || (!type.empty() && is_called(called, type)))
      members_of(i, text.substr(dot + 1), places.members);
  }
  std::ranges::sort(places.members);  // types that are another name of one share its members
  const auto twins = std::ranges::unique(places.members);
  places.members.erase(twins.begin(), twins.end());
}

}  // namespace

class OverlayReader {
 public:
  explicit OverlayReader(Rules& rules) : rules_(rules) {
    rules_.of_node_.resize(nodes().size());
    rules_.of_member_.resize(members().size());
  }

  void read(ConfigMap& map) {
    Rule rule;
    rule.id = map.required_text("id");
    rule.why = map.required_text("why");
    rule.request = mode(map, "mode", Mode::block);
    rule.response = mode(map, "responses", rule.request);
    const bool known = std::ranges::contains(rules_.rules_, rule.id, &Rule::id);
    if (known) map.note("id", std::format("another rule is called '{}'", rule.id));
    if (rules_.rules_.size() >= kMaxRules) map.note("id", std::format("more than {} rules", kMaxRules));
    read_constraints(map);
    place(map);
    rules_.rules_.push_back(std::move(rule));
    map.finish();
  }

 private:
  static Mode mode(ConfigMap& map, std::string_view key, Mode otherwise) {
    return *mode_named(map.choice(key, name_of(otherwise), {"off", "observe", "warn", "block"}));
  }

  void add(What what, std::int64_t number) { pending_.push_back({what, rule(), 0, number}); }
  std::uint16_t rule() const { return static_cast<std::uint16_t>(rules_.rules_.size()); }

  void number(ConfigMap& map, std::string_view key, What what) {
    if (map.has(key)) add(what, map.number(key, 0, what == What::minimum ? INT64_MIN : 0, INT64_MAX));
  }

  void read_constraints(ConfigMap& map) {
    pending_.clear();
    number(map, "max_items", What::max_items);
    number(map, "max_members", What::max_members);
    number(map, "max_length", What::max_length);
    number(map, "minimum", What::minimum);
    number(map, "maximum", What::maximum);
    if (map.flag("closed_enumeration", false)) add(What::closed_enumeration, 1);
    if (map.flag("closed_object", false)) add(What::closed_object, 1);
    if (map.flag("callback", false)) add(What::callback, 1);
    read_pattern(map);
    for (const auto& member : map.texts("requires")) {
      add(What::requires_member, static_cast<std::int64_t>(rules_.texts_.size()));
      rules_.texts_.push_back(member);
    }
    if (map.has("only_with")) {
      auto condition = map.map("only_with");
      add(What::only_with, static_cast<std::int64_t>(rules_.conditions_.size()));
      rules_.conditions_.push_back({condition.required_text("member"), condition.texts("is")});
      condition.finish();
    }
    if (pending_.empty()) map.note("id", "the rule constrains nothing; add max_items, pattern, ...");
  }

  void read_pattern(ConfigMap& map) {
    const auto text = map.optional_text("pattern");
    if (!text) return;
    auto compiled = Pattern::compile(*text);
    if (!compiled) return map.note("pattern", compiled.error().message);
    add(What::pattern, static_cast<std::int64_t>(rules_.overlay_patterns_.size()));
    rules_.overlay_patterns_.push_back(std::move(*compiled));
  }

  void place(ConfigMap& map) {
    const auto places = map.texts("at");
    if (places.empty()) return place_everywhere(map);
    for (const auto& text : places) {
      Places found;
      find_places(text, found);
      if (found.nodes.empty() && found.members.empty()) {
        map.note("at", std::format("no schema has a type or member '{}'", printable(text)));
      }
      for (const auto& constraint : pending_) {
        for (const auto node : found.nodes) prepend(rules_.of_node_[node], constraint);
        for (const auto member : found.members) prepend(rules_.of_member_[member], constraint);
      }
    }
  }

  void place_everywhere(ConfigMap& map) {
    for (auto& constraint : pending_) {
      const bool general = constraint.what <= What::max_length || constraint.what == What::closed_enumeration ||
                           constraint.what == What::closed_object;
      if (!general) map.note("at", "this constraint needs places: 'at: [Type, Type.member]'");
      prepend(rules_.everywhere_[static_cast<std::size_t>(constraint.what)], constraint);
    }
  }

  void prepend(std::uint16_t& head, Constraint constraint) {
    constraint.next = head;
    head = static_cast<std::uint16_t>(rules_.constraints_.size());
    rules_.constraints_.push_back(constraint);
  }

  Rules& rules_;
  std::vector<Constraint> pending_;  // of the rule that is being read
};

std::string_view default_overlay() { return kDefaultOverlay; }

Result<std::shared_ptr<Rules>> Rules::load(std::string_view yaml, std::string_view file) {
  auto config = yaml.empty() ? Config::parse(kDefaultOverlay, "overlay.yaml") : Config::parse(yaml, file);
  if (!config) return std::unexpected(config.error());
  auto patterns = inspection::schema_patterns();
  if (!patterns) return std::unexpected(patterns.error());
  auto rules = std::make_shared<Rules>();
  rules->schema_patterns_ = std::move(*patterns);
  rules->rules_.assign(built_in_rules().begin(), built_in_rules().end());
  OverlayReader reader(*rules);
  for (auto& map : config->root().maps("rules")) reader.read(map);
  config->root().finish();
  if (auto checked = config->check(); !checked) return std::unexpected(checked.error());
  return rules;
}

}  // namespace cordon::inspection
