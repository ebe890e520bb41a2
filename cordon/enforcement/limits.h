// How much of the enforcement point one peer, one address and one producer may have.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cordon/enforcement/rate.h"

namespace cordon::enforcement {

// cordon.yaml: limits. A peer is an NF, by its certificate, whatever its number of connections and addresses.
struct Limits {
  std::uint32_t connections = 4096;  // of one listener; further ones wait in its backlog
  std::uint32_t connections_per_address = 512;
  std::uint32_t connections_per_peer = 64;
  std::uint32_t streams = 256;     // of one connection at once
  std::uint32_t in_flight = 8192;  // requests taken and not yet answered
  std::uint32_t in_flight_per_peer = 1024;
  std::uint32_t in_flight_per_producer = 2048;
  std::uint32_t reserved_percent = 25;  // of the two above, for priority only
  std::optional<Rate> rate_per_peer;    // none: only what policy says with @rate
  std::chrono::seconds idle{600};       // then an unused connection is sent away; 0: never
  // What a type of NF may ask for with priority. Everything else is ordinary, whatever its headers say.
  struct Privilege {
    std::string service;  // "nnrf-nfm"
    std::string caller;   // type of NF; empty: any of the inventory
    int priority = 0;     // the best it may have: 0 to 15
    bool always = false;  // also without asserting it
  };
  // Location of emergency callers, and the heartbeats without which a busy core forgets its own NFs.
  std::vector<Privilege> priority = {
      {"nnrf-nfm", "", 8, true}, {"nlmf-loc", "AMF", 0, false}, {"ngmlc-loc", "AMF", 0, false}};
};

}  // namespace cordon::enforcement
