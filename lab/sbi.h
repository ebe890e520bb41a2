// The few things every lab NF does with messages: read a target, answer JSON, name a problem the way Open5GS does.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cordon/base/result.h"
#include "cordon/wire/json.h"
#include "cordon/wire/message.h"
#include "lab/multipart.h"
#include "lab/nf_type.h"

namespace cordon::lab {

struct Target {
  std::vector<std::string> segments;  // "nnrf-nfm", "v1", ...: percent-decoded
  std::vector<std::pair<std::string, std::string>> query;

  std::optional<std::string_view> query_value(std::string_view name) const;
};
Target parse_target(std::string_view path);

std::string percent_decoded(std::string_view text);
std::string percent_encoded(std::string_view text);  // all but unreserved characters (RFC 3986 2.3)

wire::Response reply_status(int status);
wire::Response reply_json(int status, const wire::Json& body, std::string_view content_type = "application/json");
wire::Response reply_created(std::string location, const wire::Json& body, int status = 201);
wire::Response reply_problem(int status, std::string_view title, std::string_view detail = {});

wire::Request make_request(NfType target, std::string_view method, std::string path);
wire::Request make_request(NfType target, std::string_view method, std::string path, const wire::Json& body,
                           std::string_view content_type = "application/json");

// The JSON of a message: its body, or the first part of a multipart one; null when there is none.
struct Content {
  wire::Json json;
  std::vector<Part> parts;  // of a multipart body, the JSON part included
};
Result<Content> read_content(const wire::Headers& headers, std::string_view body);

std::string path_of_uri(std::string_view uri);  // from the first slash behind the authority; "" when there is none
std::string authority_of_uri(std::string_view uri);         // "" for relative references
std::string location_path(const wire::Response& response);  // the path of its Location; "" without one

wire::Json copy_members(const wire::Json& from, std::initializer_list<std::string_view> names);
// A view into the document; null when absent.
const wire::Json& member(const wire::Json& of, std::string_view name);

}  // namespace cordon::lab
