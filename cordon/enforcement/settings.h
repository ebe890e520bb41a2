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
#include "cordon/enforcement/ledger.h"
#include "cordon/enforcement/limits.h"
#include "cordon/inspection/rules.h"
#include "cordon/tokens/check_list.h"
#include "cordon/tokens/issuer_files.h"

namespace cordon::enforcement {

struct TlsFiles {
  struct Own {
    std::filesystem::path certificate;  // chain, own first
    std::filesystem::path key;
    std::filesystem::path staple;  // OCSP response in DER; empty: none
  };
  struct Anchors {
    std::filesystem::path file;
    std::vector<std::string> plmns;  // that they may speak for; empty: every one nobody else speaks for
  };
  std::vector<Own> own;             // never empty; each of another kind of key
  std::vector<Anchors> callers;     // for the certificates of NFs that call us
  std::filesystem::path producers;  // anchors for the certificates of NFs we call
  std::vector<std::filesystem::path> crls;
  crypto::Revocation revocation = crypto::Revocation::hard;
  bool must_staple = false;  // producers show an OCSP response, or are not talked to
  bool resumption = true;
  crypto::TlsVersion lowest = crypto::TlsVersion::tls13;
  std::vector<std::string> groups;  // of our server side; empty: the default order
  std::size_t handshakes = 64;      // under way from one address
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

// Access tokens: when they are demanded, whose count, and whether Cordon issues them itself.
struct TokenSettings {
  enum class Mode { off, optional, required, attach } mode = Mode::off;
  std::vector<tokens::IssuerFile> issuers;
  tokens::Rules rules;
  std::vector<std::string> tokenless{"nnrf-nfm", "nnrf-disc"};  // services that demand none; what is there is checked
  bool forward = true;                                          // the producer sees the token
  std::size_t cache = 4096;                                     // tokens known at once
  struct Authority {
    std::string issuer;         // the NF instance of the NRF in whose name it speaks
    std::filesystem::path key;  // cordon token keys make
    std::chrono::seconds life{60};
    bool serve = true;  // Nnrf_AccessToken on the NRF's listener
  };
  std::optional<Authority> authority;
};

// Requests and answers against the 3GPP schemas and the strict overlay.
struct InspectionSettings {
  inspection::Mode mode = inspection::Mode::block;                // no rule does more than this
  std::optional<std::filesystem::path> overlay;                   // in place of the built-in one
  std::vector<std::pair<std::string, inspection::Mode>> rules{};  // by id, in place of their own modes
};

// What the enforcement point keeps of the rights it was started with.
struct Privilege {
  enum class Calls : std::uint8_t { kill, log, off };
  std::string user;                  // when started as root; empty: stays who it is
  Calls system_calls = Calls::kill;  // when one is made that it never makes
  bool files = true;                 // only its own are within reach (Landlock)
  std::optional<std::vector<std::uint16_t>> listen_ports, connect_ports;  // nothing: any, as inventories change
};

// Proxies of others that ask before they pass something on (cordon authz).
struct NeighbourSettings {
  struct Door {
    std::filesystem::path socket;    // whoever may open it may ask
    std::string group;               // who may beside its owner; empty: nobody
    std::optional<Endpoint> listen;  // in place of the socket, with mutual TLS by these files
    std::filesystem::path certificate, key, anchors;
    std::vector<std::string> names;  // DNS names: a certificate that may ask has one of them
  };
  std::optional<Door> envoy, nginx;
  bool believe_principal = false;  // Envoy's word for who is calling, without the certificate
  std::vector<std::filesystem::path>
      intermediates;  // authorities between the callers' anchors and their certificates
  std::optional<Endpoint> metrics;
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
  Limits limits;
  LedgerRules ledger;
  TokenSettings tokens;
  Privilege privilege;
  std::chrono::seconds drain_time{8};  // for open requests, when it stops or another takes over
  InspectionSettings inspection;
  std::optional<NeighbourSettings> neighbours;
  std::optional<std::filesystem::path> access_log;  // a line for each request; an empty path: standard output
  bool tracing = false;  // Cordon's own hop is a span: W3C Trace Context, begun where a request brings none

  std::filesystem::path evidence_folder() const { return state / "evidence"; }
  std::filesystem::path evidence_socket() const { return state / "run" / "evidence.sock"; }
  std::filesystem::path control_socket() const { return state / "run" / "control.sock"; }
  std::filesystem::path quarantine_file() const { return state / "quarantine.json"; }
  std::filesystem::path ledger_folder() const { return state / "ledger"; }
  std::filesystem::path engine_socket() const { return state / "run" / "engine.sock"; }
  std::filesystem::path access_socket() const { return state / "run" / "access.sock"; }
  std::filesystem::path vault_folder() const { return state / "vault"; }
  std::filesystem::path spool_folder() const { return state / "spool"; }
  std::filesystem::path engine_key() const { return state / "engine-key.pem"; }
  std::filesystem::path engine_public_key() const { return state / "engine-key.pub"; }
  std::filesystem::path bundle_versions() const { return state / "bundle-versions.json"; }
  std::filesystem::path proxy_folder() const { return state / "proxy"; }
  std::filesystem::path last_snapshot() const { return proxy_folder() / "snapshot.json"; }
  std::filesystem::path proxy_socket() const { return state / "run" / "proxy.sock"; }
  std::filesystem::path up_socket() const { return state / "run" / "up.sock"; }
};

// Relative paths are taken from the folder of the file. Errors name line and key.
Result<Settings> load_settings(const std::filesystem::path& file);
Result<Settings> parse_settings(std::string_view yaml, const std::filesystem::path& file);

}  // namespace cordon::enforcement
