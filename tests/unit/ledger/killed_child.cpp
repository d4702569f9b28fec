#include "unit/ledger/killed_child.hpp"

#include "unit/ledger/faulty_files.hpp"
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

namespace devicebatch::ledger {

int run_in_child(LedgerDesk& desk, int kill_at, const std::function<bool()>& story) {
  desk.close();
  const std::string report = desk.path() + ".count";
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    FaultyFiles files([&](int number) {
      if (number == kill_at) kill(getpid(), SIGKILL);
      return 0;
    });
    desk.open();
    const bool is_done = story();
    std::ofstream(report) << files.count();
    _exit(is_done ? 0 : 1);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  desk.open();
  if (WIFSIGNALED(status)) return kill_at;
  REQUIRE(status == 0);
  int count = 0;
  std::ifstream(report) >> count;
  return count;
}

void replace_ledger(LedgerDesk& desk, const std::string& file) {
  desk.close();
  std::filesystem::remove(desk.path());
  support::write_file(desk.path(), file);
}

}  // namespace devicebatch::ledger
