// A living core: NFs start and send heartbeats, a phone registers, gets a session and leaves, all over the network
// peers.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cordon/base/loop.h"
#include "cordon/base/result.h"
#include "lab/lab_core.h"

namespace cordon::lab {

struct UeSession;  // what the AMF and the phone remember of one registration

// One request a procedure made itself; what NFs asked each other because of it is not listed.
struct Step {
  NfType caller = NfType::amf;
  std::string method;
  std::string path;
  int status = 0;
};

class Procedures {
 public:
  using Trace = std::vector<Step>;
  using Done =
      std::function<void(Result<Trace>)>;  // an error names the step that was answered otherwise than expected

  Procedures(Loop& loop, LabCore& core) : loop_(loop), core_(core) {}
  ~Procedures();
  Procedures(const Procedures&) = delete;
  Procedures& operator=(const Procedures&) = delete;

  void start_nf(NfType type, Done done);                     // register, subscribe, list all, read each
  void start_all(Done done);                                 // all but the NRF, in the recorded order
  void heartbeat_all(Done done);                             // once
  void heartbeat_every(std::chrono::milliseconds interval);  // until this object goes
  // TS 23.502 4.2.2.2 and 4.3.2: authentication, registration, policy, PDU session, release, de-registration.
  void register_ue(Done done);
  void stop_nf(NfType type, Done done);  // de-register

  // Runs the loop until the procedure has ended.
  Result<Trace> wait(const std::function<void(Done)>& procedure);

 private:
  class Script;
  std::shared_ptr<Script> script(Done done);
  void add_start(const std::shared_ptr<Script>& script, NfType type);
  void add_authentication(const std::shared_ptr<Script>& script, const std::shared_ptr<UeSession>& ue);
  void add_registration(const std::shared_ptr<Script>& script, const std::shared_ptr<UeSession>& ue);
  void add_session(const std::shared_ptr<Script>& script, const std::shared_ptr<UeSession>& ue);
  void add_departure(const std::shared_ptr<Script>& script, const std::shared_ptr<UeSession>& ue);

  Loop& loop_;
  LabCore& core_;
  std::optional<Loop::TimerId> heartbeat_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // heartbeats outliving this object find it false
};

}  // namespace cordon::lab
