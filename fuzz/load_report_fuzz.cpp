// 3gpp-Sbi-Oci and 3gpp-Sbi-Lci as a producer may write them, @rate as anybody may, and priorities as callers may.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "cordon/enforcement/admission.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cordon;
  using namespace cordon::enforcement;
  constexpr std::string_view kOwn = "54804518-4191-46b3-955c-ac631f953ed8";
  const std::string text(reinterpret_cast<const char*>(data), size);

  if (const auto report = parse_load_report(text, kOwn)) {
    require(report->percent >= 0 && report->percent <= 100 && report->validity <= std::chrono::seconds(600));
    require(text.contains("NF-Instance"));
  }
  ProducerLoad load;
  const SteadyTime now{std::chrono::hours(1)};
  load.heed({{"3gpp-sbi-oci", text}, {"3gpp-sbi-lci", text}}, kOwn, now);
  int held = 0;
  for (int i = 0; i < 100; ++i) held += load.holds_back(now) ? 1 : 0;
  require(held == load.reduction(now));

  if (const auto rate = parse_rate(text)) require(rate->per_second > 0 && rate->burst >= 1);

  static Metrics metrics;
  static const Admission admission({}, metrics);
  wire::Request request{.method = "GET",
                        .scheme = "https",
                        .authority = "a",
                        .path = text,
                        .headers = {{"3gpp-sbi-message-priority", text}, {"3gpp-sbi-message-priority", "0"}},
                        .body = {}};
  const auto priority = admission.priority_of("SMF", request);
  require(priority >= 8 && priority <= 31 && request.headers.size() == 1);
  return 0;
}
