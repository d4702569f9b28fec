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

// A verb that asks the daemon: with --json and --config; `run` is called when it was chosen.
CLI::App* add_asking_verb(CLI::App& parent, const OperatorCli& cli, const char* name,
                          const char* help, std::function<int()> run);

// list, show, audit, dead-letter, conflicts, retry, hold, release, cancel, pause, resume, and
// those of service_cli.hpp.
void add_operator_verbs(CLI::App& app, OperatorCli cli);

}  // namespace devicebatch::daemon
