// The one result type: a value, or an error with the sentence a person will read.
#pragma once

#include <expected>
#include <format>
#include <string>
#include <utility>

namespace cordon {

enum class ErrorKind {
  invalid_input,  // the caller's bytes or arguments are wrong: says where and how to mend it
  not_found,
  permission,   // the system or a rule refuses
  unavailable,  // try again: a peer is away, a queue is full
  no_space,     // disk or quota
  io,           // the system call named in the message failed
  corrupt,      // stored bytes do not verify
  internal,     // a mistake of ours
};

struct Error {
  ErrorKind kind = ErrorKind::internal;
  std::string message;

  bool operator==(const Error&) const = default;
};

template <class T>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(ErrorKind kind, std::string message) {
  return std::unexpected(Error{kind, std::move(message)});
}

// "open /x: No such file or directory", kind taken from errno (ENOSPC, ENOENT, EACCES, ...; else io).
std::unexpected<Error> fail_errno(std::string what, int error_number);

// Puts "context: " before the message of an error on its way up.
inline Error within(std::string_view context, Error error) {
  error.message = std::format("{}: {}", context, error.message);
  return error;
}

}  // namespace cordon
