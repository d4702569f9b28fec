// daemon/run_command.hpp - `devicebatchd run`: the service itself.
#pragma once

#include <string>

namespace devicebatch::daemon {

struct RunOptions {
  std::string config;
  bool once = false;  // end when every file is finished
};

int run_command(const RunOptions& options);

}  // namespace devicebatch::daemon
