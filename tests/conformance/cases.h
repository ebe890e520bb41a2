// Cases that generate.cjs wrote and the reference labelled, one JSON object a line: README.md describes them.
#pragma once

#include <istream>
#include <map>
#include <optional>
#include <string>

#include "cordon/base/result.h"
#include "cordon/policy/policy.h"
#include "cordon/schema/schema.h"
#include "cordon/wire/json.h"
#include "tests/conformance/report.h"

namespace cordon::conformance {

class Cases {
 public:
  explicit Cases(Report& report) : report_(report) {}
  Result<void> run(std::istream& lines, std::string_view name);

 private:
  struct Known {  // a schema or entities that later lines name
    wire::Json line;
    std::optional<schema::Schema> schema;
  };

  void run_line(wire::Json line);
  void schema_line();
  void policy_line();
  void est_line();
  void set_line();
  void entities_line();
  void context_line();
  void decide_line();

  void verdict(std::string_view kind, bool accepted, std::string_view error);
  void mismatch(std::string_view kind, std::string_view what);
  void compare_est(const wire::Json& found, const wire::Json* expected);
  void compare_ests(const policy::PolicySet& policies);
  void compare_findings(const policy::PolicySet& policies, const schema::Schema& schema);
  void ask_all(const policy::PolicySet& policies, const policy::Entities& entities);

  bool expects_ok() const;
  std::string_view text() const;
  bool read_schema();            // of the line: into schema_, unless the line has none
  std::string entities() const;  // their text

  Report& report_;
  wire::Json line_;
  std::string subject_;
  std::string unit_;
  std::map<std::string, Known, std::less<>> known_;  // of this unit
  const schema::Schema* schema_ = nullptr;
  std::optional<schema::Schema> own_schema_;
};

}  // namespace cordon::conformance
