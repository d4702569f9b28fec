// The moments between the looks of a claim, played by a second thread that never stops changing
// things.
#include "support/temp_dir.hpp"

#include "file_states.hpp"
#include <catch2/catch.hpp>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <thread>

using namespace devicebatch;
using namespace devicebatch::spool;
using namespace devicebatch::spool::test;
using support::TempDir;
using support::write_file;

namespace fs = std::filesystem;

TEST_CASE("a name swapped for a link while it is claimed never ends up claimed") {
  TempDir dir;
  TempDir elsewhere;
  const auto folder = DropFolder::open(dir.path());
  REQUIRE(folder);
  write_file(elsewhere / "secret", "secret");
  std::atomic<bool> stop{false};
  std::thread swapper([&] {
    const fs::path target = dir / "x.csv";
    const fs::path staged = dir / ".swap";
    while (!stop) {
      std::error_code ignored;
      fs::create_symlink(elsewhere / "secret", staged, ignored);
      fs::rename(staged, target, ignored);
      std::ofstream(staged) << "rows";
      fs::rename(staged, target, ignored);
    }
  });
  int taken = 0;
  for (int attempt = 0; attempt < 3000; ++attempt) {
    const std::string claim_name = "id" + std::to_string(attempt);
    const struct stat found = look(dir / "x.csv");
    if (!S_ISREG(found.st_mode)) continue;
    const auto claim = folder->claim("x.csv", claim_name, state_of(dir / "x.csv"));
    const struct stat claimed = look(dir / ".claimed" / claim_name);
    // NOLINTNEXTLINE: either it is there and regular, or it is not there at all.
    if (claim) {
      ++taken;
      if (!S_ISREG(claimed.st_mode)) FAIL("something else was claimed");
    } else if (claimed.st_ino != 0) {
      FAIL("a refused claim was kept: " << claim.error().message());
    }
  }
  stop = true;
  swapper.join();
  INFO("taken " << taken);
  CHECK(entries_in(dir / ".claimed") == static_cast<std::size_t>(taken));
}
