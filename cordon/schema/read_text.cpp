// Recursive descent over the tokens, one of look-ahead. The grammar is that of SDK 4.12.0: commas may trail between
// attributes and between the parts of appliesTo, nowhere else.
#include "cordon/schema/read_text.h"

#include <algorithm>
#include <format>
#include <set>
#include <utility>

#include "cordon/schema/names.h"
#include "cordon/schema/token.h"

namespace cordon::schema {

namespace {

class Reader {
 public:
  Reader(std::string_view text, const Limits& limits) : cursor_(text), limits_(limits) {}
  Read<WrittenSchema> run();

 private:
  void named_namespace();
  void annotations();
  void annotation(std::set<std::string_view>& seen);
  void declaration(WrittenNamespace& space);
  void entity(WrittenNamespace& space);
  void enumerated(EntityBody& body);
  void standard(EntityBody& body);
  void action(WrittenNamespace& space);
  void applies_to(ActionBody& body, const Reference& first_name);
  bool applies_part(ActionBody& body, std::set<std::string_view>& seen);
  void applies_list(std::vector<Reference>& list, std::string_view part);
  void common(WrittenNamespace& space);

  WrittenType type(std::size_t depth);
  WrittenType record(std::size_t depth);
  WrittenAttribute attribute(std::size_t depth);
  void keep_last_of_each(std::vector<WrittenAttribute>& attributes);
  WrittenType context();

  Reference identifier(std::string_view what);
  Reference path(std::string_view what);
  Reference name(std::string_view what);  // an identifier or a string
  ActionReference action_reference();
  std::vector<Reference> paths();
  void no_trailing_comma(TokenKind close);
  void count();

  // An item, then further ones after commas.
  template <class Item>
  void list(TokenKind close, Item item) {
    do {
      item();
      if (cursor_.at(TokenKind::comma)) no_trailing_comma(close);
    } while (cursor_.accept(TokenKind::comma));
  }

  Cursor cursor_;
  Limits limits_;
  std::size_t counted_ = 0;
  WrittenSchema schema_;
  WrittenNamespace unnamed_;
};

Read<WrittenSchema> Reader::run() {
  while (!cursor_.at(TokenKind::end)) {
    annotations();
    if (cursor_.at_word("namespace")) {
      named_namespace();
    } else {
      declaration(unnamed_);
    }
  }
  if (cursor_.failed()) return std::unexpected(*cursor_.complaint());
  schema_.namespaces.push_back(std::move(unnamed_));
  return std::move(schema_);
}

// What is written is counted, so that memory is bounded by more than the length of the text.
void Reader::count() {
  if (++counted_ <= limits_.resolved) return;
  cursor_.complain(cursor_.peek().begin, std::format("the schema has more than {} names and types", limits_.resolved),
                   "split it into several schemas");
}

void Reader::named_namespace() {
  cursor_.take();
  WrittenNamespace space;
  auto [text, where] = path("the name of the namespace");
  space.name = std::move(text);
  space.where = where;
  cursor_.expect(TokenKind::left_brace, "`{`");
  while (!cursor_.at(TokenKind::end) && !cursor_.at(TokenKind::right_brace)) {
    annotations();
    if (cursor_.at_word("namespace")) {
      cursor_.complain(cursor_.peek().begin, "a namespace cannot stand inside another",
                       std::format("close `{0}` first and write `namespace {0}::...`", space.name));
    }
    declaration(space);
  }
  cursor_.expect(TokenKind::right_brace, std::format("the `}}` of namespace `{}`", space.name));
  schema_.namespaces.push_back(std::move(space));
}

void Reader::annotations() {
  std::set<std::string_view> seen;
  while (cursor_.at(TokenKind::at)) annotation(seen);
}

// What annotations say changes nothing; that they are well formed and not repeated is checked.
void Reader::annotation(std::set<std::string_view>& seen) {
  cursor_.take();
  const Token key = cursor_.expect(TokenKind::word, "the name of an annotation", "write `@name(\"value\")`");
  if (!seen.insert(cursor_.spelling(key)).second && !cursor_.failed()) {
    cursor_.complain(key.begin, std::format("annotation `@{}` is given twice", cursor_.spelling(key)),
                     "keep one of them");
  }
  if (!cursor_.accept(TokenKind::left_parenthesis)) return;
  cursor_.string(cursor_.expect(TokenKind::string, "the annotation's value in double quotes"));
  cursor_.expect(TokenKind::right_parenthesis, "`)`");
}

void Reader::declaration(WrittenNamespace& space) {
  if (cursor_.accept_word("entity")) return entity(space);
  if (cursor_.accept_word("action")) return action(space);
  if (cursor_.accept_word("type")) return common(space);
  if (cursor_.failed()) return;
  const Token token = cursor_.peek();
  std::string hint;
  if (const auto meant = policy::nearest(cursor_.spelling(token), {"entity", "action", "type", "namespace"})) {
    hint = std::format("did you mean `{}`?", *meant);
  } else if (token.kind == TokenKind::semicolon) {
    hint = "remove this `;`";
  }
  const std::string_view known =
      &space == &unnamed_ ? "`entity`, `action`, `type` or `namespace`" : "`entity`, `action` or `type`";
  cursor_.complain(token.begin, std::format("expected {}, found {}", known, cursor_.found()), hint);
}

// === entity types ===

void Reader::entity(WrittenNamespace& space) {
  std::vector<Reference> names;
  list(TokenKind::end, [&] { names.push_back(identifier("the name of the entity type")); });
  EntityBody body;
  if (cursor_.accept_word("enum")) {
    enumerated(body);
  } else {
    standard(body);
  }
  cursor_.expect(TokenKind::semicolon, "`;`", "end the declaration with `;`");
  const auto shared = std::make_shared<const EntityBody>(std::move(body));
  for (Reference& each : names) space.entities.push_back({std::move(each.name), each.where, shared});
}

void Reader::enumerated(EntityBody& body) {
  cursor_.expect(TokenKind::left_bracket, "`[`");
  list(TokenKind::right_bracket, [&] {
    count();
    body.enumerated.push_back(cursor_.string(cursor_.expect(TokenKind::string, "an id in double quotes")));
  });
  cursor_.expect(TokenKind::right_bracket, "`,` or `]`");
}

void Reader::standard(EntityBody& body) {
  if (cursor_.accept_word("in")) body.parents = paths();
  body.shape.where = cursor_.peek().begin;
  if (cursor_.accept(TokenKind::equal) || cursor_.at(TokenKind::left_brace)) body.shape = record(1);
  if (cursor_.accept_word("tags")) body.tags = type(1);
}

// === actions ===

void Reader::action(WrittenNamespace& space) {
  std::vector<Reference> names;
  list(TokenKind::end, [&] { names.push_back(name("the name of the action")); });
  ActionBody body;
  if (cursor_.accept_word("in")) {
    if (cursor_.accept(TokenKind::left_bracket)) {
      list(TokenKind::right_bracket, [&] { body.parents.push_back(action_reference()); });
      cursor_.expect(TokenKind::right_bracket, "`,` or `]`");
    } else {
      body.parents.push_back(action_reference());
    }
  }
  if (cursor_.accept_word("appliesTo")) applies_to(body, names.front());
  if (cursor_.accept_word("attributes")) {
    cursor_.expect(TokenKind::left_brace, "`{`");
    cursor_.expect(TokenKind::right_brace, "`}`", "actions have no attributes");
  }
  cursor_.expect(TokenKind::semicolon, "`;`", "end the declaration with `;`");
  const auto shared = std::make_shared<const ActionBody>(std::move(body));
  for (Reference& each : names) space.actions.push_back({std::move(each.name), each.where, shared});
}

void Reader::applies_to(ActionBody& body, const Reference& first_name) {
  cursor_.expect(TokenKind::left_brace, "`{`");
  std::set<std::string_view> seen;
  while (applies_part(body, seen) && cursor_.accept(TokenKind::comma) && !cursor_.at(TokenKind::right_brace)) {
  }
  cursor_.expect(TokenKind::right_brace, "`,` or `}`");
  if (cursor_.failed()) return;
  for (const std::string_view part : {"principal", "resource"}) {
    if (seen.contains(part)) continue;
    cursor_.complain(first_name.where,
                     std::format("action `{}` does not say which {} it applies to", first_name.name, part),
                     std::format("add `{}: SomeType`, or leave out appliesTo for a group", part));
  }
}

bool Reader::applies_part(ActionBody& body, std::set<std::string_view>& seen) {
  const Token token = cursor_.expect(TokenKind::word, "`principal`, `resource` or `context`");
  if (cursor_.failed()) return false;
  const std::string_view part = cursor_.spelling(token);
  if (part != "principal" && part != "resource" && part != "context") {
    const auto meant = policy::nearest(part, {"principal", "resource", "context"});
    cursor_.complain(token.begin, std::format("expected `principal`, `resource` or `context`, found `{}`", part),
                     meant ? std::format("did you mean `{}`?", *meant) : "");
    return false;
  }
  if (!seen.insert(part).second) {
    cursor_.complain(token.begin, std::format("`{}` is given twice", part), "keep one, with all types in a list");
  }
  cursor_.expect(TokenKind::colon, "`:`");
  if (part == "principal") applies_list(body.principals, part);
  if (part == "resource") applies_list(body.resources, part);
  if (part == "context") body.context = context();
  return true;
}

void Reader::applies_list(std::vector<Reference>& list, std::string_view part) {
  const Token start = cursor_.peek();
  list = paths();
  if (!list.empty() || cursor_.failed()) return;
  cursor_.complain(start.begin, std::format("the list of {}s is empty", part),
                   "name a type, or leave out appliesTo for a group");
}

WrittenType Reader::context() {
  if (cursor_.at(TokenKind::left_brace)) return record(1);
  count();
  auto [text, where] = path("a record `{ ... }` or the name of a type");
  WrittenType type;
  type.kind = WrittenKind::common;
  type.name = std::move(text);
  type.where = where;
  return type;
}

// === types ===

void Reader::common(WrittenNamespace& space) {
  auto [text, where] = identifier("the name of the type");
  cursor_.expect(TokenKind::equal, "`=`");
  space.commons.push_back({std::move(text), where, type(1)});
  cursor_.expect(TokenKind::semicolon, "`;`", "end the declaration with `;`");
}

WrittenType Reader::type(std::size_t depth) {
  if (depth > limits_.depth) {
    cursor_.complain(cursor_.peek().begin, std::format("types nest deeper than {} levels", limits_.depth),
                     "give the inner ones names with `type`");
  }
  if (cursor_.at(TokenKind::left_brace)) return record(depth);
  count();
  auto [text, where] = path("a type");
  WrittenType type;
  type.where = where;
  if (text != "Set" || !cursor_.at(TokenKind::less)) {
    type.kind = WrittenKind::either;
    type.name = std::move(text);
    return type;
  }
  cursor_.take();
  type.kind = WrittenKind::set;
  if (!cursor_.failed()) type.element.push_back(this->type(depth + 1));
  cursor_.expect(TokenKind::greater, "`>`");
  return type;
}

WrittenType Reader::record(std::size_t depth) {
  count();
  WrittenType type;
  type.where = cursor_.peek().begin;
  cursor_.expect(TokenKind::left_brace, "`{`");
  if (cursor_.accept(TokenKind::right_brace)) return type;
  do {
    type.attributes.push_back(attribute(depth));
  } while (cursor_.accept(TokenKind::comma) && !cursor_.at(TokenKind::right_brace));
  cursor_.expect(TokenKind::right_brace, "`,` or `}`");
  keep_last_of_each(type.attributes);
  return type;
}

WrittenAttribute Reader::attribute(std::size_t depth) {
  annotations();
  WrittenAttribute attribute;
  auto [text, where] = name("the name of an attribute");
  attribute.name = std::move(text);
  attribute.where = where;
  attribute.required = !cursor_.accept(TokenKind::question);
  cursor_.expect(TokenKind::colon, "`:`");
  if (!cursor_.failed()) attribute.type = type(depth + 1);
  return attribute;
}

// The reference takes the last of two attributes with one name and says nothing; here it is at least a warning.
void Reader::keep_last_of_each(std::vector<WrittenAttribute>& attributes) {
  std::set<std::string_view> seen;
  std::vector<bool> repeated(attributes.size());
  bool any = false;
  for (std::size_t i = attributes.size(); i-- > 0;) {
    if (seen.insert(attributes[i].name).second) continue;
    any = repeated[i] = true;
    schema_.warnings.push_back({attributes[i].where,
                                std::format("attribute `{}` is declared again further on", attributes[i].name),
                                "only the last declaration counts: remove this one"});
  }
  if (!any) return;
  seen.clear();
  std::vector<WrittenAttribute> kept;
  for (std::size_t i = 0; i < attributes.size(); ++i) {
    if (!repeated[i]) kept.push_back(std::move(attributes[i]));
  }
  attributes = std::move(kept);
}

// === names ===

Reference Reader::identifier(std::string_view what) {
  count();
  const Token token = cursor_.expect(TokenKind::word, what);
  const std::string_view text = cursor_.spelling(token);
  if (!cursor_.failed() && !is_identifier(text)) {
    cursor_.complain(token.begin, std::format("`{}` is a reserved word", text), "choose another name");
  }
  return {std::string(text), token.begin};
}

Reference Reader::path(std::string_view what) {
  Reference path = identifier(what);
  while (cursor_.accept(TokenKind::double_colon)) path.name += "::" + identifier("a name after `::`").name;
  return path;
}

Reference Reader::name(std::string_view what) {
  if (!cursor_.at(TokenKind::string)) return identifier(what);
  count();
  const Token token = cursor_.take();
  return {cursor_.string(token), token.begin};
}

// A name, a string, or a path that ends in a string: read, "read", Ns::Action::"read".
ActionReference Reader::action_reference() {
  const bool quoted = cursor_.at(TokenKind::string);
  Reference first = name("the name of an action");
  ActionReference action;
  action.where = first.where;
  if (quoted || !cursor_.at(TokenKind::double_colon)) {
    action.id = std::move(first.name);
    return action;
  }
  action.type = std::move(first.name);
  while (cursor_.accept(TokenKind::double_colon)) {
    if (cursor_.at(TokenKind::string)) {
      action.id = cursor_.string(cursor_.take());
      return action;
    }
    action.type += "::" + identifier("a name or a string after `::`").name;
  }
  cursor_.complain(cursor_.peek().begin,
                   std::format("expected `::` and an id in double quotes, found {}", cursor_.found()),
                   std::format("write `{}::\"id\"`", action.type));
  return action;
}

// One path, or a list of them in brackets, which may be empty.
std::vector<Reference> Reader::paths() {
  std::vector<Reference> paths;
  if (!cursor_.accept(TokenKind::left_bracket)) {
    paths.push_back(path("the name of an entity type"));
    return paths;
  }
  if (cursor_.accept(TokenKind::right_bracket)) return paths;
  list(TokenKind::right_bracket, [&] { paths.push_back(path("the name of an entity type")); });
  cursor_.expect(TokenKind::right_bracket, "`,` or `]`");
  return paths;
}

void Reader::no_trailing_comma(TokenKind close) {
  Cursor ahead = cursor_;
  ahead.take();
  if (close == TokenKind::end || !ahead.at(close)) return;
  cursor_.complain(cursor_.peek().begin, "a list in brackets may not end with a comma", "remove this comma");
}

}  // namespace

Read<WrittenSchema> read_text(std::string_view text, const Limits& limits) { return Reader(text, limits).run(); }

}  // namespace cordon::schema
