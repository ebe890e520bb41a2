// The laboratory's stage: a bare naive core, a protected one, and a whole Cordon in front of the latter.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cordon/base/loop.h"
#include "cordon/base/process.h"
#include "cordon/wire/json.h"
#include "lab/lab_core.h"
#include "lab/pki.h"
#include "lab/recording.h"

namespace cordon::app {

class LabScene {
 public:
  // Makes certificates and configuration in folder (kept from an earlier run, but for the policy and the evidence,
  // which start anew), starts both cores in this thread and `cordon up` as a child, and waits until it listens.
  static Result<std::unique_ptr<LabScene>> open(const std::filesystem::path& folder);

  LabScene(const std::filesystem::path& folder, lab::LabPki pki)
      : folder_(folder), pki_(std::move(pki)) {}  // use open()
  ~LabScene();

  Loop& loop() { return loop_; }
  const lab::LabPki& pki() const { return pki_; }
  lab::LabCore& bare() { return *bare_; }
  lab::LabCore& guarded() { return *guarded_; }
  std::filesystem::path config() const { return folder_ / "cordon.yaml"; }
  std::filesystem::path evidence() const { return folder_ / "state" / "evidence"; }
  const wire::Json& ready() const { return ready_; }  // what `cordon up --json` said

  static lab::Endpoints through_cordon() { return lab::endpoints_in(1); }
  static constexpr std::string_view kMetrics = "127.0.1.1:9464";

 private:
  Result<void> write_files();
  Result<void> start_cores();
  Result<void> start_cordon();
  Result<void> await_ready(int fd);

  std::filesystem::path folder_;
  lab::LabPki pki_;
  Loop loop_;
  std::unique_ptr<lab::LabCore> bare_;
  std::unique_ptr<lab::LabCore> guarded_;
  std::optional<Process> cordon_;
  wire::Json ready_;
  Fd received_;
};

// The recording that comes with Cordon: $CORDON_SHARE, the installed share folder, or the source tree.
Result<std::vector<lab::Exchange>> bundled_recording();

}  // namespace cordon::app
