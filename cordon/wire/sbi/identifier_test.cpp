#include "cordon/wire/sbi/identifier.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cordon::wire::sbi {
namespace {

struct Case {
  IdentifierKind kind;
  std::vector<std::string> good, bad;
};

std::vector<Case> cases() {
  using enum IdentifierKind;
  const std::string long_tail(257, 'a');
  return {
      {plain, {"x", std::string(512, 'x')}, {"", std::string(513, 'x')}},
      {uuid,
       {"f990ed9a-e555-41f1-9dea-7f66d0edecbf", "F990ED9A-E555-41F1-9DEA-7F66D0EDECBF"},
       {"", "f990ed9ae555-41f1-9dea-7f66d0edecbf0", "f990ed9a-e555-41f1-9dea-7f66d0edecbg",
        "f990ed9a-e555-41f1-9dea-7f66d0edec-f", "{f990ed9a-e555-41f1-9dea-7f66d0edec}"}},
      {supi,
       {"imsi-00101", "imsi-123456789012345", "nai-user@realm", "gci-00aa11@x", "gli-abc"},
       {"imsi-", "imsi-1234", "imsi-1234567890123456", "imsi-12345a", "IMSI-12345", "nai-", "nai-a b", "nai-a\"b",
        "nai-${x}", "msisdn-12345", "suci-1-x", "x", "nai-" + long_tail}},
      {supi_or_suci,
       {"imsi-00101", "suci-0-999-70-0000-0-0-0000021309", "suci-0-001-001-1-a-12-ff00",
        "suci-1-op.example-0-0-0-abc"},
       {"suci-", "suci-0", "suci-0-99-70-0000-0-0-1", "suci-0-999-7-0000-0-0-1", "suci-0-999-70-00000-0-0-1",
        "suci-0-999-70-0000-g-0-1", "suci-0-999-70-0000-0-0-", "suci-0-999-70-0000-0-0-1-2", "suci-8-x", "suci-1-",
        "suci-0-999-70-0000-0-0-$", "suci-11-x"}},
      {ue_id,
       {"imsi-00101", "msisdn-12345", "extid-a@b", "extgroupid-a@b.example", "impi-a@b", "impu-sip:a@b", "anyUE"},
       {"anyue", "extid-ab", "extid-a@b@c", "extid-@b", "extid-a@", "group-data", "msisdn-1"}},
      {gpsi, {"msisdn-491725670014", "extid-a@b"}, {"imsi-00101", "anyUE"}},
      {ue_context_id,
       {"imsi-00101", "5g-guti-9997002004000000001", "5g-guti-99970002004000000001", "imei-123456789012345",
        "imeisv-1234567890123456", "cid-x"},
       {"5g-guti-", "5g-guti-999700200400000000", "5g-guti-99970020040000000zz", "imei-1", "imeisv-1", "cid-"}},
      {pdu_session_id, {"0", "5", "99", "255"}, {"", "00", "05", "256", "999", "1000", "-1", "1a"}},
      {plmn_id,
       {"99970", "001001", "99970-0123456789a"},
       {"", "9997", "9997000", "999-70", "99970-0123", "99970-0123456789g"}},
  };
}

TEST(Identifier, KnowsGoodFromBad) {
  for (const auto& [kind, good, bad] : cases()) {
    for (const auto& text : good) EXPECT_TRUE(is_well_formed(kind, text)) << describe(kind) << ": " << text;
    for (const auto& text : bad) EXPECT_FALSE(is_well_formed(kind, text)) << describe(kind) << ": " << text;
  }
}

TEST(Identifier, RefusesAKindItDoesNotKnow) {
  EXPECT_FALSE(is_well_formed(static_cast<IdentifierKind>(99), "x"));
  EXPECT_EQ(describe(static_cast<IdentifierKind>(99)), "known");
}

}  // namespace
}  // namespace cordon::wire::sbi
