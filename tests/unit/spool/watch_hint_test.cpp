#include "spool/watch_hint.hpp"

#include "support/temp_dir.hpp"

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <fstream>

using namespace devicebatch;
using namespace devicebatch::spool;
using support::TempDir;
using support::write_file;

namespace fs = std::filesystem;

namespace {

WatchHint watch(const fs::path& path) {
  auto hint = WatchHint::open(path);
  REQUIRE(hint);
  return std::move(*hint);
}

bool is_readable(const WatchHint& hint) {
  pollfd waiting = {hint.descriptor(), POLLIN, 0};
  return ::poll(&waiting, 1, 0) == 1;
}

}  // namespace

TEST_CASE("a file that is closed after writing or renamed into the folder is a hint") {
  TempDir dir;
  auto hint = watch(dir.path());
  CHECK_FALSE(is_readable(hint));
  CHECK_FALSE(hint.drain().saw_anything);
  SECTION("closed") {
    std::ofstream file(dir / "x.csv");
    file << "rows";
    file.flush();
    CHECK_FALSE(is_readable(hint));
    file.close();
  }
  SECTION("renamed") {
    TempDir other;
    write_file(other / "x.csv", "rows");
    fs::rename(other / "x.csv", dir / "x.csv");
  }
  CHECK(is_readable(hint));
  const auto drained = hint.drain();
  CHECK(drained.saw_anything);
  CHECK_FALSE(drained.overflowed);
  CHECK_FALSE(drained.folder_gone);
  CHECK_FALSE(is_readable(hint));
}

TEST_CASE("taking files out of the folder is no hint") {
  TempDir dir;
  write_file(dir / "x.csv", "rows");
  write_file(dir / "y.csv", "rows");
  fs::create_directory(dir / "sub");
  auto hint = watch(dir.path());
  fs::rename(dir / "x.csv", dir / "sub/x.csv");
  fs::remove(dir / "y.csv");
  CHECK_FALSE(is_readable(hint));
}

TEST_CASE("the end of the folder is told") {
  TempDir dir;
  fs::create_directory(dir / "drop");
  auto hint = watch(dir / "drop");
  SECTION("deleted") {
    fs::remove(dir / "drop");
  }
  SECTION("moved away") {
    fs::rename(dir / "drop", dir / "elsewhere");
  }
  CHECK(hint.drain().folder_gone);
}

TEST_CASE("I4h inotify overflow: lost events are told") {
  TempDir dir;
  auto hint = watch(dir.path());
  std::size_t queue = 0;
  std::ifstream("/proc/sys/fs/inotify/max_queued_events") >> queue;
  if (queue == 0 || queue > 200'000) {
    WARN("the kernel's queue is too long to overflow here");
    return;
  }
  // Two names in turn: equal events in a row are merged.
  for (std::size_t at = 0; at < queue + 10; ++at) {
    const int file = ::open((dir / (at % 2 == 0 ? "a" : "b")).c_str(), O_WRONLY | O_CREAT, 0600);
    REQUIRE(file >= 0);
    ::close(file);
  }
  const auto drained = hint.drain();
  CHECK(drained.saw_anything);
  CHECK(drained.overflowed);
}

TEST_CASE("only a folder can be watched") {
  TempDir dir;
  write_file(dir / "file", "x");
  CHECK_FALSE(WatchHint::open(dir / "file"));
  CHECK(WatchHint::open(dir / "absent").error().code() == Errc::not_found);
}
