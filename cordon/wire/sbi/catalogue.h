// The 3GPP service catalogue: which operation of which service a method and a path name.
// Source: 127 core SBI APIs, 810 operations (docs in catalogue/README.md), and the deviations real cores make.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/base/result.h"

namespace cordon::wire::sbi {

enum class Access : std::uint8_t { read, write, create, remove };

struct Operation {
  std::string_view service;   // "nnrf-nfm"
  std::string_view version;   // "v1"; "" where the API has none (oauth2/token)
  std::string_view id;        // "RegisterNFInstance"
  std::string_view action;    // "nnrf-nfm:RegisterNFInstance": unique, what policy calls it
  std::string_view method;    // "PUT"
  std::string_view path;      // template below the version: "/nf-instances/{nfInstanceID}"
  std::string_view producer;  // "NRF"
  std::string_view spec;      // "TS 29.510"
  Access access;
  bool callback;                             // a notification or callback: sent by the producer to the consumer
  std::span<const std::string_view> scopes;  // OAuth2 scopes, coarsest first
};

std::span<const Operation> operations();                   // all, in a fixed order
const Operation* find_operation(std::string_view action);  // by action name; nullptr when unknown

struct Parameter {
  std::string_view name;  // "nfInstanceID", of the operation's template
  std::string value;      // percent-decoded
};

struct Classified {
  const Operation* operation = nullptr;
  std::vector<Parameter> path;   // in order
  std::vector<Parameter> query;  // in order; names are views into query_text
  std::shared_ptr<const std::string>
      query_text;  // as received, null without a query; shared, so copies keep the views

  std::optional<std::string_view> path_value(std::string_view name) const;
  std::optional<std::string_view> query_value(std::string_view name) const;
};

struct Unclassified {
  // 400 malformed path or unknown API (TS 29.500 5.2.7.2), 404 unknown resource, 405 known path with another method,
  // 414 too long
  int status = 404;
  std::string_view
      cause;  // TS 29.500 5.2.7.2: "INVALID_API", "RESOURCE_URI_STRUCTURE_NOT_FOUND", "INVALID_MSG_FORMAT"...
  std::string message;  // names the closest known path
};

// One canonical reading of the path, or a refusal: encoded slashes, dot segments, empty segments, NUL, upper-case
// service names and repeated query names are refused (THR-040, THR-049). Extra API root prefixes are not accepted.
std::expected<Classified, Unclassified> classify(std::string_view method, std::string_view path);

}  // namespace cordon::wire::sbi
