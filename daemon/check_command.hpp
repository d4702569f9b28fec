// daemon/check_command.hpp - `devicebatchd check FILE...`: the verdicts the daemon would give,
// offline.
//
// Purpose:   the same reader, the same checks, the same dedupe as the daemon's, on a ledger in
//            memory.
#pragma once

#include <string>
#include <vector>

namespace devicebatch::daemon {

struct CheckCommandOptions {
  std::vector<std::string> files;
  bool documented = false;  // validation: documented
  std::string batch;        // compared with group tags when given
  std::string config;       // read for `source` only
  std::string source;       // of the settings: as files of this source or queue are read
  bool json = false;
};

// kOk when every row would be sent, kFailed when not, kNoInput when a file cannot be read,
// kBadConfig when there is no such source.
int check_command(const CheckCommandOptions& options);

}  // namespace devicebatch::daemon
