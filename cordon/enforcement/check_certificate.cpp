#include "cordon/enforcement/check_certificate.h"

namespace cordon::enforcement {

std::optional<Verdict> check_certificate(Case& c) {
  const auto& proof = c.sender.proof;
  if (c.now >= proof.until) {
    return c.refuse("identity-expired", {403, "Caller not identified", "",
                                         std::format("the certificate of {}, or one above it, ended at {}",
                                                     c.caller(), format_time(proof.until)),
                                         ""});
  }
  if (c.now < proof.since) {
    return c.refuse("identity-not-yet-valid", {403, "Caller not identified", "",
                                               std::format("the certificate of {} begins at {}: check the clocks",
                                                           c.caller(), format_time(proof.since)),
                                               ""});
  }
  if (!c.producer->withdrawn.empty()) {
    return c.refuse("producer-revoked",
                    {503, "The producer is withdrawn", "",
                     std::format("{} is withdrawn: {}", c.producer->name, c.producer->withdrawn), ""});
  }
  return std::nullopt;
}

}  // namespace cordon::enforcement
