#include "cordon/enforcement/operation_groups.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace cordon::enforcement {
namespace {

const wire::sbi::Operation& operation(std::string_view action) { return *wire::sbi::find_operation(action); }

bool is_in(std::string_view action, std::string_view group) {
  return std::ranges::contains(groups_of(operation(action)), group);
}

TEST(OperationGroups, AreTheServiceTheScopesAndWhatTheMatrixSays) {
  for (const auto* group : {"nudm-sdm", "nudm-sdm:am-data:read", "read", "data:subscription"}) {
    EXPECT_TRUE(is_in("nudm-sdm:GetAmData", group)) << group;
  }
  EXPECT_FALSE(is_in("nudm-sdm:GetAmData", "modify"));
  EXPECT_TRUE(is_in("nudr-dr:QueryAuthSubsData", "data:credentials"));
  EXPECT_TRUE(is_in("nudr-dr:QueryAuthSubsData", "nudr-dr/subscription-data"));
  EXPECT_TRUE(is_in("namf-comm:AMFStatusChangeUnSubscribe", "owned"));
  EXPECT_FALSE(is_in("namf-comm:AMFStatusChangeSubscribe", "owned"));
}

TEST(OperationGroups, KeepCallbacksOutOfTheServices) {
  EXPECT_TRUE(is_in("nnrf-nfm:onNFStatusEvent", "callback"));
  EXPECT_FALSE(is_in("nnrf-nfm:onNFStatusEvent", "nnrf-nfm"));
}

TEST(OperationGroups, AreThoseOfTheRightRowForEveryOperation) {
  for (const auto& each : wire::sbi::operations()) {
    const auto groups = groups_of(each);
    EXPECT_TRUE(std::ranges::contains(groups, each.access == wire::sbi::Access::read ? "read" : "modify"))
        << each.action;
    for (const auto scope : each.scopes) EXPECT_TRUE(std::ranges::contains(groups, scope)) << each.action;
    EXPECT_EQ(std::ranges::contains(groups, each.service), !each.callback) << each.action;
  }
}

TEST(OperationGroups, NameTheServingTypeAsCertificatesDo) {
  EXPECT_EQ(serving_type(operation("nudm-sdm:GetAmData")), "UDM");
  EXPECT_EQ(serving_type(operation("n5g-eir-eic:GetEquipmentStatus")), "5G_EIR");
  EXPECT_EQ(serving_type(operation("naanf-akma:RegisterAKMAKey")), "AANF");
  EXPECT_EQ(serving_type(operation("nspaf-secured-packet:ProvideSecuredPacket")), "SPAF");
}

}  // namespace
}  // namespace cordon::enforcement
