// The inventory: which NF instances are expected, of which type, under which names, behind which listener.
#pragma once

#include <map>
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
  std::string type;                         // NFType of TS 29.510: "AMF"
  std::string name;                         // unique, for people: "amf1"
  std::vector<std::string> dns_names;       // any of these in the certificate's SAN
  std::string plmn;                         // "99970", may be empty
  std::vector<std::string> slices;          // "1" or "1-000001"
  std::string nf_set{};                     // TS 23.003 28.12; may be empty
  std::vector<std::string> service_sets{};  // TS 23.003 28.13
  std::vector<std::string> nsis{};          // network slice instances it serves
  std::optional<Endpoint> listen;           // where Cordon stands in for it; empty: the NF is only a client
  std::optional<Endpoint> upstream;         // where it really listens
  bool names_itself = false;                // its nfInstanceId is a new one at every start (Open5GS)
  std::string withdrawn;                    // why, when "revoked:" names the instance
  std::string upstream_name;                // the name its certificate is checked for; empty: the address of upstream
};

class Inventory {
 public:
  // YAML: "nfs:" with a list of maps, and "revoked:" with another. Errors name line and key. Duplicate instances,
  // names and listeners are refused.
  static Result<Inventory> parse(std::string_view yaml, std::string_view file);

  const std::vector<ExpectedNf>& nfs() const { return nfs_; }
  const ExpectedNf* find(const NfInstanceId& instance) const;
  const ExpectedNf* find_name(std::string_view name) const;
  // Why that instance, serial number or thumbprint ("thumbprint", "0a1b...") is withdrawn; null: it is not.
  bool has_revoked() const { return !revoked_.empty(); }
  const std::string* revoked(std::string_view kind, std::string_view value) const;

 private:
  std::vector<ExpectedNf> nfs_;
  std::map<std::string, std::string, std::less<>> revoked_;  // "kind value" to the reason
};

}  // namespace cordon::identity
