#include "app/cordon/arguments.h"
#include "app/cordon/command.h"
#include "app/cordon/log_commands.h"
#include "app/cordon/output.h"
#include "app/cordon/write_log.h"

namespace cordon::app {

namespace {

int run_writer(const Words& words) {
  const auto arguments = Arguments::parse(words, {.options = {"--config"}});
  if (!arguments) return report("log write", arguments.error());
  return write_log(arguments->option("--config").value_or("cordon.yaml"));
}

const Command kLogWriteCommand{
    .name = "write",
    .summary = "the log writer's process (started by 'cordon up')",
    .help = "usage: cordon log write [--config FILE]\n\n  --config FILE  default cordon.yaml",
    .run = run_writer,
    .hidden = true};

std::vector<const Command*> parts() {
  return {&kLogShowCommand,     &kLogVerifyCommand,  &kLogStatusCommand,  &kLogReceiptCommand, &kLogExportCommand,
          &kLogTimelineCommand, &kLogAskCommand,     &kLogOpenCommand,    &kLogAuditorCommand, &kLogIndexCommand,
          &kLogKeysCommand,     &kLogForgetCommand,  &kLogHoldCommand,    &kLogReleaseCommand, &kLogPruneCommand,
          &kLogRotateCommand,   &kLogBackupCommand,  &kLogRestoreCommand, &kLogServeCommand,   &kLogWitnessCommand,
          &kLogMirrorCommand,   &kLogMonitorCommand, &kLogWriteCommand};
}

}  // namespace

const Command kLogCommand{
    .name = "log",
    .summary = "show, verify, share, protect and erase evidence",
    .help =
        "usage: cordon log COMMAND [OPTION...]\n\n"
        "read\n"
        "  show      records, newest last\n"
        "  timeline  what happened to an NF, a subscriber, a rule, in order\n"
        "  verify    the whole log, one record, or that a log grew out of an older checkpoint\n"
        "  status    size, checkpoint, witnesses, disk, retention\n"
        "  receipt   a proof for one record that stands alone\n"
        "  export    an incident as one signed file that verifies offline\n"
        "for a purpose\n"
        "  ask       release chosen records to an auditor, if policy permits it; itself recorded\n"
        "  open      read what was released (the auditor's side)\n"
        "  auditor   make an auditor's key pair\n"
        "  index     build and verify the index that makes answers complete\n"
        "keys and forgetting\n"
        "  keys      the vault: status, epochs, custodians\n"
        "  forget    destroy a subscriber's keys\n"
        "  hold      keep a subscriber's records from being forgotten; 'release' ends it\n"
        "life\n"
        "  prune     by declared retention\n"
        "  rotate    new log keys, with a statement signed by the old ones\n"
        "  backup    copy and verify; 'restore' brings it back\n"
        "others\n"
        "  serve     the public files over HTTP\n"
        "  witness   cosign other logs' checkpoints\n"
        "  mirror    keep a verified copy of a log\n"
        "  monitor   compare what a log shows to different people\n\n"
        "cordon log COMMAND --help shows options and examples.",
    .parts = parts};

}  // namespace cordon::app
