#include "cordon/enforcement/test_judge.h"

#include <filesystem>

#include "cordon/base/file.h"

namespace cordon::enforcement::test {

const TestNetwork& network() {
  static const TestNetwork made;
  return made;
}
std::string source(const std::string& path) {
  return read_file(std::filesystem::path(CORDON_SOURCE_DIR) / path).value();
}

std::shared_ptr<const Protection> default_policy() {
  static const auto made = network().protection(source("policies/sbi.cedar"));
  return made;
}

Verdict judged(const Arrival& arrival, const Protection& by, WallTime now) {
  Sender sender;
  sender.nf = by.inventory.find_name(arrival.caller);
  sender.unidentified = {"identity-unknown-instance", "the certificate names nobody"};
  sender.address = "127.0.0.1:40001";
  sender.certificate = "c0ffee";
  const evidence::Pseudonyms pseudonyms(to_bytes("a key for tests"));
  Judge judge(std::shared_ptr<const Protection>(std::shared_ptr<const Protection>(), &by));
  return judge.judge(sender, by.inventory.find_name(arrival.producer), arrival.request, pseudonyms, now);
}
Verdict judged(const Arrival& arrival, std::string policy) {
  return judged(arrival, *network().protection(std::move(policy)));
}

wire::Request with_body(std::string method, std::string path, std::string type, std::string body) {
  auto request = get("nrf1.5gc.test", std::move(path));
  request.method = std::move(method);
  request.headers = {{"content-type", std::move(type)}};
  request.body = std::move(body);
  return request;
}

}  // namespace cordon::enforcement::test
