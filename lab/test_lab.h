// For tests of the lab: a folder of certificates, and cores on ports the kernel chooses, so that test runs never
// collide.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>

#include "cordon/base/loop.h"
#include "lab/lab_core.h"
#include "lab/pki.h"

namespace cordon::lab {

// Every NF on its own address with a free port; the certificates name the addresses.
inline Endpoints any_ports(int network = 2) {
  auto endpoints = endpoints_in(network);
  for (auto& [type, endpoint] : endpoints) endpoint.port = 0;
  return endpoints;
}

class LabTest : public testing::Test {
 protected:
  LabTest() : folder_(make_temporary()) {
    auto opened = LabPki::open(folder_);
    EXPECT_TRUE(opened) << opened.error().message;
    if (opened) pki = *opened;
  }
  ~LabTest() override { std::filesystem::remove_all(folder_); }

  // follow_up: the NFs reach each other over the network, as in a living core.
  std::unique_ptr<LabCore> start_bare(bool follow_up) {
    auto settings = bare_core(pki);
    settings.listen = any_ports();
    if (follow_up) settings.peers = any_ports();
    settings.on_request = [this](NfType type, const wire::Request& request) { arrived.emplace_back(type, request); };
    auto core = LabCore::start(loop, pki, std::move(settings));
    EXPECT_TRUE(core) << core.error().message;
    return core ? std::move(*core) : nullptr;
  }

  Loop loop;
  LabPki pki;
  std::vector<std::pair<NfType, wire::Request>> arrived;
  const std::filesystem::path& folder() const { return folder_; }

 private:
  static std::filesystem::path make_temporary() {
    std::string pattern = (std::filesystem::temp_directory_path() / "cordon-lab-XXXXXX").string();
    EXPECT_NE(mkdtemp(pattern.data()), nullptr);
    return pattern;
  }
  std::filesystem::path folder_;
};

}  // namespace cordon::lab
