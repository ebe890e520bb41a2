// The proxies under test, each with one worker, mutual TLS on both sides, in front of the same NGINX backend.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "cordon/base/process.h"
#include "cordon/base/socket.h"
#include "cordon/crypto/certificate.h"
#include "cordon/crypto/key.h"

namespace cordon::bench {

// One authority, one certificate for every server (all addresses), one for the calling AMF.
struct BenchPki {
  std::filesystem::path folder;
  crypto::Certificate authority;
  crypto::Certificate caller;
  crypto::PrivateKey caller_key;

  static Result<BenchPki> make(const std::filesystem::path& folder);
  std::string file(const std::string& name) const { return (folder / name).string(); }
};

struct Target {
  Target() = default;
  Target(Target&&) = default;
  Target& operator=(Target&&) = default;
  ~Target();  // ends the processes

  std::string name;
  Endpoint at;
  bool cleartext = false;
  std::vector<Process> processes;  // roots; their children count too
};

inline constexpr int kProxyCpu = 0;  // the proxy under test; load and backend share the other
inline constexpr int kFirstCordon = 5;
inline constexpr int kLastAddress = 30;
inline constexpr int kLoadCpu = 1;
inline constexpr std::string_view kCallerInstance = "f990ed9a-e555-41f1-9dea-7f66d0edecbf";
inline constexpr std::string_view kNrfInstance = "f97352f8-e555-41f1-9f59-65bd764bf60d";

// A request's body of about 512 bytes; more: members before the others.
std::string subscription(const std::string& more = "");

Result<Target> start_backend(const BenchPki& pki);
Result<Target> start_nginx(const BenchPki& pki);
Result<Target> start_haproxy(const BenchPki& pki);
Result<Target> start_nghttpx(const BenchPki& pki);
// One way to run Cordon: what configuration alone can switch.
struct CordonPlan {
  std::string name;
  int place = 5;  // the last number of its address, 127.0.3.x
  bool cleartext = false;
  std::filesystem::path policy;
  std::string sections;  // further lines of cordon.yaml
};
Result<Target> start_cordon(const BenchPki& pki, const std::filesystem::path& programs, const CordonPlan& plan);

// Processor seconds used so far by the target's processes and their children.
double processor_seconds(const Target& target);

}  // namespace cordon::bench
