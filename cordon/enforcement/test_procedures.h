// A core whose procedures are remembered, for tests: requests are judged, answered, and learned from.
#pragma once

#include <gtest/gtest.h>

#include "cordon/enforcement/learn.h"
#include "cordon/enforcement/test_judge.h"

namespace cordon::enforcement::test {

inline constexpr const char* kSupi = "imsi-999700000021309";

class Procedures : public testing::Test {
 protected:
  Procedures() {
    network.nfs.push_back(
        {"11111111-1111-4111-8111-111111111111", "AMF", "amf2", free_endpoint(), free_endpoint("127.0.0.6")});
    network.nfs.push_back(
        {"22222222-2222-4222-8222-222222222222", "SMF", "smf1", free_endpoint(), free_endpoint("127.0.0.7")});
    network.nfs.push_back(
        {"33333333-3333-4333-8333-333333333333", "SMF", "smf2", free_endpoint(), free_endpoint("127.0.0.8")});
    network.nfs.push_back(
        {"44444444-4444-4444-8444-444444444444", "PCF", "pcf1", free_endpoint(), free_endpoint("127.0.0.9")});
    network.nfs.push_back(
        {"55555555-5555-4555-8555-555555555555", "AUSF", "ausf1", free_endpoint(), free_endpoint("127.0.0.16")});
    network.nfs.push_back(
        {"66666666-6666-4666-8666-666666666666", "SCP", "scp1", free_endpoint(), free_endpoint("127.0.0.17")});
    rules.learning = std::chrono::seconds(0);
    begin();
  }
  void begin() { ledger = std::move(*Ledger::open("", rules, now, metrics)); }

  Verdict judge(const char* caller, const char* producer, wire::Request request) {
    request.authority = network.nf(producer).dns();
    const auto by = protection();
    Sender sender;
    sender.nf = by->inventory.find_name(caller);
    Judge judge(by, {.ledger = ledger.get()});
    return judge.judge(sender, by->inventory.find_name(producer), request, pseudonyms, now);
  }
  std::string rule(const char* caller, const char* producer, wire::Request request) {
    return judge(caller, producer, std::move(request)).record.rule;
  }
  // Permitted, and answered so.
  void pass(const char* caller, const char* producer, wire::Request request, int status, std::string location = "",
            std::string body = "") {
    const auto verdict = judge(caller, producer, std::move(request));
    ASSERT_TRUE(verdict.permit) << verdict.record.rule << ": " << verdict.problem.detail;
    wire::Response response{status, {{"content-type", "application/json"}}, std::move(body)};
    if (!location.empty()) response.headers.push_back({"location", std::move(location)});
    if (verdict.prospect) learn(*ledger, *verdict.prospect, response, now);
  }
  std::string uri(const char* nf, std::string_view path) const {
    return std::format("http://{}:7777{}", network.nf(nf).dns(), path);
  }
  static wire::Request json(const char* method, std::string path, std::string body = "{}") {
    return with_body(method, std::move(path), "application/json", std::move(body));
  }
  static wire::Request bare(const char* method, std::string path) {
    auto request = get("", std::move(path));
    request.method = method;
    return request;
  }
  std::shared_ptr<const Protection> protection() {
    if (!made_) made_ = compile(snapshot()).value();
    return made_;
  }
  virtual Snapshot snapshot() const {
    auto made = network.snapshot(policy);
    made.expires = made.issued + std::chrono::hours(48);
    return made;
  }

  TestNetwork network;
  std::string policy = kPermitAll;
  LedgerRules rules;
  Metrics metrics;
  std::unique_ptr<Ledger> ledger;
  WallTime now = std::chrono::floor<std::chrono::seconds>(system_clock().now());
  evidence::Pseudonyms pseudonyms{to_bytes("a key for tests")};

 private:
  std::shared_ptr<const Protection> made_;
};

}  // namespace cordon::enforcement::test
