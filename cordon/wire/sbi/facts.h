// What a request says about its sender in query and body, for policy to hold against what the certificate says.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cordon/base/result.h"
#include "cordon/wire/sbi/catalogue.h"

namespace cordon::wire::sbi {

enum class BodyKind : std::uint8_t { none, json, json_patch, merge_patch, multipart, form, other };
std::string_view name_of(BodyKind kind);  // "json-patch"
std::optional<BodyKind> body_kind_named(std::string_view name);

struct BodyFacts {
  BodyKind kind = BodyKind::none;  // other: not looked into, so policy may refuse it
  // Asserted by the sender, verified by nobody. Names, in the order found (facts.cpp has the list):
  //   nfInstanceId, nfType, reqNfInstanceId, reqNfType, amfInstanceId, ...  members at the top of a JSON body
  //   nfStatusNotificationUriHost, callbackReferenceHost, ...               hosts of URIs there, lower case, no port
  //   guamiPlmn                                                             "99970"
  //   patchPaths                                                            one for each path a patch touches
  //   requester-nf-type, requester-nf-instance-id, target-nf-type, ...      NRF queries
  //   nfInstanceId, nfType, scope, targetNfType, ...                        access token requests
  std::vector<std::pair<std::string, std::string>> asserted;

  std::optional<std::string_view> first(std::string_view name) const;
};

// Every refusal is a 400 with cause INVALID_MSG_FORMAT (TS 29.500 table 5.2.7.2-1): malformed JSON or multipart, a
// body without content type, an identity that is no string.
Result<BodyFacts> body_facts(const Operation& operation, const Classified& classified, std::string_view content_type,
                             std::string_view body);

}  // namespace cordon::wire::sbi
