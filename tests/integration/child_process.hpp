// integration/child_process.hpp - a program of ours as a child, and waiting for what it does.
//
// Purpose:   starts, watches and ends real processes by their id.
// Lifecycle: the destructor kills what still runs and reaps it.
// Threading: one thread.
// Errors:    what cannot be started throws; the test ends there.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace devicebatch::integration {

// Longer than anything takes on a busy machine; only a failing test waits so long.
inline constexpr std::chrono::seconds kPatience{60};

// Looks until `condition` holds; false when the time is over. Other processes cannot wake us up,
// so this looks again every few milliseconds.
bool eventually(const std::function<bool()>& condition,
                std::chrono::milliseconds limit = kPatience);

class ChildProcess {
 public:
  ChildProcess() = default;
  // Standard output and error go to these files, appended.
  ChildProcess(const std::vector<std::string>& command, const std::filesystem::path& out,
               const std::filesystem::path& err);
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess& operator=(ChildProcess&& other) noexcept;
  ~ChildProcess();

  pid_t id() const { return pid_; }
  bool is_running();
  void signal(int number) const;
  // The exit code, or 128 + the signal that ended it; -1 when it did not end in time.
  int wait(std::chrono::milliseconds limit = kPatience);

 private:
  void reap(int options);

  pid_t pid_ = -1;
  bool has_ended_ = false;
  int exit_code_ = -1;
};

struct Ended {
  int exit_code = -1;
  std::string out;
  std::string err;
};

// Runs a command to its end; its two outputs go through files in `folder`.
Ended run_to_end(const std::vector<std::string>& command, const std::filesystem::path& folder);

}  // namespace devicebatch::integration
