// Asks the witnesses of a trust policy for their cosignatures (C2SP tlog-witness, the log's side), all at once and
// within one deadline, and says whether they are enough.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cordon/base/clock.h"
#include "cordon/journal/publisher.h"
#include "cordon/transparency/witness_policy.h"
#include "cordon/wire/http1_client.h"

namespace cordon::witness {

// One witness, as the log reaches it. May be called in a thread of its own, by one at a time.
class WitnessLink {
 public:
  virtual ~WitnessLink() = default;
  virtual Result<wire::Response> add_checkpoint(std::string body, std::chrono::milliseconds limit) = 0;
};
using MakeLink = std::function<Result<std::unique_ptr<WitnessLink>>(const std::string& url)>;
Result<std::unique_ptr<WitnessLink>> http_link(const std::string& url);

class HttpCosigners final : public journal::Cosigners {
 public:
  struct Options {
    std::chrono::milliseconds deadline{700};  // for all of them together
    std::chrono::milliseconds pause{1'000};   // after a failure; doubles with each further one
    std::chrono::milliseconds longest_pause{60'000};
    MakeLink link = http_link;
  };
  // invalid_input: a URL that cannot be asked.
  static Result<std::unique_ptr<HttpCosigners>> of(transparency::TrustPolicy policy, const Clock& clock,
                                                   Options options);

  // What holds of what the witnesses answered. A witness that failed is left alone for a while, so that it does not
  // delay every checkpoint; one that says it has seen a larger log is told in Outcome::why.
  Outcome cosign(const transparency::Note& checkpoint, const transparency::HashSource& tree) override;

 private:
  // One URL. A witness with two keys is two lines of the policy and asked once.
  struct Place {
    std::string url;
    std::vector<transparency::TrustPolicy::Witness> witnesses;
    std::unique_ptr<WitnessLink> link;
    std::uint64_t size = 0;  // that it cosigned last, as far as we know
    std::chrono::milliseconds pause{0};
    SteadyTime not_before{};
  };
  struct Round;

  HttpCosigners(transparency::TrustPolicy policy, const Clock& clock, Options options)
      : policy_(std::move(policy)), clock_(clock), options_(std::move(options)) {}
  Result<void> connect();
  void ask_all(Round& round, const transparency::HashSource& tree, SteadyTime deadline);
  void failed(Place& place);

  transparency::TrustPolicy policy_;
  const Clock& clock_;
  Options options_;
  std::vector<Place> places_;
};

}  // namespace cordon::witness
