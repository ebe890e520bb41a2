// The commands of `cordon log`, one file each.
#pragma once

#include "app/cordon/command.h"

namespace cordon::app {

extern const Command kLogShowCommand;
extern const Command kLogVerifyCommand;
extern const Command kLogStatusCommand;
extern const Command kLogReceiptCommand;
extern const Command kLogExportCommand;
extern const Command kLogTimelineCommand;
extern const Command kLogAskCommand;
extern const Command kLogOpenCommand;
extern const Command kLogAuditorCommand;
extern const Command kLogIndexCommand;
extern const Command kLogKeysCommand;
extern const Command kLogForgetCommand;
extern const Command kLogHoldCommand;
extern const Command kLogReleaseCommand;
extern const Command kLogPruneCommand;
extern const Command kLogRotateCommand;
extern const Command kLogBackupCommand;
extern const Command kLogRestoreCommand;
extern const Command kLogServeCommand;
extern const Command kLogWitnessCommand;
extern const Command kLogMirrorCommand;
extern const Command kLogMonitorCommand;

}  // namespace cordon::app
