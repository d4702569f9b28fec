// What lies in wait in a drop folder: one test for each hazard of a field survey, as far as the
// folder's own code answers it. What needs the whole service is tested with the whole service.
#include "spool/readiness.hpp"
#include "support/temp_dir.hpp"

#include "file_states.hpp"
#include "station.hpp"
#include <catch2/catch.hpp>
#include <fcntl.h>

#include <algorithm>
#include <fstream>

using namespace devicebatch;
using namespace devicebatch::spool;
using namespace devicebatch::spool::test;
using std::chrono::milliseconds;
using support::read_file;
using support::TempDir;
using support::write_file;

namespace fs = std::filesystem;

TEST_CASE("7.2 copy in progress under final name: waits until two looks agree") {
  Station station;
  write_file(station.dir / "x.csv", "half");
  CHECK(station.look(0).empty());
  write_file(station.dir / "x.csv", "half and more");
  CHECK(station.look(6'000).empty());
  CHECK(station.look(11'000) == Names{"x.csv"});
}

TEST_CASE("7.2 final size visible before data: a write without growth starts the wait again") {
  Station station;
  write_file(station.dir / "x.csv", std::string(8, '\0'));
  station.look(0);
  std::fstream(station.dir / "x.csv", std::ios::in | std::ios::out) << "rows";
  CHECK(station.look(6'000).empty());
  CHECK(station.folder->read_ends("x.csv")->tail.substr(0, 4) == "rows");
}

TEST_CASE("7.2 share hiccup looks like all files gone, then all new: nobody's age starts again") {
  Station station;
  for (int number = 0; number < 20; ++number) {
    write_file(station.dir / ("f" + std::to_string(number)), "x");
  }
  station.look(0);
  CHECK(station.readiness.look({}, at(2'000)).empty());
  CHECK(station.readiness.waiting() == 0);
  CHECK(station.look(5'000).size() == 20);
}

TEST_CASE("7.2 share hiccup: a share that gives other inode numbers afterwards tells no news") {
  ReadinessOptions options;
  options.is_network = true;
  Readiness readiness(options);
  const Sighting before{"x.csv", FileState{1, 10, 100, 100}};
  const Sighting after{"x.csv", FileState{2, 10, 100, 0}};
  readiness.look({before}, at(0));
  readiness.look({}, at(2'000));
  CHECK(readiness.look({after}, at(5'000)).size() == 1);
  CHECK(readiness.look({after}, at(5'001)).front().state == after.state);
}

TEST_CASE("7.2 stale attributes on NFS: the open file decides, not the listing") {
  ReadinessOptions options;
  options.is_network = true;
  Readiness readiness(options);
  const Sighting stale{"x.csv", FileState{1, 10, 100, 100}};
  readiness.look({stale}, at(0));
  REQUIRE(readiness.look({stale}, at(5'000)).size() == 1);
  CHECK_FALSE(readiness.confirm(stale, FileState{1, 20, 200, 200}, at(5'000)));
  const Sighting fresh{"x.csv", FileState{1, 20, 200, 200}};
  CHECK(readiness.look({fresh}, at(9'999)).empty());
  REQUIRE(readiness.look({fresh}, at(10'000)).size() == 1);
  CHECK(readiness.confirm(fresh, fresh.state, at(10'000)));
}

TEST_CASE("7.2 stale attributes on NFS: a claim opens the file before it believes its state") {
  TempDir dir;
  FolderOptions options;
  options.is_network = true;
  const auto folder = DropFolder::open(dir.path(), options);
  REQUIRE(folder);
  write_file(dir / "x.csv", "rows");
  const FileState seen = state_of(dir / "x.csv");
  write_file(dir / "x.csv", "more rows");
  CHECK(folder->claim("x.csv", "id__x.csv", seen).error().code() == Errc::busy);
  REQUIRE(folder->claim("x.csv", "id__x.csv", state_of(dir / "x.csv")));
}

TEST_CASE("7.2 writer's clock differs from ours: age from our first sighting, not mtime") {
  const auto days = GENERATE(-20'000, 20'000);
  Station station;
  write_file(station.dir / "x.csv", "rows");
  const auto now = std::chrono::floor<std::chrono::seconds>(SystemClock().now_utc());
  const auto then = (now + std::chrono::days(days)).time_since_epoch().count();
  const struct timespec times[2] = {{then, 0}, {then, 0}};
  REQUIRE(::utimensat(AT_FDCWD, (station.dir / "x.csv").c_str(), times, 0) == 0);
  CHECK(station.look(0).empty());
  CHECK(station.look(4'999).empty());
  CHECK(station.look(5'000) == Names{"x.csv"});
}

TEST_CASE("7.2 SMB sharing violation: not ready, retry quietly, told once when it lasts") {
  Readiness readiness(milliseconds(0), milliseconds(600'000));
  const Sighting file{"x.csv", FileState{1, 10, 100, 100}};
  constexpr milliseconds kLasting(10'000);
  readiness.look({file}, at(0));
  REQUIRE(readiness.look({file}, at(0)).size() == 1);
  CHECK_FALSE(readiness.is_lasting(file, at(0), kLasting));
  CHECK(readiness.look({file}, at(500)).empty());
  CHECK(readiness.next_look() == at(1'000));
  REQUIRE(readiness.look({file}, at(1'000)).size() == 1);
  CHECK_FALSE(readiness.is_lasting(file, at(1'000), kLasting));
  CHECK(readiness.is_lasting(file, at(10'000), kLasting));
  CHECK_FALSE(readiness.is_lasting(file, at(20'000), kLasting));
  // It works again: the next trouble is new.
  readiness.reached(file);
  CHECK_FALSE(readiness.is_lasting(file, at(30'000), kLasting));
  CHECK(readiness.is_lasting(file, at(40'000), kLasting));
}

TEST_CASE("7.2 SMB sharing violation: EACCES, EBUSY, ETXTBSY and EAGAIN are all not now") {
  for (const int number : {EBUSY, ETXTBSY, EAGAIN}) {
    CHECK(system_error(number, "open").code() == Errc::busy);
  }
  CHECK(system_error(EACCES, "open").code() == Errc::forbidden);
}

TEST_CASE("7.2 same name reused for the next unit: claim by rename to a unique name at once") {
  Station station;
  write_file(station.dir / "x.csv", "first");
  REQUIRE(station.folder->claim("x.csv", "1__x.csv", state_of(station.dir / "x.csv")));
  write_file(station.dir / "x.csv", "second");
  REQUIRE(station.folder->claim("x.csv", "2__x.csv", state_of(station.dir / "x.csv")));
  CHECK(read_file(station.dir / ".claimed/1__x.csv") == "first");
  CHECK(read_file(station.dir / ".claimed/2__x.csv") == "second");
}

TEST_CASE("7.2 directory with 100k files: bounded batch per scan, oldest sighting first") {
  ReadinessOptions options;
  options.settle = milliseconds(0);
  options.offers = 100;
  Readiness readiness(options);
  std::vector<Sighting> all;
  for (std::uint64_t number = 0; number < 1'000; ++number) {
    all.push_back({"f" + std::to_string(number), FileState{number, 1, 1, 1}});
  }
  readiness.look({all.begin() + 900, all.end()}, at(0));
  readiness.look(all, at(1));
  const std::vector<Sighting> ready = readiness.look(all, at(2));
  REQUIRE(ready.size() == 100);
  CHECK(std::ranges::all_of(ready, [](const Sighting& each) { return each.state.inode >= 900; }));
  CHECK(readiness.waiting() == 1'000);
  for (const Sighting& each : ready) readiness.forget(each);
  CHECK(readiness.remembered() == 900);
}

TEST_CASE("7.2 directory with 100k files: more names than there is room for wait their turn") {
  ReadinessOptions options;
  options.settle = milliseconds(0);
  options.capacity = 10;
  Readiness readiness(options);
  std::vector<Sighting> all;
  for (std::uint64_t number = 0; number < 25; ++number) {
    all.push_back({"f" + std::to_string(number), FileState{number, 1, 1, 1}});
  }
  std::size_t taken = 0;
  for (int look = 0; look < 8 && !all.empty(); ++look) {
    for (const Sighting& each : readiness.look(all, at(look))) {
      readiness.forget(each);
      std::erase_if(all, [&](const Sighting& other) { return other.name == each.name; });
      ++taken;
    }
    CHECK(readiness.remembered() <= 10);
  }
  CHECK(taken == 25);
}

TEST_CASE(
    "7.2 junk: `Thumbs.db`, `desktop.ini`, `.DS_Store`, `._*`, `~$*`, `~*.tmp`, `.nfs*`, "
    "`*.lnk` are ignored") {
  Station station;
  const Names junk{"Thumbs.db", "desktop.ini", ".DS_Store",  "._x.csv",
                   "~$x.csv",   "~wrl1.tmp",   ".nfs000123", "folder.lnk"};
  for (const std::string& name : junk) write_file(station.dir / name, "x");
  const auto listing = station.folder->list(100);
  CHECK(listing->files.empty());
  CHECK(listing->ignored == junk.size());
}

TEST_CASE(
    "readiness rename: dot-names and `.tmp .part .partial .filepart .crdownload .download "
    ".incomplete .inprogress .writing .uploading` are ignored, a final name is ready at once") {
  ReadinessOptions options;
  options.is_ready_at_sight = true;
  Station station(options);
  for (const char* suffix : {".tmp", ".part", ".partial", ".filepart", ".crdownload", ".download",
                             ".incomplete", ".inprogress", ".writing", ".uploading"}) {
    write_file(station.dir / ("x.csv" + std::string(suffix)), "x");
  }
  write_file(station.dir / ".x.csv", "x");
  CHECK(station.look(0).empty());
  fs::rename(station.dir / "x.csv.part", station.dir / "x.csv");
  CHECK(station.look(1) == Names{"x.csv"});
}
