// Follows a path through the tree of templates. Fixed segments win over parameters and there is no way back: a path
// has one reading or none.
#include <algorithm>
#include <array>
#include <format>

#include "cordon/base/text.h"
#include "cordon/wire/sbi/catalogue.h"
#include "cordon/wire/sbi/suggest.h"
#include "cordon/wire/sbi/table.h"
#include "cordon/wire/sbi/target_syntax.h"

namespace cordon::wire::sbi {

namespace {

// TS 29.500 table 5.2.7.2-1
constexpr std::string_view kInvalidApi = "INVALID_API";
constexpr std::string_view kInvalidMessage = "INVALID_MSG_FORMAT";
constexpr std::string_view kInvalidQuery = "INVALID_QUERY_PARAM";
constexpr std::string_view kIncorrectElement = "MANDATORY_IE_INCORRECT";  // also "a variable part" of the URI
constexpr std::string_view kUnknownResource = "RESOURCE_URI_STRUCTURE_NOT_FOUND";

std::unexpected<Unclassified> refuse(int status, std::string_view cause, std::string message) {
  return std::unexpected(Unclassified{status, cause, std::move(message)});
}

// The way a path took through the tree.
struct Route {
  std::uint16_t node = 0;    // 0: it left the tree
  std::size_t segments = 0;  // how many matched
  std::size_t parameters = 0;
  std::array<std::string_view, kMaxPathParameters> values;
};

std::uint16_t fixed_child(std::uint16_t node, std::string_view segment) {
  const auto edges = edges_of(node);
  const auto found = std::ranges::lower_bound(edges, segment, {}, &Edge::text);
  return found != edges.end() && found->text == segment ? found->node : std::uint16_t{0};
}

bool step(Route& route, std::string_view segment) {
  if (const auto child = fixed_child(route.node, segment)) {
    route.node = child;
  } else {
    route.node = node_at(route.node).parameter;
    if (route.node == 0) return false;
    route.values[route.parameters++] = segment;
  }
  ++route.segments;
  return true;
}

Route follow(std::string_view path) {
  Route route;
  do {
    path.remove_prefix(1);
    const auto segment = path.substr(0, path.find('/'));
    if (!step(route, segment)) break;
    path.remove_prefix(segment.size());
  } while (!path.empty());
  return route;
}

std::unexpected<Unclassified> unknown_path(const Route& route, std::string_view path) {
  // TS 29.500 5.2.7.2: INVALID_API is "an unsupported API name or API version in the URI".
  const bool api = route.segments < 2;
  return refuse(api ? 400 : 404, api ? kInvalidApi : kUnknownResource,
                std::format("{}: no such {}{}", printable(path), api ? "API" : "resource", suggestion(path)));
}

std::unexpected<Unclassified> wrong_method(std::uint16_t node, std::string_view method, std::string_view path) {
  std::string allowed;
  for (const auto handler : handlers_of(node)) {
    allowed += allowed.empty() ? "" : ", ";
    allowed += operations()[handler].method;
  }
  return refuse(405, {},
                std::format("{}: no operation {}; known are {}", printable(path), printable(method, 20), allowed));
}

std::expected<Parameter, Unclassified> parameter(const Slot& slot, std::string_view segment) {
  auto value = decode_segment(segment);
  if (!value) return refuse(400, kInvalidMessage, std::format("{}: bytes that are not UTF-8", slot.name));
  if (!is_well_formed(slot.kind, *value)) {
    return refuse(400, kIncorrectElement,
                  std::format("{} '{}' is not {}", slot.name, printable(*value, 60), describe(slot.kind)));
  }
  return Parameter{slot.name, std::move(*value)};
}

std::expected<std::vector<Parameter>, Unclassified> path_parameters(std::uint16_t operation, const Route& route) {
  std::vector<Parameter> result;
  const auto slots = slots_of(operation);
  result.reserve(slots.size());
  for (std::size_t i = 0; i < slots.size(); ++i) {
    auto read = parameter(slots[i], route.values[i]);
    if (!read) return std::unexpected(std::move(read.error()));
    result.push_back(std::move(*read));
  }
  return result;
}

std::optional<std::string_view> value_of(const std::vector<Parameter>& parameters, std::string_view name) {
  const auto found = std::ranges::find(parameters, name, &Parameter::name);
  if (found == parameters.end()) return std::nullopt;
  return found->value;
}

std::expected<std::uint16_t, Unclassified> handler_for(std::string_view method, std::string_view path,
                                                       const Route& route) {
  const auto handlers = handlers_of(route.node);
  if (route.node == 0 || handlers.empty()) return unknown_path(route, path);
  const auto found = std::ranges::find(handlers, method, [](std::uint16_t i) { return operations()[i].method; });
  if (found == handlers.end()) return wrong_method(route.node, method, path);
  return *found;
}

std::expected<Classified, Unclassified> with_query(Classified classified, std::string_view query) {
  classified.query_text = std::make_shared<const std::string>(query);
  auto parameters = parse_query(*classified.query_text);
  if (!parameters) return refuse(400, kInvalidQuery, "query: " + parameters.error().message);
  classified.query = std::move(*parameters);
  return classified;
}

}  // namespace

std::optional<std::string_view> Classified::path_value(std::string_view name) const { return value_of(path, name); }
std::optional<std::string_view> Classified::query_value(std::string_view name) const { return value_of(query, name); }

std::expected<Classified, Unclassified> classify(std::string_view method, std::string_view target) {
  if (target.size() > kMaxTarget) {
    return refuse(414, {}, std::format("{} bytes of path and query, {} are allowed", target.size(), kMaxTarget));
  }
  const auto mark = target.find('?');
  const auto path = target.substr(0, mark);
  if (const auto fault = path_fault(path)) return refuse(400, kInvalidMessage, "path: " + *fault);
  const auto route = follow(path);
  const auto handler = handler_for(method, path, route);
  if (!handler) return std::unexpected(handler.error());
  auto parameters = path_parameters(*handler, route);
  if (!parameters) return std::unexpected(std::move(parameters.error()));
  Classified result{&operations()[*handler], std::move(*parameters), {}, nullptr};
  if (mark == target.npos) return result;
  return with_query(std::move(result), target.substr(mark + 1));
}

}  // namespace cordon::wire::sbi
