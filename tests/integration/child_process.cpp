#include "integration/child_process.hpp"

#include "base/clock.hpp"
#include "support/temp_dir.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>
#include <utility>

namespace devicebatch::integration {

bool eventually(const std::function<bool()>& condition, std::chrono::milliseconds limit) {
  constexpr int kLookMs = 5;
  const SystemClock clock;
  const MonoTime deadline = clock.now_mono() + limit;
  while (!condition()) {
    if (clock.now_mono() >= deadline) return false;
    ::poll(nullptr, 0, kLookMs);
  }
  return true;
}

ChildProcess::ChildProcess(const std::vector<std::string>& command,
                           const std::filesystem::path& out, const std::filesystem::path& err) {
  std::vector<std::string> copies = command;
  std::vector<char*> arguments;
  for (std::string& argument : copies) arguments.push_back(argument.data());
  arguments.push_back(nullptr);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  constexpr int kAppend = O_WRONLY | O_CREAT | O_APPEND;
  posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, out.c_str(), kAppend, 0600);
  posix_spawn_file_actions_addopen(&files, STDERR_FILENO, err.c_str(), kAppend, 0600);
  const int failed = posix_spawn(&pid_, arguments[0], &files, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&files);
  if (failed != 0) throw std::runtime_error("cannot start " + command.front());
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept {
  *this = std::move(other);
}

ChildProcess& ChildProcess::operator=(ChildProcess&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(has_ended_, other.has_ended_);
  std::swap(exit_code_, other.exit_code_);
  return *this;
}

ChildProcess::~ChildProcess() {
  if (!is_running()) return;
  signal(SIGKILL);
  reap(0);
}

void ChildProcess::reap(int options) {
  int status = 0;
  if (waitpid(pid_, &status, options) != pid_) return;
  has_ended_ = true;
  exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

bool ChildProcess::is_running() {
  if (pid_ > 0 && !has_ended_) reap(WNOHANG);
  return pid_ > 0 && !has_ended_;
}

void ChildProcess::signal(int number) const {
  if (pid_ > 0 && !has_ended_) ::kill(pid_, number);
}

int ChildProcess::wait(std::chrono::milliseconds limit) {
  return eventually([this] { return !is_running(); }, limit) ? exit_code_ : -1;
}

Ended run_to_end(const std::vector<std::string>& command, const std::filesystem::path& folder) {
  static int runs = 0;
  const std::string name = "run-" + std::to_string(++runs);
  const std::filesystem::path out = folder / (name + ".out");
  const std::filesystem::path err = folder / (name + ".err");
  ChildProcess child(command, out, err);
  Ended ended;
  ended.exit_code = child.wait();
  ended.out = support::read_file(out);
  ended.err = support::read_file(err);
  return ended;
}

}  // namespace devicebatch::integration
