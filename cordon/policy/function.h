// Calling the extension functions.
#pragma once

#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>

#include "cordon/policy/ast.h"
#include "cordon/policy/value.h"

namespace cordon::policy {

// The kinds of values a function takes, as Value::kind() names them; the target of a method is the first.
std::span<const std::string_view> parameters(Function function);

// Why a call has no value.
enum class CallFault : std::uint8_t { count, type, text, overflow };

// Computes without allocating. The count of arguments may be anything.
std::expected<Value, CallFault> call(Function function, std::span<const Value* const> arguments);

// The fault in words.
std::string message(CallFault fault, Function function, std::span<const Value* const> arguments);

}  // namespace cordon::policy
