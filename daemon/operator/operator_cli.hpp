// daemon/operator/operator_cli.hpp - the operator's verbs on the command line.
//
// Lifecycle: `ask` and `chosen` outlive the parsing; the verb that was chosen is called afterwards.
#pragma once

#include "daemon/ask_commands.hpp"

#include <functional>

namespace CLI {
class App;
}

namespace devicebatch::daemon {

struct OperatorCli {
  AskOptions& ask;
  std::function<int()>& chosen;
};

// list, show, audit, dead-letter, retry, hold, release, cancel, pause, resume.
void add_operator_verbs(CLI::App& app, OperatorCli cli);

}  // namespace devicebatch::daemon
