#include "cordon/tokens/claims.h"

#include <algorithm>

#include "cordon/base/text.h"
#include "cordon/wire/json.h"

namespace cordon::tokens {

namespace {

using wire::Json;
using wire::JsonArray;
using wire::JsonObject;

constexpr wire::JsonLimits kLimits{.bytes = kLongestToken, .depth = 8, .leaves = 512};
constexpr std::size_t kLongestText = 512;
constexpr std::size_t kLongestList = 64;

// Reads member after member; the first mistake is kept.
class Reader {
 public:
  explicit Reader(const Json& json) : json_(json) {}

  void text(std::string_view name, std::string& out) {
    if (const auto* value = json_.find(name)) out = word(name, *value);
  }

  // "AMF" or ["AMF"]: RFC 7519 4.1.3.
  void texts(std::string_view name, std::vector<std::string>& out) {
    const auto* value = json_.find(name);
    if (!value) return;
    if (value->is_string()) return out.push_back(word(name, *value));
    for (const auto& each : list(name, *value)) out.push_back(word(name, each));
  }

  void time(std::string_view name, std::optional<std::int64_t>& out) {
    const auto* value = json_.find(name);
    if (!value) return;
    const auto seconds = value->integer();
    constexpr std::int64_t kLast = 253'402'300'799;  // the end of the year 9999: sums stay far from overflow
    if (!value->is_number() || !seconds || *seconds < 0 || *seconds > kLast) {
      return note(name, "is no time in seconds since 1970");
    }
    out = *seconds;
  }

  // RFC 6749 3.3: words with single spaces between.
  void scope(std::vector<std::string>& out) {
    std::string text;
    this->text("scope", text);
    if (text.empty()) return;
    for (const auto part : split(text, ' ')) {
      if (part.empty() || out.size() == kLongestList) return note("scope", "is no list of scopes (RFC 6749 3.3)");
      out.emplace_back(part);
    }
  }

  void network(std::string_view name, std::string& out) {
    const auto* value = json_.find(name);
    if (!value) return;
    Reader inner(*value);
    std::string mcc, mnc, nid;
    inner.text("mcc", mcc);
    inner.text("mnc", mnc);
    inner.text("nid", nid);
    const auto digits = [](std::string_view text, std::size_t least) {
      return text.size() >= least && text.size() <= 3 &&
             std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
    };
    if (inner.fault_ || !digits(mcc, 3) || !digits(mnc, 2)) return note(name, "is no PlmnId (TS 29.571 5.4.4.3)");
    out = mcc + mnc + (nid.empty() ? "" : "-" + nid);
  }

  void slices(std::string_view name, std::vector<std::string>& out) {
    const auto* value = json_.find(name);
    if (!value) return;
    for (const auto& each : list(name, *value)) {
      const auto* sst = each.find("sst");
      const auto* sd = each.find("sd");
      const auto number = sst ? sst->integer() : Result<std::int64_t>(-1);
      if (!number || *number < 0 || *number > 255 || (sd && sd->text().size() != 6)) {
        return note(name, "has an entry that is no Snssai (TS 29.571 5.4.4.2)");
      }
      out.push_back(slice_text(*number, sd ? sd->text() : ""));
    }
    // A list is there to restrict. An empty one read as "no restriction" would be the opposite.
    if (out.empty()) note(name, "is empty");
  }

  void confirmation(std::optional<crypto::Sha256Digest>& out) {
    const auto* value = json_.find("cnf");
    if (!value) return;
    // RFC 7800 3.1: a confirmation that is not understood must not be passed over.
    const auto* thumbprint = value->find("x5t#S256");
    const auto bytes = from_base64url(thumbprint ? thumbprint->text() : "");
    if (!bytes || bytes->size() != crypto::Sha256Digest{}.size() || value->object().size() != 1) {
      return note("cnf", "is not one x5t#S256 of 32 octets (RFC 8705 3.1)");
    }
    std::ranges::copy(*bytes, out.emplace().begin());
  }

  void demand(std::string_view name) {
    if (!json_.find(name)) note(name, "is missing");
  }
  const std::optional<std::string>& fault() const { return fault_; }

 private:
  std::string word(std::string_view name, const Json& value) {
    const auto text = value.text();
    if (!value.is_string() || text.empty() || text.size() > kLongestText) {
      note(name, "is no text of 1 to 512 bytes");
      return {};
    }
    return std::string(text);
  }
  const JsonArray& list(std::string_view name, const Json& value) {
    static const JsonArray kNone;
    if (value.is_array() && !value.array().empty() && value.array().size() <= kLongestList) return value.array();
    note(name, "is no list of 1 to 64 values");
    return kNone;
  }
  void note(std::string_view name, std::string_view what) {
    if (!fault_) fault_ = std::format("claim '{}' {}", name, what);
  }

  const Json& json_;
  std::optional<std::string> fault_;
};

Json plmn_json(std::string_view plmn) {
  const auto dash = std::min(plmn.find('-'), plmn.size());
  Json json{JsonObject{}};
  json.set("mcc", plmn.substr(0, 3)).set("mnc", plmn.substr(3, dash - 3));
  if (dash < plmn.size()) json.set("nid", plmn.substr(dash + 1));
  return json;
}

Json slice_json(std::string_view slice) {
  const auto dash = std::min(slice.find('-'), slice.size());
  Json json{JsonObject{}};
  json.set("sst", Json::number(std::string(slice.substr(0, dash))));
  if (dash < slice.size()) json.set("sd", slice.substr(dash + 1));
  return json;
}

// One NF type goes as a text, instances as a list: TS 29.510 table 6.3.5.2.4-1.
Json audience_json(const std::vector<std::string>& audience) {
  if (audience.size() == 1 && audience[0].size() != 36) return audience[0];
  return JsonArray(audience.begin(), audience.end());
}

void set_text(Json& json, std::string_view name, const std::string& text) {
  if (!text.empty()) json.set(name, text);
}

void set_restrictions(Json& json, const Claims& claims) {
  if (!claims.consumer_plmn.empty()) json.set("consumerPlmnId", plmn_json(claims.consumer_plmn));
  if (!claims.producer_plmn.empty()) json.set("producerPlmnId", plmn_json(claims.producer_plmn));
  JsonArray slices;
  for (const auto& slice : claims.slices) slices.push_back(slice_json(slice));
  if (!slices.empty()) json.set("producerSnssaiList", std::move(slices));
  if (!claims.nsis.empty()) json.set("producerNsiList", JsonArray(claims.nsis.begin(), claims.nsis.end()));
  set_text(json, "producerNfSetId", claims.nf_set);
  set_text(json, "producerNfServiceSetId", claims.service_set);
}

}  // namespace

std::string slice_text(std::int64_t sst, std::string_view sd) {
  auto text = std::to_string(sst);
  if (sd.empty()) return text;
  text += '-';
  for (const char c : sd) text += c >= 'A' && c <= 'F' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

Result<Claims> parse_claims(std::string_view text) {
  const auto json = wire::parse_json(text, kLimits);
  if (!json) return std::unexpected(within("claims", json.error()));
  if (!json->is_object()) return fail(ErrorKind::invalid_input, "claims: not a JSON object");
  Claims claims;
  Reader reader(*json);
  std::optional<std::int64_t> expires;
  reader.text("iss", claims.issuer);
  reader.text("sub", claims.subject);
  reader.texts("aud", claims.audience);
  reader.scope(claims.scope);
  reader.time("exp", expires);
  reader.time("iat", claims.issued);
  reader.time("nbf", claims.not_before);
  reader.network("consumerPlmnId", claims.consumer_plmn);
  reader.network("producerPlmnId", claims.producer_plmn);
  reader.network("consumerSnpnId", claims.consumer_plmn);
  reader.network("producerSnpnId", claims.producer_plmn);
  reader.slices("producerSnssaiList", claims.slices);
  reader.texts("producerNsiList", claims.nsis);
  reader.text("producerNfSetId", claims.nf_set);
  reader.text("producerNfServiceSetId", claims.service_set);
  reader.confirmation(claims.certificate);
  for (const auto* needed : {"sub", "aud", "exp"}) reader.demand(needed);
  if (reader.fault()) return fail(ErrorKind::invalid_input, *reader.fault());
  claims.expires = *expires;
  return claims;
}

std::string to_json(const Claims& claims) {
  Json json{JsonObject{}};
  set_text(json, "iss", claims.issuer);
  json.set("sub", claims.subject).set("aud", audience_json(claims.audience));
  std::string scope;
  for (const auto& each : claims.scope) (scope += scope.empty() ? "" : " ") += each;
  set_text(json, "scope", scope);
  json.set("exp", claims.expires);
  if (claims.issued) json.set("iat", *claims.issued);
  if (claims.not_before) json.set("nbf", *claims.not_before);
  set_restrictions(json, claims);
  if (claims.certificate) {
    json.set("cnf", Json{JsonObject{}}.set("x5t#S256", to_base64url(*claims.certificate)));
  }
  return json.dump();
}

}  // namespace cordon::tokens
