// daemon/operator/change_command.hpp - retry, hold, release, cancel, dead-letter redrive, conflicts
// resolve.
//
// Errors:    kOk: everything that was chosen was changed; kPartly: some were refused, each with its
//            reason; kAllRejected: nothing was changed; kUsage before anything is asked.
#pragma once

#include "daemon/ask_commands.hpp"

#include <string>
#include <vector>

namespace devicebatch::daemon {

struct ChangeOptions {
  std::string verb;
  std::vector<std::string> targets;  // "-": lines of standard input
  std::vector<std::string> where;
  std::string reason;
  std::string rate;
  bool dry_run = false;
  bool look = false;                              // retry of a chunk: look for it in its batch
  bool redrive = false;                           // of dead letters only
  bool keep = false, send = false, drop = false;  // of a conflict: exactly one of them
};

int change_command(const AskOptions& ask, const ChangeOptions& options);

}  // namespace devicebatch::daemon
