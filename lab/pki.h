// The lab's certificates: an operator's CA for its NFs and the enforcement point's own CA, made once into a folder.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "cordon/base/result.h"
#include "cordon/crypto/certificate.h"
#include "cordon/crypto/key.h"
#include "lab/client.h"
#include "lab/nf_type.h"

namespace cordon::lab {

struct Authority {
  crypto::Certificate certificate;
  crypto::PrivateKey key;
};

// What an NF's certificate says about it (TS 33.310 6.1.3c, RFC 9310).
struct NfNames {
  std::string instance_id;
  std::vector<std::string> dns_names;
  std::vector<std::string> ip_addresses;
  std::vector<std::string> nf_types;
};
NfNames names_of(NfType type);

struct LabPki {
  Authority operator_ca;  // issues the NFs' certificates
  Authority pep_ca;       // issues the enforcement point's; NFs of a protected core believe nobody else
  std::map<NfType, Identity> nfs;
  Identity proxy;

  // Reads the folder, or fills it when it holds no lab yet. Files: operator-ca, pep-ca, proxy, amf, ... each .pem and
  // .key (mode 0600).
  static Result<LabPki> open(const std::filesystem::path& folder);

  const Identity& of(NfType type) const { return nfs.at(type); }
  // Another certificate of the operator's CA: for whoever plays a stolen or a rogue one.
  Result<Identity> issue_nf(const NfNames& names) const;
};

}  // namespace cordon::lab
