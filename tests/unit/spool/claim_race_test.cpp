// The moment between the look and the rename of a claim, hit by a thread that never stops swapping.
#include "support/temp_dir.hpp"

#include "file_states.hpp"
#include <catch2/catch.hpp>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <atomic>
#include <thread>

using namespace devicebatch;
using namespace devicebatch::spool;
using namespace devicebatch::spool::test;
using support::read_file;
using support::TempDir;
using support::write_file;

namespace fs = std::filesystem;

namespace {

// Exchanges two names over and over, so that either is a file or a link at any moment.
class Swapper {
 public:
  Swapper(fs::path left, fs::path right)
      : thread_([this, left = std::move(left), right = std::move(right)] {
          while (!stop_) {
            ::renameat2(AT_FDCWD, left.c_str(), AT_FDCWD, right.c_str(), RENAME_EXCHANGE);
          }
        }) {}
  ~Swapper() {
    stop_ = true;
    thread_.join();
  }

 private:
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace

TEST_CASE("a name swapped for a link while it is claimed never ends up claimed") {
  TempDir dir;
  TempDir elsewhere;
  const auto folder = DropFolder::open(dir.path());
  REQUIRE(folder);
  write_file(elsewhere / "secret", "secret");
  std::size_t taken = 0;
  bool is_missed = false;
  {
    const Swapper swapper(dir / "x.csv", dir / ".swap");
    // On a busy machine the swapper may have the better of it for long.
    for (int attempt = 0; attempt < 400 || (taken == 0 && attempt < 100'000); ++attempt) {
      // A pair for the swapper, on whichever names are free.
      write_file(dir / ".new", "rows");
      FileState state = state_of(dir / ".new");
      state.changed_ns = 0;  // every swap moves it
      std::error_code ignored;
      fs::remove(dir / "x.csv", ignored);
      fs::remove(dir / ".swap", ignored);
      fs::create_symlink(elsewhere / "secret", dir / ".swap", ignored);
      fs::rename(dir / ".new", dir / "x.csv", ignored);
      const std::string claim_name = "id" + std::to_string(attempt);
      const auto claim = folder->claim("x.csv", claim_name, state);
      const struct stat claimed = look(dir / ".claimed" / claim_name);
      if (claim) ++taken;
      const bool is_right = claim ? S_ISREG(claimed.st_mode) : claimed.st_ino == 0;
      is_missed = is_missed || !is_right;
    }
  }
  CHECK_FALSE(is_missed);
  CHECK(taken > 0);
  CHECK(entries_in(dir / ".claimed") == taken);
}
