// Token checks a second on one core: the whole list for a token that is known, and verifying one that is not, beside
// the bare signature check of the same key in the same run.
#include <chrono>
#include <ctime>

#include "benchmarks/report.h"
#include "cordon/tokens/test_tokens.h"

namespace {

using namespace cordon;
using namespace cordon::tokens;
using namespace cordon::tokens::test;

double processor_seconds() {
  timespec now{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

// Of one core's time, so that others on the machine do not count.
double per_second(int times, const auto& act) {
  const auto start = processor_seconds();
  for (int i = 0; i < times; ++i) act();
  return times / (processor_seconds() - start);
}

struct Bench {
  explicit Bench(crypto::KeyKind kind) : nrf(kind), verifier({nrf.issuer()}, {}) {
    auto claims = good_claims();
    claims.certificate = digest_of(1);
    claims.producer_plmn = claims.consumer_plmn = "99970";
    token = nrf.sign(claims);
  }

  void check() {
    const auto known = verifier.token(token, kAt);
    if (!known || first_fault((*known)->claims, occasion, rules)) std::abort();
  }
  double cached() {
    return per_second(200'000, [this] { check(); });
  }
  double fresh() {
    return per_second(2'000, [this] {
      verifier.revoke();
      check();
    });
  }
  double bare() const {
    const auto key = nrf.key.public_key();
    const auto algorithm = nrf.shown().algorithm;
    return per_second(2'000, [&] {
      if (!crypto::verify_jws(token, key, algorithm)) std::abort();
    });
  }

  TestIssuer nrf;
  Verifier verifier;
  Occasion occasion = at_udm();
  Rules rules{.require_binding = true};
  std::string token;
};

}  // namespace

int main(int argc, char** argv) {
  const bool json = argc > 1 && std::string_view(argv[1]) == "--json";
  std::vector<bench::Figure> figures;
  for (const auto kind : {crypto::KeyKind::ecdsa_p256, crypto::KeyKind::ml_dsa_65}) {
    Bench each(kind);
    const auto name = std::string(crypto::name_of(each.nrf.shown().algorithm));
    std::vector<double> cached, fresh, bare;
    for (int run = 0; run < 5; ++run) {
      cached.push_back(each.cached());
      fresh.push_back(each.fresh());
      bare.push_back(each.bare());
    }
    const auto signature = bench::median(bare);
    figures.push_back(
        {name + ", known token, all ten checks", bench::median(cached), "checks/s of one core", "median of 5", {}});
    figures.push_back({name + ", token never seen before", bench::median(fresh), "checks/s of one core",
                       "median of 5", bench::Peer{"its signature alone", signature}});
  }
  bench::print("token", figures, json);
}
