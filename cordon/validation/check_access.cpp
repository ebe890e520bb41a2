#include <algorithm>
#include <format>

#include "cordon/policy/token.h"
#include "cordon/validation/check.h"

namespace cordon::validation {

using policy::ExpressionKind;

namespace {

std::string hint_for_has(const Type& type) {
  if (type.kind == Kind::set) return "use `contains`, `containsAny` or `containsAll` to look into a set";
  return type.kind == Kind::string ? "use `like` to look into a string" : "";
}

std::string key_text(std::string_view key) {
  return policy::is_identifier(key) ? std::string(key) : policy::Value(key).text();
}

std::string access_text(std::string_view key) {
  return policy::is_identifier(key) ? std::format(".{}", key) : std::format("[{}]", policy::Value(key).text());
}

const Type* tags_of(const Type& entity, Types& types) {
  const bool tagged = entity.declared != nullptr && entity.declared->tags.has_value();
  return tagged ? types.of(*entity.declared->tags) : nullptr;
}

}  // namespace

// Names the attributes from the nearest entity, or from the context: "token.scope".
Checker::Access Checker::describe(const Expression& get) {
  std::vector<const Expression*> chain = {&get};
  while (chain.back()->operands.front().kind == ExpressionKind::get) chain.push_back(&chain.back()->operands.front());
  const Expression& base = chain.back()->operands.front();
  const Type* type = base.kind == ExpressionKind::variable ? variable(base).type : nullptr;
  const bool context = type == environment_.context && base.variable == policy::Variable::context;
  Access access;
  if (context) access.where = std::format(" in the context of `{}`", environment_.action->uid.text());
  for (; !chain.empty(); chain.pop_back()) {
    const std::string& name = chain.back()->texts.front();
    if (type != nullptr && type->kind == Kind::entity) {
      access = {.path = {}, .guard = {}, .of = std::format(" on `{}`", type->entity), .where = {}};
    }
    access.path += access.path.empty() ? key_text(name) : access_text(name);
    const auto attribute =
        type == nullptr ? std::unexpected(std::vector<std::string_view>()) : types_.attribute(*type, name);
    type = attribute ? attribute->type : nullptr;
  }
  const Expression& of = get.operands.front();
  access.guard =
      std::format("{} has {}", shortened(text_.substr(of.begin, of.end - of.begin)), key_text(get.texts.front()));
  return access;
}

// target.name, where the target is known.
Answer Checker::get(const Expression& expression) {
  const Expression& of = expression.operands.front();
  const Answer target = expect(of, Wanted::entity_or_record);
  if (trace_ != nullptr) trace_->targets[&expression] = {target.type};
  if (target.type == nullptr) return failed(nullptr);
  const std::string& name = expression.texts.front();
  const auto attribute = types_.attribute(*target.type, name);
  if (!attribute) {
    const Access access = describe(expression);
    const auto near = policy::nearest(name, attribute.error());
    mistake(expression, Rule::unknown_attribute, std::format("there is no attribute `{}`{}", access.path, access.of),
            near ? std::format("did you mean `{}`?", *near) : std::string(), access.where);
    return failed(nullptr);
  }
  if (attribute->required || held(shapes_.attribute(shapes_.of(of), name))) return {attribute->type, target.sound};
  const Access access = describe(expression);
  mistake(expression, Rule::unguarded_attribute,
          std::format("the optional attribute `{}`{} may be absent here", access.path, access.of),
          std::format("ask for it first: `{} && ...`", access.guard), access.where);
  return failed(attribute->type);
}

// One name of `has`: True only where the target surely exists, which an entity need not.
Answer Checker::has_one(const Answer& target, ShapeId shape, std::string_view name) {
  if (target.type == nullptr) return boolean(false);
  const auto attribute = types_.attribute(*target.type, name);
  if (!attribute) return {types_.boolean(false), target.sound};
  const Capability capability = shapes_.attribute(shape, name);
  const bool surely = held(capability) || (attribute->required && target.type->kind == Kind::record);
  Answer answer{types_.simple(surely ? Kind::yes : Kind::boolean), target.sound};
  if (answer.sound) answer.capabilities.push_back(capability);
  return answer;
}

// The attribute itself, on the way to the next name of `has`: it is known to be there.
Answer Checker::step(const Expression& expression, const Answer& target, ShapeId shape, std::string_view name) {
  if (target.type == nullptr) return failed(nullptr);
  const auto attribute = types_.attribute(*target.type, name);
  if (!attribute) return failed(nullptr);
  const bool there = attribute->required || held(shapes_.attribute(shape, name));
  const Type& type = *attribute->type;
  if (type.kind == Kind::entity || type.kind == Kind::record) return {&type, target.sound && there};
  mistake(expression, Rule::unexpected_type, std::format("expected an entity or a record, found {}", type.text()),
          hint_for_has(type));
  return failed(nullptr);
}

// `e has a.b.c` is `e has a && e.a has b && e.a.b has c`.
Answer Checker::has(const Expression& expression) {
  const Expression& of = expression.operands.front();
  Answer target = expect(of, Wanted::entity_or_record, hint_for_has);
  ShapeId shape = shapes_.of(of);
  Held held(*this);
  std::vector<const Type*> targets = {target.type};
  Answer all = has_one(target, shape, expression.texts.front());
  Capabilities fresh = all.capabilities;
  for (std::size_t i = 1; i < expression.texts.size() && !(all.type->kind == Kind::no); ++i) {
    held.add(fresh);
    target = step(expression, target, shape, expression.texts[i - 1]);
    shape = shapes_.member(shape, expression.texts[i - 1]);
    targets.push_back(target.type);
    Answer next = has_one(target, shape, expression.texts[i]);
    fresh = next.capabilities;
    all = conjunction(std::move(all), std::move(next));
  }
  if (trace_ != nullptr) trace_->targets[&expression] = std::move(targets);
  return all;
}

// === tags ===

Answer Checker::has_tag(const Expression& expression) {
  const Answer entity = expect(expression.operands[0], Wanted::entity);
  const Answer key = expect(expression.operands[1], Wanted::string);
  if (entity.type == nullptr) return failed(nullptr);
  const Capability capability = shapes_.tag(shapes_.of(expression.operands[0]), shapes_.of(expression.operands[1]));
  const bool sound = entity.sound && key.sound;
  Answer answer{types_.simple(tags_of(*entity.type, types_) == nullptr ? Kind::no
                              : held(capability)                       ? Kind::yes
                                                                       : Kind::boolean),
                sound};
  if (sound) answer.capabilities.push_back(capability);
  return answer;
}

Answer Checker::get_tag(const Expression& expression) {
  const Answer entity = expect(expression.operands[0], Wanted::entity);
  const Answer key = expect(expression.operands[1], Wanted::string);
  if (entity.type == nullptr) return failed(nullptr);
  const Expression& written = expression.operands[1];
  if (!held(shapes_.tag(shapes_.of(expression.operands[0]), shapes_.of(written)))) {
    const std::string text = shortened(text_.substr(written.begin, written.end - written.begin));
    mistake(expression, Rule::unguarded_tag,
            std::format("the tag `{}` on `{}` may be absent here", text, entity.type->entity),
            std::format("ask for it first: `.hasTag({}) && ...`", text));
    return failed(nullptr);
  }
  if (const Type* tags = tags_of(*entity.type, types_)) return {tags, entity.sound && key.sound};
  mistake(expression, Rule::no_tags, std::format("entities of type `{}` have no tags", entity.type->entity),
          "declare `tags` in the schema");
  return failed(nullptr);
}

}  // namespace cordon::validation
