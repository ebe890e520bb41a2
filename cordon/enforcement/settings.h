// The configuration of one Cordon: cordon.yaml, read by every process of it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cordon/base/result.h"
#include "cordon/base/socket.h"
#include "cordon/crypto/tls.h"

namespace cordon::enforcement {

struct TlsFiles {
  std::filesystem::path certificate;  // chain, own first
  std::filesystem::path key;
  std::filesystem::path callers;    // anchors for the certificates of NFs that call us
  std::filesystem::path producers;  // anchors for the certificates of NFs we call
  crypto::TlsVersion lowest = crypto::TlsVersion::tls13;
  std::vector<std::string> groups;  // of our server side; empty: the default order
};

// The policy is a signed bundle: whose signatures count.
struct BundleTrust {
  std::vector<std::filesystem::path> keys;  // public key files; never empty
  std::size_t threshold = 1;                // so many of them must have signed
  std::string name;                         // the bundle must have it; empty: the name that ran so far
};

// The evidence log: its name, the key above its keys, who witnesses it, and what a full disk means.
struct EvidenceSettings {
  std::string origin;                               // the log's name for all time: "cordon.example/evidence/op-a"
  std::filesystem::path root_key_file;              // one of the three; the first is the default
  std::optional<std::filesystem::path> passphrase;  // a file (a credential of the service manager) that holds it
  struct Token {
    std::filesystem::path module;
    std::string label;
    std::filesystem::path pin;  // a file that holds it
  };
  std::optional<Token> token;
  std::optional<std::filesystem::path> witnesses;  // a trust policy (C2SP tlog-policy) with URLs and a quorum
  std::chrono::milliseconds witness_time{500};     // until a checkpoint is published without the quorum, marked so
  std::uint64_t spool_bytes = 64U << 20;           // of records an enforcement point may queue
  std::uint64_t free_bytes = 256U << 20;           // below it, records of the queued class are refused
};

struct Settings {
  std::string name;              // of this enforcement point, in every record
  std::filesystem::path state;   // keys, sockets, evidence
  std::filesystem::path policy;  // Cedar text, or a bundle when the next says so
  std::optional<BundleTrust> bundle;
  std::optional<std::filesystem::path> schema;  // for a policy that brings none; else the built-in one
  std::filesystem::path inventory;
  TlsFiles tls;
  bool lab_cleartext = false;             // h2c instead of TLS, both sides: for a laboratory, never for a network
  std::optional<Endpoint> shared_listen;  // one listener for all NFs, told apart by :authority
  std::optional<Endpoint> metrics;
  std::chrono::milliseconds upstream_time{10'000};  // Open5GS sends 3gpp-Sbi-Max-Rsp-Time: 10000
  std::chrono::seconds snapshot_life{3600};         // without the engine a snapshot works this long
  EvidenceSettings evidence;

  std::filesystem::path evidence_folder() const { return state / "evidence"; }
  std::filesystem::path evidence_socket() const { return state / "run" / "evidence.sock"; }
  std::filesystem::path engine_socket() const { return state / "run" / "engine.sock"; }
  std::filesystem::path access_socket() const { return state / "run" / "access.sock"; }
  std::filesystem::path vault_folder() const { return state / "vault"; }
  std::filesystem::path spool_folder() const { return state / "spool"; }
  std::filesystem::path engine_key() const { return state / "engine-key.pem"; }
  std::filesystem::path engine_public_key() const { return state / "engine-key.pub"; }
  std::filesystem::path bundle_versions() const { return state / "bundle-versions.json"; }
  std::filesystem::path last_snapshot() const { return state / "snapshot.json"; }
};

// Relative paths are taken from the folder of the file. Errors name line and key.
Result<Settings> load_settings(const std::filesystem::path& file);
Result<Settings> parse_settings(std::string_view yaml, const std::filesystem::path& file);

}  // namespace cordon::enforcement
