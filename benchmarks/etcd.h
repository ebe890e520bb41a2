// The peer: one etcd node on loopback, asked through its JSON gateway by clients that keep their connections.
#pragma once

#include <filesystem>
#include <memory>

#include "cordon/base/process.h"

namespace cordon::bench {

struct PutFigures {
  double rate = 0;  // durable values in a second
  double p50 = 0;   // seconds
  double p99 = 0;
};

class Etcd {
 public:
  // Null where etcd is not installed.
  static std::unique_ptr<Etcd> start(const std::filesystem::path& folder);
  // Values of so many bytes, each client with one put under way.
  PutFigures put(std::size_t clients, std::size_t bytes);

 private:
  explicit Etcd(Process process, int port) : process_(std::move(process)), port_(port) {}
  Process process_;
  int port_;
};

}  // namespace cordon::bench
