// Containment: what an operator has cut off, as it travels in the snapshot and as the decision path asks it.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "cordon/base/clock.h"
#include "cordon/base/result.h"
#include "cordon/identity/inventory.h"
#include "cordon/wire/json.h"

namespace cordon::enforcement {

inline constexpr std::size_t kMostContained = 10'000;
inline constexpr std::size_t kLongestReason = 200;

enum class ContainedKind : std::uint8_t { nf, slice, operation, plmn };
std::string_view name_of(ContainedKind kind);
std::optional<ContainedKind> contained_kind(std::string_view name);

struct Contained {
  ContainedKind kind{};
  std::string what;  // NF instance; slice "1-000001"; action or service; PLMN "99970"
  std::string reason;
  std::string by;  // who said so
  WallTime since{};
  std::optional<WallTime> until{};   // nothing: until lifted
  bool including_emergency = false;  // of a slice
  bool operator==(const Contained&) const = default;
};

// The form in the snapshot and in the engine's list: an array of objects.
wire::Json to_json(const Contained& contained);
Result<Contained> read_contained(const wire::Json& json);
std::string write_contained(const std::vector<Contained>& all);
Result<std::vector<Contained>> read_all_contained(std::string_view text);  // "" is an empty list

// Compiled: each question is one look into a hash table. Immutable.
class Quarantine {
 public:
  Quarantine() = default;
  explicit Quarantine(std::vector<Contained> all);

  // Null: not contained at that moment.
  const Contained* find(ContainedKind kind, std::string_view what, WallTime now) const;
  const Contained* of(const identity::ExpectedNf& nf, WallTime now) const;  // itself, or its network
  bool has(ContainedKind kind) const { return !by_kind_[static_cast<std::size_t>(kind)].empty(); }
  bool empty() const { return size() == 0; }
  std::size_t size() const;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  std::array<std::unordered_map<std::string, Contained, Hash, std::equal_to<>>, 4> by_kind_;
};

}  // namespace cordon::enforcement
