// What a producer says of its own load (TS 29.500 6.3 and 6.4), and the share of requests it is spared for it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "cordon/base/clock.h"
#include "cordon/wire/message.h"

namespace cordon::enforcement {

struct LoadReport {
  std::uint64_t stamp = 0;           // its Timestamp as one number: 20261121143005
  int percent = 0;                   // to reduce by (OCI), or load (LCI)
  std::chrono::seconds validity{0};  // OCI only
};

// The first element of a 3gpp-Sbi-Oci or 3gpp-Sbi-Lci header whose scope is that NF instance; elements of other
// scopes are passed over: a producer speaks for itself only. Nothing when none is well-formed.
std::optional<LoadReport> parse_load_report(std::string_view header, std::string_view instance);

// One producer. Times are the receiver's: the producer's clock only orders its reports.
class ProducerLoad {
 public:
  void heed(const wire::Headers& headers, std::string_view instance, SteadyTime now);

  // Whether this request is among those to be held back.
  bool holds_back(SteadyTime now);
  int reduction(SteadyTime now) const { return now < until_ ? reduction_ : 0; }
  int load() const { return load_; }
  std::chrono::seconds left(SteadyTime now) const;

 private:
  std::uint64_t oci_stamp_ = 0, lci_stamp_ = 0;
  int reduction_ = 0;  // percent
  int load_ = 0;       // percent, as last heard
  int owed_ = 0;       // hundredths of requests still to be held back
  SteadyTime until_{};
};

}  // namespace cordon::enforcement
