// When two answers are the same: status, content type, location and body, except what a live core must choose anew.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/wire/json.h"
#include "cordon/wire/message.h"

namespace cordon::lab {

// Members whose values every run chooses anew. Their kind and length must still be those recorded; everything else in
// a body must be equal, apart from server-issued identifiers, which IdentifierMap carries over.
inline constexpr std::array<std::string_view, 8> kChosenAnew = {
    "rand",         "autn",  "xresStar", "hxresStar",  // TS 33.501 6.1.3.2: a fresh challenge
    "kausf",        "kseaf",                           // derived from it
    "sqn",                                             // counts on with every authentication
    "validityTime",                                    // of an NRF subscription: now and a day
};

// Server-issued identifiers, recorded to live: learnt from the Location of what was created.
class IdentifierMap {
 public:
  // Learns from a pair of 201 answers. An empty result, or why the live location cannot stand for the recorded one.
  std::string learn(std::string_view request_path, std::string_view recorded_location,
                    std::string_view live_location);

  std::string live_path(std::string_view recorded_path) const;
  std::string live_text(std::string_view recorded) const;  // a string of a body: URIs and bare UUIDs
  std::string live_body(std::string_view recorded_json) const;

 private:
  wire::Json live_json(const wire::Json& recorded) const;

  std::map<std::string, std::string, std::less<>> paths_;  // "/nausf-auth/v1/ue-authentications/1"
  std::map<std::string, std::string, std::less<>> uuids_;
};

// Every difference in words: "body /_links/5g-aka/href: recorded ..., live ...". Learns identifiers on the way.
std::vector<std::string> compare_answers(std::string_view request_path, const wire::Response& recorded,
                                         const wire::Response& live, IdentifierMap& identifiers);

std::vector<std::string> compare_json(const wire::Json& expected, const wire::Json& live, const std::string& place);

}  // namespace cordon::lab
