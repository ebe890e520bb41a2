// The nine NFs over one Core, without a network: LabCore puts them behind sockets, a replay may ask them directly.
#pragma once

#include <array>
#include <functional>
#include <memory>

#include "lab/core.h"
#include "lab/nf.h"

namespace cordon::lab {

class Functions {
 public:
  // Makes the peers of one NF; absent: LocalPeers, for replays.
  using MakePeers = std::function<std::unique_ptr<Peers>(NfType caller)>;

  explicit Functions(CoreSettings settings = {}, const MakePeers& make_peers = {});

  void handle(NfType target, const wire::Request& request, Reply reply);
  Core& core() { return core_; }
  Peers& peers_of(NfType type) { return *peers_[static_cast<std::size_t>(type)]; }
  void reset() { core_ = Core(core_.settings); }  // as if just switched on

 private:
  Core core_;
  std::array<std::unique_ptr<Peers>, kNfTypes.size()> peers_;
  std::array<std::unique_ptr<Nf>, kNfTypes.size()> nfs_;
};

// Replays: a peer is asked by a plain call, and nothing is done that the recording's consumers do themselves.
class LocalPeers final : public Peers {
 public:
  explicit LocalPeers(Functions& functions) : functions_(functions) {}
  void call(NfType target, wire::Request request, Reply reply) override {
    functions_.handle(target, request, std::move(reply));
  }
  bool follow_up() const override { return false; }

 private:
  Functions& functions_;
};

}  // namespace cordon::lab
