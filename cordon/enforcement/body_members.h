// The members of a JSON body at any depth, for the few requests whose steps must look that far.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "cordon/identity/inventory.h"
#include "cordon/wire/json_tape.h"
#include "cordon/wire/message.h"
#include "cordon/wire/sbi/body.h"

namespace cordon::enforcement {

// A value of a body that was read; until the next is read into the same tape.
class BodyValue {
 public:
  BodyValue(const wire::JsonTape& tape, std::uint32_t at) : tape_(tape), at_(at) {}

  bool is(wire::JsonKind kind) const { return tape_[at_].kind == kind; }
  // Empty or false when the value is of another kind.
  std::string_view text() const { return is(wire::JsonKind::string) ? tape_.text(tape_[at_]) : std::string_view(); }
  std::string_view number() const { return is(wire::JsonKind::number) ? tape_.text(tape_[at_]) : std::string_view(); }
  bool boolean() const { return is(wire::JsonKind::boolean_true); }
  std::optional<BodyValue> find(std::string_view member) const;

 private:
  const wire::JsonTape& tape_;
  std::uint32_t at_;
};

using SeeMember = std::function<void(std::string_view name, const BodyValue& value)>;

// The whole first, under the name "", then all below; an element of an array has its array's name. Nothing is seen of
// a body that is not JSON, or not well-formed.
void each_member(const wire::Headers& headers, std::string_view body, const SeeMember& see);
void each_member(const wire::sbi::Body& body, const SeeMember& see);  // that read_body has read

// "/namf-callback/v1/x" of "http://amf1:7777/namf-callback/v1/x?y#z"; "/" when there is none, and of "/a" just that.
std::string_view path_of_uri(std::string_view uri);

// That NF's own names and addresses, wherever it stands.
bool is_host_of(const identity::ExpectedNf& nf, std::string_view host);

// "1" or "1-000001" of {"sst": 1, "sd": "000001"} (TS 29.571 5.4.4.2); nothing when it is no slice.
std::optional<std::string> slice_of(const BodyValue& value);

}  // namespace cordon::enforcement
