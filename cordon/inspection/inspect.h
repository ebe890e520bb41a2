// One message of the service-based interface inspected: body, query, parts, location.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "cordon/inspection/rules.h"
#include "cordon/inspection/validate.h"
#include "cordon/wire/message.h"
#include "cordon/wire/sbi/body.h"
#include "cordon/wire/sbi/catalogue.h"

namespace cordon::inspection {

Mode worst_of(std::span<const Finding> findings);  // off: nothing was found

// "schema.range at /pduSessionId: is outside the range of its schema"; no values.
std::string describe(const Rules& rules, const Finding& finding);

// One thread uses an inspector; the findings of one message live until the next.
class Inspector {
 public:
  explicit Inspector(std::shared_ptr<const Rules> rules) : rules_(std::move(rules)), validator_(*rules_) {}

  // body: as read_body left it. own_host: is this host of a callback the sender's? null: any.
  std::span<const Finding> request(const wire::sbi::Classified& classified, const wire::sbi::Body& body,
                                   const KnowsHost* own_host);

  // known_host: is a NF of the inventory reached at this host? null: any.
  std::span<const Finding> response(const wire::sbi::Operation& operation, const wire::Response& response,
                                    const KnowsHost* known_host);

  const Rules& rules() const { return *rules_; }

 private:
  struct Wanted {  // what the operation says of this body
    bool known = false;
    std::uint16_t node = 0;
    std::size_t binary_parts = 0;
  };

  void add(std::uint16_t rule, std::string_view place);
  Wanted wanted(const OperationSchema& operation, int status, const wire::sbi::Body& body) const;
  void check_body(const wire::sbi::Body& body, const Wanted& wanted, const KnowsHost* own_host);
  void check_form(const wire::sbi::Body& body, std::uint16_t node);
  void check_parts(const wire::sbi::Body& body, std::size_t binary_parts);
  void check_references(const wire::sbi::Body& body);
  void check_query(const wire::sbi::Classified& classified, const OperationSchema& operation);
  void check_parameter(const QueryParameter& parameter, std::string_view value);
  void check_answer(const wire::sbi::Operation& operation, const wire::Response& response);
  void check_location(const wire::sbi::Operation& operation, std::string_view location, const KnowsHost* known_host);

  std::shared_ptr<const Rules> rules_;
  Validator validator_;
  Findings findings_;
  bool response_ = false;
  wire::sbi::Body answer_;
  wire::JsonTape small_;  // of query parameters and forms
  std::string place_, form_;
};

}  // namespace cordon::inspection
