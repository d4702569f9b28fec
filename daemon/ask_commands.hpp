// daemon/ask_commands.hpp - commands that ask the daemon, or its ledger while it is down.
#pragma once

#include <chrono>
#include <string>

namespace devicebatch::daemon {

struct AskOptions {
  std::string config;
  bool json = false;
};

// With `verify` the ledger checks itself; kFailed when it is not sound.
int status_command(const AskOptions& options, bool verify);
// kFailed when nothing is known about `query`.
int explain_command(const AskOptions& options, const std::string& query);
// A destination or an account. `pauses`: pause, else resume.
struct PauseOptions {
  std::string name;
  std::string reason;
  bool pauses = true;
};
int pause_command(const AskOptions& options, const PauseOptions& pause);

struct SubmitOptions {
  std::string file;
  std::string source;  // empty: the only one there is
  bool wait = false;
  std::chrono::seconds timeout{600};
};
int submit_command(const AskOptions& options, const SubmitOptions& submit);

}  // namespace devicebatch::daemon
