// The 3GPP schemas as flat tables, generated from schemas/schemas.json. Index 0 of a facet means none, node 0
// anything.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace cordon::inspection {

inline constexpr std::uint16_t kClosed = 0xFFFF;  // ObjectFacet::additional: no other members
inline constexpr std::uint32_t kNoMaximum = 0xFFFFFFFF;

enum TypeBit : std::uint8_t {
  kNull = 1,
  kBoolean = 2,
  kInteger = 4,
  kFraction = 8,  // a number that is no integer
  kString = 16,
  kArray = 32,
  kObject = 64,
  kNullable = 128  // null fits, whatever else the schema says
};

struct TextFacet {
  std::uint16_t pattern;
  std::uint16_t first_word, words;  // of the enumeration, sorted
  std::uint32_t least, most;        // characters
  std::uint8_t open;                // TS 29.501 5.3.4: other words are allowed, for later releases
};

struct RangeFacet {
  long double minimum, maximum;
  std::uint8_t flags;  // 1 has a minimum, 2 a maximum, 4 and 8: they are exclusive
};

struct ArrayFacet {
  std::uint16_t items;
  std::uint32_t least, most;
  std::uint8_t unique;
};

struct ObjectFacet {
  std::uint16_t first_member, members;                // sorted by name
  std::uint16_t additional;                           // node of other members
  std::uint64_t request_required, response_required;  // bits of Member::required
  std::uint32_t least, most;
};

struct Member {
  std::uint16_t name, node;
  std::uint8_t required;  // its bit, or 255
};

struct Combination {
  std::uint16_t first_all, all, first_any, any, first_one, one;  // in lists()
  std::uint16_t never;                                           // "not"; 0: none
};

struct Node {
  std::uint8_t types;
  std::uint16_t text, range, array, object, combination;
  std::uint16_t title;  // of a named type: "Nnrf_NFManagement.NFProfile"
};

enum class Media : std::uint8_t { none, json, json_patch, merge_patch, multipart, form, problem, hal, other };

struct Content {
  std::uint16_t status;  // 0: of the request; 200: of all of 2XX that have none of their own
  Media media;
  std::uint16_t node;  // of the JSON part, when there are several parts
  std::uint8_t binary_parts;
};

struct QueryParameter {
  std::string_view name;
  std::uint16_t node;
  bool required;
  bool json;  // its value is JSON text
};

enum class RequestBody : std::uint8_t { unknown, none, optional, required };

struct OperationSchema {
  std::uint16_t first_content, contents, first_query, queries;
  RequestBody body;
};

std::span<const Node> nodes();
std::span<const Member> members();
const TextFacet& text_at(std::uint16_t index);
const RangeFacet& range_at(std::uint16_t index);
const ArrayFacet& array_at(std::uint16_t index);
const ObjectFacet& object_at(std::uint16_t index);
const Combination& combination_at(std::uint16_t index);
std::span<const std::uint16_t> list(std::uint16_t first, std::uint16_t count);
std::span<const std::string_view> words(const TextFacet& text);
std::span<const std::string_view> patterns();
std::string_view title(std::uint16_t index);
std::string_view name(std::uint16_t index);
std::uint16_t find_name(std::uint32_t hash, std::string_view text);  // 0: no schema has it

std::size_t operation_count();
const OperationSchema& operation_at(std::size_t index);  // the catalogue's index
std::span<const Content> contents(const OperationSchema& operation);
std::span<const QueryParameter> queries(const OperationSchema& operation);
std::uint16_t problem_node();

}  // namespace cordon::inspection
