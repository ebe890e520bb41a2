#include "lab/compare.h"

#include <algorithm>
#include <format>

#include "cordon/base/ids.h"
#include "cordon/base/text.h"
#include "lab/multipart.h"
#include "lab/ngap.h"
#include "lab/sbi.h"

namespace cordon::lab {

namespace {

using wire::Json;
using Differences = std::vector<std::string>;

std::string_view header(const wire::Response& response, std::string_view name) {
  return wire::find_header(response.headers, name).value_or("");
}

std::string parent_of(std::string_view location) { return std::string(location.substr(0, location.rfind('/'))); }

bool is_uuid(std::string_view text) { return Uuid::parse(text).has_value(); }

// NF types and members fix the kind; a value chosen anew must at least look like the recorded one.
Differences compare_fresh(const Json& expected, const Json& live, const std::string& place) {
  const bool alike = expected.is_string() && live.is_string() && expected.text().size() == live.text().size();
  if (alike || (!expected.is_string() && expected == live)) return {};
  return {std::format("body {}: recorded {}, live {}: may differ in value, but not in kind or length", place,
                      printable(expected.dump()), printable(live.dump()))};
}

void append(Differences& to, const Differences& more) { to.insert(to.end(), more.begin(), more.end()); }

Differences compare_objects(const Json& expected, const Json& live, const std::string& place) {
  Differences found;
  for (const auto& [name, value] : expected.object()) {
    const auto here = place + "/" + name;
    const auto* other = live.find(name);
    if (other == nullptr) {
      found.push_back(std::format("body {}: missing", here));
    } else if (std::ranges::contains(kChosenAnew, name)) {
      append(found, compare_fresh(value, *other, here));
    } else {
      append(found, compare_json(value, *other, here));
    }
  }
  for (const auto& [name, value] : live.object()) {
    if (expected.find(name) == nullptr) found.push_back(std::format("body {}/{}: was not recorded", place, name));
  }
  return found;
}

Differences compare_parts(const Part& expected, const Part& live, const std::string& place) {
  if (expected.content_id != live.content_id || expected.content_type != live.content_type) {
    return {std::format("body {}: its headers differ", place)};
  }
  if (expected.content_type == "application/json") {
    const auto one = wire::parse_json(expected.body);
    const auto other = wire::parse_json(live.body);
    if (one && other) return compare_json(*one, *other, place);
  }
  if (without_teid(expected.body) == without_teid(live.body)) return {};
  return {std::format("body {}: the bytes differ", place)};
}

// The boundary is the sender's choice (RFC 2046 5.1.1); the parts are compared, binary ones as bytes.
Differences compare_multipart(const wire::Response& recorded, const wire::Response& live) {
  const auto one = parse_multipart(header(recorded, "content-type"), recorded.body);
  const auto other = parse_multipart(header(live, "content-type"), live.body);
  if (!one || !other) return {"body: " + (one ? other.error().message : one.error().message)};
  if (one->size() != other->size())
    return {std::format("body: {} parts recorded, {} live", one->size(), other->size())};
  Differences found;
  for (std::size_t i = 0; i < one->size(); ++i) {
    append(found, compare_parts((*one)[i], (*other)[i], std::format("part {}", i + 1)));
  }
  return found;
}

Differences compare_bodies(const wire::Response& recorded, const wire::Response& live,
                           const IdentifierMap& identifiers) {
  if (is_multipart(header(recorded, "content-type"))) return compare_multipart(recorded, live);
  if (recorded.body.empty() || live.body.empty()) {
    if (recorded.body.empty() && live.body.empty()) return {};
    return {std::format("body: {} bytes recorded, {} live", recorded.body.size(), live.body.size())};
  }
  const auto expected = wire::parse_json(identifiers.live_body(recorded.body));
  const auto other = wire::parse_json(live.body);
  if (expected && other) return compare_json(*expected, *other, "");
  return recorded.body == live.body ? Differences{} : Differences{"body: the bytes differ"};
}

Differences compare_types(const wire::Response& recorded, const wire::Response& live) {
  const auto one = header(recorded, "content-type");
  const auto other = header(live, "content-type");
  if (one == other || (is_multipart(one) && is_multipart(other))) return {};
  return {std::format("content-type: recorded '{}', live '{}'", one, printable(other))};
}

// Replaces a mapped path that ends where a segment ends.
bool covers(std::string_view path, std::string_view mapped) {
  return path.starts_with(mapped) &&
         (path.size() == mapped.size() || path[mapped.size()] == '/' || path[mapped.size()] == '?');
}

}  // namespace

std::string IdentifierMap::learn(std::string_view request_path, std::string_view recorded_location,
                                 std::string_view live_location) {
  const auto recorded = path_of_uri(recorded_location);
  const bool named_by_caller = recorded == request_path;
  if (recorded_location == live_location) {
    if (!named_by_caller && !recorded.empty()) paths_[recorded] = recorded;
    return {};
  }
  if (named_by_caller || recorded.empty() || parent_of(recorded_location) != parent_of(live_location)) {
    return std::format("location: recorded '{}', live '{}'", recorded_location, printable(live_location));
  }
  const auto live = path_of_uri(live_location);
  paths_[recorded] = live;
  const auto id = recorded.substr(recorded.rfind('/') + 1);
  if (is_uuid(id)) uuids_[id] = live.substr(live.rfind('/') + 1);
  return {};
}

std::string IdentifierMap::live_path(std::string_view recorded_path) const {
  for (const auto& [recorded, live] : paths_) {
    if (covers(recorded_path, recorded)) return live + std::string(recorded_path.substr(recorded.size()));
  }
  return std::string(recorded_path);
}

std::string IdentifierMap::live_text(std::string_view recorded) const {
  if (const auto id = uuids_.find(recorded); id != uuids_.end()) return id->second;
  const auto path = path_of_uri(recorded);
  if (path.empty()) return std::string(recorded);
  return std::string(recorded.substr(0, recorded.size() - path.size())) + live_path(path);
}

std::string IdentifierMap::live_body(std::string_view recorded_json) const {
  const auto json = wire::parse_json(recorded_json);
  return json ? live_json(*json).dump() : std::string(recorded_json);
}

Json IdentifierMap::live_json(const Json& recorded) const {
  if (recorded.is_string()) return live_text(recorded.text());
  if (recorded.is_array()) {
    wire::JsonArray out;
    for (const auto& each : recorded.array()) out.push_back(live_json(each));
    return out;
  }
  if (!recorded.is_object()) return recorded;
  wire::JsonObject out;
  for (const auto& [name, value] : recorded.object()) out.push_back({name, live_json(value)});
  return out;
}

Differences compare_json(const Json& expected, const Json& live, const std::string& place) {
  if (expected.is_object() && live.is_object()) return compare_objects(expected, live, place);
  if (expected.is_array() && live.is_array() && expected.array().size() == live.array().size()) {
    Differences found;
    for (std::size_t i = 0; i < expected.array().size(); ++i) {
      append(found, compare_json(expected.array()[i], live.array()[i], std::format("{}/{}", place, i)));
    }
    return found;
  }
  if (expected == live) return {};
  return {std::format("body {}: recorded {}, live {}", place.empty() ? "/" : place, printable(expected.dump()),
                      printable(live.dump()))};
}

Differences compare_answers(std::string_view request_path, const wire::Response& recorded, const wire::Response& live,
                            IdentifierMap& identifiers) {
  if (recorded.status != live.status) {
    return {std::format("status: recorded {}, live {} {}", recorded.status, live.status, printable(live.body, 200))};
  }
  Differences found;
  const auto why = identifiers.learn(request_path, header(recorded, "location"), header(live, "location"));
  if (!why.empty()) found.push_back(why);
  append(found, compare_types(recorded, live));
  append(found, compare_bodies(recorded, live, identifiers));
  return found;
}

}  // namespace cordon::lab
