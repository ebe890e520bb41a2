// Who may notify whom, and who may end what: TS 33.501 13.4.1.0, THR-020, THR-021, THR-048.
#include "cordon/enforcement/test_procedures.h"

namespace cordon::enforcement {
namespace {

using std::chrono::seconds;
using test::kSupi;

class ProceduresTest : public test::Procedures {
 protected:
  std::string ue(std::string_view form) const { return std::vformat(form, std::make_format_args(supi_)); }
  wire::Request subscribe() const {
    return json("POST", ue("/nudm-sdm/v2/{}/sdm-subscriptions"),
                std::format(R"({{"nfInstanceId":"{}","callbackReference":"{}","monitoredResourceUris":["x"]}})",
                            test::kAmf, uri("amf1", ue("/namf-callback/v1/{}/sdmsubscription-notify"))));
  }
  wire::Request notify() const { return json("POST", ue("/namf-callback/v1/{}/sdmsubscription-notify")); }
  wire::Request register_amf(const char* amf) const {
    return json("PUT", ue("/nudm-uecm/v1/{}/registrations/amf-3gpp-access"),
                std::format(R"({{"deregCallbackUri":"{}"}})", uri(amf, ue("/namf-callback/v1/{}/dereg-notify"))));
  }
  wire::Request purge() const {
    return test::with_body("PATCH", ue("/nudm-uecm/v1/{}/registrations/amf-3gpp-access"),
                           "application/merge-patch+json",
                           R"({"guami":{"plmnId":{"mcc":"999","mnc":"70"},"amfId":"020040"},"purgeFlag":true})");
  }
  wire::Request create_session(std::string more = "") const {
    return json("POST", "/nsmf-pdusession/v1/sm-contexts",
                std::format(R"({{"supi":"{}","smContextStatusUri":"{}"{}}})", kSupi,
                            uri("amf1", ue("/namf-callback/v1/{}/sm-context-status/5")), more));
  }
  void session(std::string more = "") {
    pass("amf1", "smf1", create_session(std::move(more)), 201,
         "http://smf1.5gc.test/nsmf-pdusession/v1/sm-contexts/1");
  }
  static wire::Request release() { return json("POST", "/nsmf-pdusession/v1/sm-contexts/1/release"); }
  static wire::Request modify() { return json("POST", "/nsmf-pdusession/v1/sm-contexts/1/modify"); }

 private:
  std::string supi_ = kSupi;
};

// === notifications ===

TEST_F(ProceduresTest, ANotificationNobodyAskedForIsRefused) {
  EXPECT_EQ(rule("udm1", "amf1", notify()), "notification-not-subscribed");
}

TEST_F(ProceduresTest, ASubscribedNotificationPassesFromTheSubscribedProducerOnly) {
  pass("amf1", "udm1", subscribe(), 201, uri("udm1", ue("/nudm-sdm/v2/{}/sdm-subscriptions/7")));
  EXPECT_EQ(rule("udm1", "amf1", notify()), "all");
  EXPECT_EQ(rule("udr1", "amf1", notify()), "notification-wrong-producer");
  EXPECT_EQ(rule("udm1", "amf2", notify()), "notification-not-subscribed");
}

TEST_F(ProceduresTest, ARefusedSubscriptionIsNone) {
  pass("amf1", "udm1", subscribe(), 404);
  EXPECT_EQ(rule("udm1", "amf1", notify()), "notification-not-subscribed");
}

TEST_F(ProceduresTest, AForeignAddressIsNoSubscriptionOfItsOwner) {
  auto request = subscribe();
  request.body.replace(request.body.find("amf1.5gc"), 4, "amf2");
  pass("amf1", "udm1", request, 201, uri("udm1", ue("/nudm-sdm/v2/{}/sdm-subscriptions/7")));
  EXPECT_EQ(rule("udm1", "amf2", notify()), "notification-not-subscribed");
}

TEST_F(ProceduresTest, AnEscapedOrNestedCallbackIsSeenAsWell) {
  auto request = subscribe();
  request.body = std::format(R"({{"a":[{{"b":{{"eventNotifyUri":"http:\/\/amf1.5gc.test:7777{}"}}}}]}})",
                             ue("/namf-callback/v1/{}/sdmsubscription-notify"));
  pass("amf1", "udm1", request, 201, "/nudm-sdm/v2/x/sdm-subscriptions/7");
  EXPECT_EQ(rule("udm1", "amf1", notify()), "all");
}

TEST_F(ProceduresTest, AnEndedSubscriptionEndsItsNotificationsAMomentLater) {
  const auto location = ue("/nudm-sdm/v2/{}/sdm-subscriptions/7");
  pass("amf1", "udm1", subscribe(), 201, location);
  pass("amf1", "udm1", subscribe(), 201, ue("/nudm-sdm/v2/{}/sdm-subscriptions/8"));
  pass("amf1", "udm1", bare("DELETE", location), 204);
  now += seconds(600);
  EXPECT_EQ(rule("udm1", "amf1", notify()), "all");  // the second one is there
  pass("amf1", "udm1", bare("DELETE", ue("/nudm-sdm/v2/{}/sdm-subscriptions/8")), 204);
  EXPECT_EQ(rule("udm1", "amf1", notify()), "all");  // what was on its way
  now += seconds(600);
  EXPECT_NE(rule("udm1", "amf1", notify()), "all");
}

// TS 29.510 6.1.6.2.16 validityTime: a subscription that is not renewed ends.
TEST_F(ProceduresTest, ValidityEndsAndRenewalExtendsASubscription) {
  const auto granted = [&](seconds life) {
    return std::format(R"({{"validityTime":"{}"}})", format_time(now + life));
  };
  const auto subscription =
      json("POST", "/nnrf-nfm/v1/subscriptions",
           std::format(R"({{"nfStatusNotificationUri":"{}"}})", uri("amf1", "/nnrf-nfm/v1/nf-status-notify")));
  const auto event = json("POST", "/nnrf-nfm/v1/nf-status-notify");
  pass("amf1", "nrf1", subscription, 201, "http://nrf1.5gc.test/nnrf-nfm/v1/subscriptions/a", granted(seconds(3600)));
  now += seconds(3000);
  const auto renewal = test::with_body("PATCH", "/nnrf-nfm/v1/subscriptions/a", "application/json-patch+json",
                                       R"([{"op":"replace","path":"/validityTime","value":"2030-01-01T00:00:00Z"}])");
  pass("amf1", "nrf1", renewal, 200, "", granted(seconds(3600)));
  now += seconds(3500);
  EXPECT_EQ(rule("nrf1", "amf1", event), "all");
  now += seconds(1000);
  EXPECT_NE(rule("nrf1", "amf1", event), "all");
}

// TS 29.512 5.5.2: {notificationUri}/update.
TEST_F(ProceduresTest, ANotificationMayGoOneSegmentBelowTheUri) {
  pass("smf1", "pcf1",
       json("POST", "/npcf-smpolicycontrol/v1/sm-policies",
            std::format(R"({{"notificationUri":"{}"}})", uri("smf1", "/nsmf-callback/v1/sm-policy-notify/1"))),
       201, "/npcf-smpolicycontrol/v1/sm-policies/1");
  EXPECT_EQ(rule("pcf1", "smf1", json("POST", "/nsmf-callback/v1/sm-policy-notify/1/update")), "all");
  EXPECT_EQ(rule("pcf1", "smf1", json("POST", "/nsmf-callback/v1/sm-policy-notify/2/update")),
            "notification-not-subscribed");
}

// TS 29.510 6.1.6.2.4: what a profile offers, anybody may use; policy says who.
TEST_F(ProceduresTest, ADefaultSubscriptionOfAProfileIsAnOfferToEverybody) {
  pass("amf1", "nrf1",
       json("PUT", std::format("/nnrf-nfm/v1/nf-instances/{}", test::kAmf),
            std::format(
                R"({{"defaultNotificationSubscriptions":[{{"notificationType":"N1_MESSAGES","callbackUri":"{}"}}]}})",
                uri("amf1", ue("/namf-callback/v1/{}/sdmsubscription-notify")))),
       201, "/nnrf-nfm/v1/nf-instances/x");
  EXPECT_EQ(rule("udm1", "amf1", notify()), "all");
}

TEST_F(ProceduresTest, WhatIsLearnedFirstOrWithoutRoomIsObservedOnly) {
  rules.learning = seconds(900);
  begin();
  const auto verdict = judge("udm1", "amf1", notify());
  EXPECT_TRUE(verdict.permit);
  ASSERT_FALSE(verdict.record.details.empty());
  EXPECT_TRUE(verdict.record.details.back().starts_with("observed: notification-not-subscribed"));
  now += seconds(900);
  EXPECT_EQ(rule("udm1", "amf1", notify()), "notification-not-subscribed");
}

TEST_F(ProceduresTest, ModesObserveAndOffLetPass) {
  rules.notifications = Strictness::observe;
  rules.state = Strictness::off;
  begin();
  session();
  EXPECT_EQ(rule("udm1", "amf1", notify()), "all");
  EXPECT_EQ(rule("amf2", "smf1", release()), "all");
}

// === owners ===

// THR-021: session hijack by guessing smContextRef.
TEST_F(ProceduresTest, ASessionIsChangedAndReleasedByTheAmfThatMadeIt) {
  session();
  EXPECT_EQ(rule("amf2", "smf1", modify()), "not-its-owner");
  EXPECT_EQ(rule("amf2", "smf1", release()), "not-its-owner");
  EXPECT_EQ(rule("amf2", "smf1", json("POST", "/nsmf-pdusession/v1/sm-contexts/1/retrieve")), "not-its-owner");
  EXPECT_EQ(rule("amf1", "smf1", modify()), "all");
  pass("amf1", "smf1", release(), 204);
  EXPECT_EQ(rule("amf2", "smf1", modify()), "all");  // nobody's any more: the SMF answers 404
}

// TS 23.502 4.9.1.3, 4.2.2.2.2: the AMF changes with the UE.
TEST_F(ProceduresTest, TheAmfThatTakesOverTheSubscriberTakesOverHisSessions) {
  session();
  pass("amf2", "udm1", register_amf("amf2"), 201);
  EXPECT_EQ(rule("amf1", "smf1", modify()), "all");
  pass("amf2", "smf1", modify(), 200);
  EXPECT_EQ(rule("amf2", "smf1", release()), "all");
}

TEST_F(ProceduresTest, ANHandoverMakesTheTargetAmfASharer) {
  session();
  pass("amf1", "amf2", json("PUT", ue("/namf-comm/v1/ue-contexts/{}")), 201, ue("/namf-comm/v1/ue-contexts/{}"));
  EXPECT_EQ(rule("amf2", "smf1", modify()), "all");
  now += seconds(1200);
  EXPECT_EQ(rule("amf2", "smf1", modify()), "not-its-owner");
}

// THR-020: forced purge.
TEST_F(ProceduresTest, ASubscriberIsPurgedByTheAmfThatRegistered) {
  pass("amf1", "udm1", register_amf("amf1"), 201);
  EXPECT_EQ(rule("amf2", "udm1", purge()), "not-its-owner");
  pass("amf1", "udm1", purge(), 204);
  EXPECT_EQ(rule("amf2", "udm1", purge()), "all");  // nobody's: observed as not begun
}

// TS 29.503 5.3.2.3.2: the AMF before is told, for a while also after the new one registered.
TEST_F(ProceduresTest, TheAmfBeforeIsStillToldToDeregister) {
  const auto told = json("POST", ue("/namf-callback/v1/{}/dereg-notify"));
  pass("amf1", "udm1", register_amf("amf1"), 201);
  pass("amf2", "udm1", register_amf("amf2"), 200);
  EXPECT_EQ(rule("udm1", "amf1", told), "all");
  EXPECT_EQ(rule("udm1", "amf2", told), "all");
  now += seconds(600);
  EXPECT_NE(rule("udm1", "amf1", told), "all");
  EXPECT_EQ(rule("udm1", "amf2", told), "all");
}

TEST_F(ProceduresTest, ASubscriptionIsRemovedByItsSubscriber) {
  pass("amf1", "udm1", subscribe(), 201, ue("/nudm-sdm/v2/{}/sdm-subscriptions/7"));
  EXPECT_EQ(rule("smf1", "udm1", bare("DELETE", ue("/nudm-sdm/v2/{}/sdm-subscriptions/7"))), "not-its-owner");
}

TEST_F(ProceduresTest, ASessionRegistrationIsRemovedByItsSmf) {
  const auto path = ue("/nudm-uecm/v1/{}/registrations/smf-registrations/5");
  pass("smf1", "udm1", json("PUT", path), 201);
  EXPECT_EQ(rule("smf2", "udm1", bare("DELETE", path)), "not-its-owner");
  EXPECT_EQ(rule("smf1", "udm1", bare("DELETE", path)), "all");
}

// Seen at Open5GS: the NRF notifies a subscriber before its answer to the subscription has passed.
TEST_F(ProceduresTest, ANotificationMayOvertakeTheAnswerToItsSubscription) {
  const auto verdict = judge("amf1", "udm1", subscribe());
  ASSERT_TRUE(verdict.prospect);
  EXPECT_EQ(rule("udm1", "amf1", notify()), "notification-not-subscribed");
  expect(*ledger, *verdict.prospect, now);
  EXPECT_EQ(rule("udm1", "amf1", notify()), "all");
  now += seconds(31);
  EXPECT_EQ(rule("udm1", "amf1", notify()), "notification-not-subscribed") << "no answer came";
  expect(*ledger, *verdict.prospect, now);
  pass("amf1", "udm1", subscribe(), 201, ue("/nudm-sdm/v2/{}/sdm-subscriptions/7"));
  now += seconds(31);
  EXPECT_EQ(rule("udm1", "amf1", notify()), "all");
  pass("amf1", "udm1", bare("DELETE", ue("/nudm-sdm/v2/{}/sdm-subscriptions/7")), 204);
  now += seconds(121);
  EXPECT_NE(rule("udm1", "amf1", notify()), "all");
}

// THR-048: confirm without challenge.
TEST_F(ProceduresTest, WhatWasNotSeenToBeginIsRefusedWhereThatIsConfigured) {
  const auto confirm = json("PUT", "/nausf-auth/v1/ue-authentications/1/5g-aka-confirmation", R"({"resStar":"00"})");
  EXPECT_EQ(rule("amf1", "ausf1", confirm), "all");
  rules.unknown = Strictness::block;
  begin();
  EXPECT_EQ(rule("amf1", "ausf1", confirm), "procedure-not-begun");
  EXPECT_EQ(rule("amf1", "udm1", purge()), "procedure-not-begun");
  pass("amf1", "ausf1",
       json("POST", "/nausf-auth/v1/ue-authentications", R"({"supiOrSuci":"suci-0-999-70-0-0-0-0000021309"})"), 201,
       "http://ausf1.5gc.test/nausf-auth/v1/ue-authentications/1");
  EXPECT_EQ(rule("amf1", "ausf1", confirm), "all");
  EXPECT_EQ(rule("amf2", "ausf1", confirm), "not-its-owner");
}

// A session made for an emergency stays one.
TEST_F(ProceduresTest, AnEmergencySessionIsReleasedUnderAnExpiredSnapshot) {
  policy +=
      "@id(\"sos\") @emergency(\"yes\") permit (principal, action, resource) when { context has emergency && "
      "context.emergency };\n";
  session(R"(,"requestType":"INITIAL_EMERGENCY_REQUEST")");
  now = protection()->expires;
  EXPECT_EQ(rule("amf1", "smf1", release()), "sos");
  EXPECT_EQ(rule("amf1", "smf1", json("POST", "/nsmf-pdusession/v1/sm-contexts/2/release")), "snapshot-expired");
}

// TS 23.501 5.21: an NF set is one owner.
class AmfSetTest : public ProceduresTest {
 protected:
  Snapshot snapshot() const override {
    auto snapshot = network.snapshot(policy);
    for (const auto* name : {"name: amf1,", "name: amf2,"}) {
      snapshot.inventory.insert(snapshot.inventory.find(name), "nf_set: set001.region48.amfset.5gc.mnc070.mcc999, ");
    }
    return snapshot;
  }
};

TEST_F(AmfSetTest, SharesContextsAndSubscriptions) {
  session();
  EXPECT_EQ(rule("amf2", "smf1", release()), "all");
  pass("amf1", "udm1", subscribe(), 201, ue("/nudm-sdm/v2/{}/sdm-subscriptions/7"));
  EXPECT_EQ(rule("udm1", "amf2", notify()), "all");
}

}  // namespace
}  // namespace cordon::enforcement
