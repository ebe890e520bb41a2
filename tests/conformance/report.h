// What a run found: counts, and the first mismatches with all it takes to see them again.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "cordon/wire/json.h"

namespace cordon::conformance {

class Report {
 public:
  explicit Report(std::size_t shown) : shown_(shown) {}

  void count(std::string_view what, std::size_t by = 1);  // "tests", "requests", "refusals"
  void feature(std::string_view name, std::size_t cases);
  // `kind` groups mismatches, `subject` names the test, `reproduction` is everything somebody needs to repeat it.
  void mismatch(std::string_view kind, std::string_view subject, std::string_view what,
                const wire::Json& reproduction);

  std::size_t mismatches() const;
  std::string text() const;
  wire::Json json() const;

 private:
  std::size_t shown_;
  std::size_t printed_ = 0;
  std::map<std::string, std::size_t, std::less<>> counts_;
  std::map<std::string, std::size_t, std::less<>> features_;
  std::map<std::string, std::size_t, std::less<>> kinds_;  // of mismatches
};

}  // namespace cordon::conformance
