// The inventory: which NF instances are expected, of which type, under which names, behind which listener.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/base/ids.h"
#include "cordon/base/result.h"
#include "cordon/base/socket.h"

namespace cordon::identity {

struct ExpectedNf {
  NfInstanceId instance;
  std::string type;                    // NFType of TS 29.510: "AMF"
  std::string name;                    // unique, for people: "amf1"
  std::vector<std::string> dns_names;  // any of these in the certificate's SAN
  std::string plmn;                    // "99970", may be empty
  std::vector<std::string> slices;     // "1" or "1-000001"
  std::optional<Endpoint> listen;      // where Cordon stands in for it; empty: the NF is only a client
  std::optional<Endpoint> upstream;    // where it really listens
  std::string upstream_name;           // the name its certificate is checked for; empty: the address of upstream
};

class Inventory {
 public:
  // YAML: "nfs:" with a list of maps. Errors name line and key. Duplicate instances, names and listeners are refused.
  static Result<Inventory> parse(std::string_view yaml, std::string_view file);

  const std::vector<ExpectedNf>& nfs() const { return nfs_; }
  const ExpectedNf* find(const NfInstanceId& instance) const;
  const ExpectedNf* find_name(std::string_view name) const;

 private:
  std::vector<ExpectedNf> nfs_;
};

}  // namespace cordon::identity
