// Cedar values.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cordon/policy/extension.h"

namespace cordon::policy {

struct EntityUid {
  std::string type;  // "Nf", "SBI::Nf"
  std::string id;
  auto operator<=>(const EntityUid&) const = default;
  std::string text() const;  // Nf::"f990ed9a-..." with Cedar escapes
};

class Value;
using Record = std::map<std::string, Value, std::less<>>;
using Set = std::vector<Value>;  // no duplicates, in the total order of Value

class Value {
 public:
  Value() : value_(false) {}
  Value(bool value);
  Value(std::int64_t value);
  Value(int value);
  Value(const char* value);
  Value(std::string value);
  Value(std::string_view value);
  Value(EntityUid value);
  Value(Record value);
  Value(Decimal value);
  Value(IpNetwork value);
  Value(Datetime value);
  Value(Duration value);
  static Value set(std::vector<Value> members);  // drops duplicates, sorts
  static Value view(const Record& record);       // shares without owning: the record must outlive the value
  static Value view(const EntityUid& uid);       // as above

  const bool* as_bool() const;
  const std::int64_t* as_long() const;
  const std::string* as_string() const;
  const EntityUid* as_entity() const;
  const Set* as_set() const;
  const Record* as_record() const;
  const Decimal* as_decimal() const;
  const IpNetwork* as_ip() const;
  const Datetime* as_datetime() const;
  const Duration* as_duration() const;
  std::string_view kind() const;  // "Bool", "Long", "String", "Entity", "Set", "Record", "decimal", "ipaddr"...
  std::string text() const;       // as Cedar would write it
  bool operator==(const Value& other) const;  // values of different kinds are unequal
  bool operator<(const Value& other) const;   // a total order, for containers

 private:
  // What is large is shared, so that a value is small and copying one never copies its parts.
  std::variant<bool, std::int64_t, std::string, std::shared_ptr<const EntityUid>, std::shared_ptr<const Set>,
               std::shared_ptr<const Record>, Decimal, IpNetwork, Datetime, Duration>
      value_;
};

}  // namespace cordon::policy
