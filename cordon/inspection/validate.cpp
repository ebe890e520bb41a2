#include "cordon/inspection/validate.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <format>

#include "cordon/wire/sbi/uri_host.h"

namespace cordon::inspection {

namespace {

using wire::JsonKind;
using wire::JsonToken;

constexpr std::uint64_t kEffortPerToken = 64;  // alternatives multiply; real messages need 3
constexpr std::size_t kMaxUnique = 256;        // items compared pair by pair

std::uint8_t type_of(const JsonToken& token, std::string_view text) {
  switch (token.kind) {
    case JsonKind::null:
      return kNull;
    case JsonKind::string:
    case JsonKind::name:
      return kString;
    case JsonKind::array:
      return kArray;
    case JsonKind::object:
      return kObject;
    case JsonKind::number:
      // 1.0 is no integer here: readers written in C differ in it.
      return text.find_first_of(".eE") == text.npos ? kInteger : kFraction;
    default:
      return kBoolean;
  }
}

// The standard library reads long doubles by way of a locale; nearly all numbers are integers that fit.
long double number_in(std::string_view text) {
  const auto* end = text.data() + text.size();
  std::int64_t integer = 0;
  const auto read = std::from_chars(text.data(), end, integer);
  if (read.ec == std::errc{} && read.ptr == end) return integer;
  long double value = 0;
  std::from_chars(text.data(), end, value);
  return value;
}

bool has_more_characters(std::string_view text, std::size_t most) {
  if (text.size() <= most) return false;
  const auto characters =
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80; });
  return static_cast<std::size_t>(characters) > most;
}

// A URI without a path makes readers stumble (open5gs#4489).
bool has_path(std::string_view uri) {
  const auto authority = uri.find("://");
  return authority != uri.npos && uri.find('/', authority + 3) != uri.npos;
}

}  // namespace

void Findings::add(std::uint16_t rule, Mode mode, std::string_view place) {
  if (used_ == kept_.size()) return;
  auto& finding = kept_[used_++];
  finding.rule = rule;
  finding.mode = mode;
  finding.place.assign(place);
}

bool Validator::validate(const Subject& subject, std::uint16_t node, Findings& findings) {
  subject_ = &subject;
  tape_ = subject.tape;
  findings_ = &findings;
  known_.assign(tape_->tokens().size(), 0);
  path_.clear();
  effort_left_ = kEffortPerToken * (tape_->tokens().size() + 8);
  trial_ = overstepped_ = 0;
  return check({0, 0, kNoMember, false}, node);
}

bool Validator::validate_text(std::string_view text, const Subject& subject, std::uint16_t node, Findings& findings) {
  const auto types = nodes()[node].types;
  const bool bare = (types & kString) == 0 && (types & (kInteger | kFraction | kBoolean)) != 0;
  if (bare && scalar_.read(text)) {
    Subject scalar = subject;
    scalar.tape = &scalar_;
    return validate(scalar, node, findings);
  }
  // OpenAPI 3.0.3 4.7.12.2: style form, and arrays of the core are not exploded: a,b,c
  const bool many = (types & (kString | kArray)) == kArray;
  quoted_ = many ? "[" : "";
  for (;;) {
    const auto item = many ? text.substr(0, text.find(',')) : text;
    wire::append_json_string(quoted_, item);
    if (item.size() == text.size()) break;
    quoted_ += ',';
    text.remove_prefix(item.size() + 1);
  }
  if (many) quoted_ += ']';
  Subject scalar = subject;
  scalar.tape = &scalar_;
  if (!scalar_.read(quoted_)) {
    findings.add(kQueryJson, rules_.mode(kQueryJson, subject.response), subject.place);
    return false;
  }
  return validate(scalar, node, findings);
}

// === findings ==================================================================================================

bool Validator::broken(std::uint16_t rule) {
  if (trial_ > 0) return false;
  const auto mode = rules_.mode(rule, subject_->response);
  if (mode == Mode::off) return true;
  write_place();
  findings_->add(rule, mode, place_);
  return false;
}

void Validator::overstepped(std::uint16_t rule) {
  const auto mode = rules_.mode(rule, subject_->response);
  if (mode == Mode::off) return;
  ++overstepped_;
  if (trial_ > 0) return;
  write_place();
  findings_->add(rule, mode, place_);
}

void Validator::write_place() {
  place_.assign(subject_->place);
  for (const auto& step : path_) {
    place_ += '/';
    if (step.kind == Step::Kind::item) {
      std::array<char, 12> digits;
      place_.append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), step.number).ptr);
    } else {
      place_ += step.kind == Step::Kind::name ? name(static_cast<std::uint16_t>(step.number)) : "*";
    }
  }
}

std::uint16_t Validator::name_of_token(std::uint32_t token) {
  return find_name((*tape_)[token].count, tape_->text((*tape_)[token]));
}

// === the schema ================================================================================================

bool Validator::check(const Spot& spot, std::uint16_t node) {
  if (effort_left_ == 0) return broken(kEffort);
  --effort_left_;
  const auto& token = (*tape_)[spot.at];
  const auto& schema = nodes()[node];
  const auto type = type_of(token, token.kind == JsonKind::number ? tape_->text(token) : std::string_view());
  if ((schema.types & type) == 0) {
    const bool removes = type == kNull && subject_->merge_patch && spot.member != kNoMember;
    return removes || broken(kSchemaType);
  }
  if (type == kNull && (schema.types & kNullable) != 0) return true;
  bool good = true;
  if (type == kString) good = check_string(spot, node);
  if ((type & (kInteger | kFraction)) != 0) good = check_number(spot, schema);
  if (type == kArray) good = check_array(spot, schema);
  if (type == kObject) good = check_object(spot, schema);
  if (schema.combination != 0) good &= check_combination(spot, schema);
  if (type == kArray) cap(What::max_items, token.count, spot, node);
  if (type == kObject) cap(What::max_members, token.count, spot, node);
  if (type == kObject && !spot.composed) good &= check_strangers(spot, schema);
  constrain(spot, rules_.of_node(node), spot.at);
  if (spot.member != kNoMember) constrain(spot, rules_.of_member(spot.member), spot.owner);
  return good;
}

bool Validator::check_number(const Spot& spot, const Node& node) {
  return node.range == 0 || check_range(range_at(node.range), tape_->text((*tape_)[spot.at]));
}

bool Validator::check_range(const RangeFacet& range, std::string_view text) {
  const auto value = number_in(text);
  const bool low =
      (range.flags & 1U) != 0 && (value < range.minimum || ((range.flags & 4U) != 0 && value == range.minimum));
  const bool high =
      (range.flags & 2U) != 0 && (value > range.maximum || ((range.flags & 8U) != 0 && value == range.maximum));
  return (!low && !high) || broken(kSchemaRange);
}

bool Validator::check_string(const Spot& spot, std::uint16_t node) {
  const auto text = tape_->text((*tape_)[spot.at]);
  bool good = true;
  if (const auto index = nodes()[node].text; index != 0) {
    const auto& facet = text_at(index);
    if (facet.words != 0) good &= check_words(text, facet);
    if (facet.pattern != 0 && !rules_.schema_pattern(facet.pattern).matches(text)) good &= broken(kSchemaPattern);
    const bool longer = facet.most != kNoMaximum && has_more_characters(text, facet.most);
    const bool shorter = facet.least != 0 && !has_more_characters(text, facet.least - 1);
    if (longer || shorter) good &= broken(kSchemaLength);
  }
  cap(What::max_length, text.size(), spot, node);
  return good;
}

bool Validator::check_words(std::string_view text, const TextFacet& facet) {
  if (std::ranges::binary_search(words(facet), text)) return true;
  if (facet.open == 0) return broken(kSchemaEnumeration);
  if (const auto* rule = rules_.everywhere(What::closed_enumeration)) overstepped(rule->rule);
  return true;
}

bool Validator::check_array(const Spot& spot, const Node& node) {
  const auto& token = (*tape_)[spot.at];
  const auto& facet = array_at(node.array);
  bool good = true;
  if (node.array != 0 && (token.count < facet.least || token.count > facet.most)) good &= broken(kSchemaItems);
  if (spot.composed && facet.items == 0) return good;  // its items are looked at once, outside
  path_.push_back({Step::Kind::item, 0});
  for (auto at = spot.at + 1; at < token.next; at = (*tape_)[at].next) {
    if (!check({at, at, kNoMember, false}, facet.items)) {
      good = false;
      if (trial_ > 0) break;
    }
    ++path_.back().number;
  }
  path_.pop_back();
  if (node.array != 0 && facet.unique != 0 && !check_unique(spot.at)) good &= broken(kSchemaItems);
  return good;
}

// As written: items that are spelt differently pass. Longer lists are left to the caps.
bool Validator::check_unique(std::uint32_t array) {
  const auto& token = (*tape_)[array];
  if (token.count > kMaxUnique) return true;
  const auto same = [&](std::uint32_t one, std::uint32_t other) {
    const auto size = (*tape_)[one].next - one;
    if ((*tape_)[other].next - other != size) return false;
    for (std::uint32_t i = 0; i < size; ++i) {
      const auto &left = (*tape_)[one + i], &right = (*tape_)[other + i];
      if (left.kind != right.kind || left.count != right.count || tape_->text(left) != tape_->text(right))
        return false;
    }
    return true;
  };
  for (auto one = array + 1; one < token.next; one = (*tape_)[one].next) {
    for (auto other = array + 1; other < one; other = (*tape_)[other].next) {
      if (same(one, other)) return false;
    }
  }
  return true;
}

bool Validator::check_object(const Spot& spot, const Node& node) {
  if (node.object == 0) return true;
  const auto& token = (*tape_)[spot.at];
  const auto& facet = object_at(node.object);
  bool good = true;
  std::uint64_t seen = 0;
  for (auto at = spot.at + 1; at < token.next; at = (*tape_)[at + 1].next) {
    if (check_member(at, spot.at, facet, seen)) continue;
    good = false;
    if (trial_ > 0) return false;
  }
  const auto required = subject_->response ? facet.response_required : facet.request_required;
  if ((seen & required) != required && !check_missing(facet, required & ~seen)) good = false;
  if ((token.count < facet.least || token.count > facet.most) && !broken(kSchemaMembers)) good = false;
  return good;
}

// A finding for each, at the place where it should be.
bool Validator::check_missing(const ObjectFacet& facet, std::uint64_t missing) {
  if (trial_ > 0) return false;
  bool good = true;
  for (const auto& member : members().subspan(facet.first_member, facet.members)) {
    if (member.required == 255 || (missing >> member.required & 1) == 0) continue;
    path_.push_back({Step::Kind::name, member.name});
    good &= broken(kSchemaRequired);
    path_.pop_back();
  }
  return good;
}

bool Validator::check_member(std::uint32_t name_token, std::uint32_t object, const ObjectFacet& facet,
                             std::uint64_t& seen) {
  const auto all = members().subspan(facet.first_member, facet.members);
  const auto id = name_of_token(name_token);
  const auto found = std::ranges::lower_bound(all, id, {}, &Member::name);
  bool good = true;
  if (id != 0 && found != all.end() && found->name == id) {
    if (found->required != 255) seen |= std::uint64_t{1} << found->required;
    mark_known(name_token);
    path_.push_back({Step::Kind::name, id});
    const auto index = static_cast<std::uint16_t>(found - members().begin());
    good = check({name_token + 1, object, index, false}, found->node);
    path_.pop_back();
  } else if (facet.additional != 0) {
    mark_known(name_token);
    path_.push_back(id != 0 ? Step{Step::Kind::name, id} : Step{Step::Kind::unknown, 0});
    good = facet.additional == kClosed ? broken(kSchemaClosed)
                                       : check({name_token + 1, object, kNoMember, false}, facet.additional);
    path_.pop_back();
  }
  return good;
}

// === alternatives ==============================================================================================

bool Validator::check_combination(const Spot& spot, const Node& node) {
  const auto& made = combination_at(node.combination);
  const Spot inner{spot.at, spot.owner, kNoMember, true};
  bool good = true;
  for (const auto branch : list(made.first_all, made.all)) good &= check(inner, branch);
  if (made.any != 0) good &= check_one_of(inner, list(made.first_any, made.any), false);
  if (made.one != 0) good &= check_one_of(inner, list(made.first_one, made.one), true);
  if (made.never != 0) {
    ++trial_;
    const bool fits = check(inner, made.never);
    --trial_;
    if (fits) good &= broken(kSchemaExcluded);
  }
  return good;
}

void Validator::mark_known(std::uint32_t name_token) {
  auto& mark = known_[name_token];
  const auto level = static_cast<std::uint8_t>(std::min<std::uint32_t>(trial_ + 1, 255));
  if (mark == 0 || mark > level) mark = level;
}

// What only a trial knew is not known.
void Validator::forget_trial(std::uint32_t at) {
  const auto level = static_cast<std::uint8_t>(std::min<std::uint32_t>(trial_ + 1, 255));
  for (auto token = at; token < (*tape_)[at].next; ++token) {
    if (known_[token] > level) known_[token] = 0;
  }
}

// Tries the branches without noting anything; the one that holds best is then walked again for what it knows and what
// the overlay says.
bool Validator::check_one_of(const Spot& spot, std::span<const std::uint16_t> branches, bool exactly) {
  std::size_t fitting = 0;
  std::uint16_t chosen = 0;
  std::uint32_t fewest = UINT32_MAX;
  const auto before = overstepped_;
  ++trial_;
  for (const auto branch : branches) {
    overstepped_ = 0;
    if (!check(spot, branch)) continue;
    ++fitting;
    if (overstepped_ < fewest) {
      fewest = overstepped_;
      chosen = branch;
    }
    if (!exactly && fewest == 0) break;
  }
  --trial_;
  overstepped_ = before;
  const bool container = (*tape_)[spot.at].next > spot.at + 1;
  if (container) forget_trial(spot.at);
  if (fitting == 0 || (exactly && fitting > 1)) return broken(kSchemaChoice);
  return (!container && fewest == 0) || check(spot, chosen);
}

// Members no schema of this place has: values of any kind, but the caps hold in them too.
bool Validator::check_strangers(const Spot& spot, const Node& node) {
  const auto& token = (*tape_)[spot.at];
  const bool described = object_at(node.object).members != 0 || node.combination != 0;
  const auto* rule = rules_.everywhere(What::closed_object);
  const auto own = rules_.of_node(static_cast<std::uint16_t>(&node - nodes().data()));
  for (auto index = own; index != 0; index = rules_.constraint(index).next) {
    if (rules_.constraint(index).what == What::closed_object) rule = &rules_.constraint(index);
  }
  bool good = true;
  for (auto at = spot.at + 1; at < token.next; at = (*tape_)[at + 1].next) {
    if (known_[at] != 0) continue;
    const auto id = name_of_token(at);
    path_.push_back(id != 0 ? Step{Step::Kind::name, id} : Step{Step::Kind::unknown, 0});
    if (described && rule != nullptr) overstepped(rule->rule);
    good &= check({at + 1, spot.at, kNoMember, false}, 0);
    path_.pop_back();
  }
  return good;
}

// === the overlay ===============================================================================================

bool Validator::has_own(What what, const Spot& spot, std::uint16_t node) const {
  for (const auto first :
       {rules_.of_node(node), spot.member == kNoMember ? std::uint16_t{0} : rules_.of_member(spot.member)}) {
    for (auto index = first; index != 0; index = rules_.constraint(index).next) {
      if (rules_.constraint(index).what == what) return true;
    }
  }
  return false;
}

void Validator::cap(What what, std::size_t size, const Spot& spot, std::uint16_t node) {
  const auto* rule = rules_.everywhere(what);
  if (rule == nullptr || spot.composed || std::cmp_less_equal(size, rule->number)) return;
  if (!has_own(what, spot, node)) overstepped(rule->rule);
}

void Validator::constrain(const Spot& spot, std::uint16_t first, std::uint32_t owner) {
  for (auto index = first; index != 0; index = rules_.constraint(index).next) {
    const auto& constraint = rules_.constraint(index);
    if (!holds(constraint, spot.at, owner)) overstepped(constraint.rule);
  }
}

bool Validator::holds(const Constraint& constraint, std::uint32_t at, std::uint32_t owner) {
  const auto& token = (*tape_)[at];
  const auto text = tape_->text(token);
  const auto integer = [&] {
    std::int64_t value = 0;
    const auto end = text.data() + text.size();
    const bool good = std::from_chars(text.data(), end, value).ptr == end;
    return good ? std::optional(value) : std::nullopt;
  };
  switch (constraint.what) {
    case What::max_items:
      return token.kind != JsonKind::array || std::cmp_less_equal(token.count, constraint.number);
    case What::max_members:
      return token.kind != JsonKind::object || std::cmp_less_equal(token.count, constraint.number);
    case What::max_length:
      return token.kind != JsonKind::string || std::cmp_less_equal(text.size(), constraint.number);
    case What::minimum:
      return token.kind != JsonKind::number || integer().value_or(INT64_MIN) >= constraint.number;
    case What::maximum:
      return token.kind != JsonKind::number || integer().value_or(INT64_MAX) <= constraint.number;
    case What::pattern: {
      const bool has_text = token.kind == JsonKind::string || token.kind == JsonKind::number;
      return !has_text || rules_.overlay_pattern(constraint.number).matches(text);
    }
    case What::requires_member:
      return tape_->find(owner, rules_.text(constraint.number)) != 0;
    case What::only_with: {
      const auto& condition = rules_.condition(constraint.number);
      const auto beside = tape_->find(owner, condition.member);
      return beside != 0 && std::ranges::contains(condition.values, tape_->text((*tape_)[beside]));
    }
    case What::callback:
      return token.kind != JsonKind::string || holds_callback(text);
    case What::closed_enumeration:
    case What::closed_object:
      return true;  // looked at where words and members are
  }
  return true;
}

bool Validator::holds_callback(std::string_view uri) const {
  if (!wire::sbi::is_http(uri) || !has_path(uri)) return false;
  const auto host = wire::sbi::uri_host(uri);
  return host && (subject_->own_host == nullptr || (*subject_->own_host)(*host));
}

}  // namespace cordon::inspection
