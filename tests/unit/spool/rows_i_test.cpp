// The rows of the fault matrix about writers, odd things in a folder, and the folder itself, as far
// as the folder's own code answers them.
#include "spool/readiness.hpp"
#include "support/temp_dir.hpp"

#include "file_states.hpp"
#include "station.hpp"
#include <catch2/catch.hpp>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>

using namespace devicebatch;
using namespace devicebatch::spool;
using namespace devicebatch::spool::test;
using std::chrono::milliseconds;
using support::read_file;
using support::TempDir;
using support::write_file;

namespace fs = std::filesystem;

namespace {

class Writer {
 public:
  explicit Writer(const fs::path& path) : file_(::open(path.c_str(), O_RDWR | O_CREAT, 0600)) {}
  void write(std::string_view text) const { REQUIRE(file_.write_all(text)); }
  int descriptor() const { return file_.descriptor(); }

 private:
  FileHandle file_;
};

TakenFile taken_of(std::string_view text, UtcTime when) {
  return {text.size(), sha256(text), when};
}

}  // namespace

TEST_CASE("I2h slow writer: a file that somebody has open for writing is not ready") {
  if (::geteuid() != 0) {
    WARN("SKIPPED: leases on other users' files need a capability");
  }
  Station station;
  {
    const Writer writer(station.dir / "x.csv");
    writer.write("serial,hash\n");
    const auto ends = station.folder->read_ends("x.csv");
    REQUIRE(ends);
    CHECK(ends->is_held);
    CHECK(ends->tail == "serial,hash\n");
    // Nobody waits for us: the writer goes on at once.
    writer.write("row\n");
  }
  CHECK_FALSE(station.folder->read_ends("x.csv")->is_held);
}

TEST_CASE("I2h mmap writer: a shared mapping is as good as an open file") {
  Station station;
  write_file(station.dir / "x.csv", "serial,hash\n");
  void* mapped = nullptr;
  {
    const Writer writer(station.dir / "x.csv");
    mapped = ::mmap(nullptr, 12, PROT_READ | PROT_WRITE, MAP_SHARED, writer.descriptor(), 0);
  }
  REQUIRE(mapped != MAP_FAILED);
  CHECK(station.folder->read_ends("x.csv")->is_held);
  ::munmap(mapped, 12);
  CHECK_FALSE(station.folder->read_ends("x.csv")->is_held);
}

TEST_CASE("I2h truncate+rewrite, append after claim: changed after claim = detected by sha/size") {
  Station station;
  const std::string rows = "serial,hash\nrow\n";
  write_file(station.dir / "x.csv", rows);
  const Writer late(station.dir / "x.csv");
  REQUIRE(station.folder->claim("x.csv", "id", state_of(station.dir / "x.csv")));
  const fs::path claimed = station.dir / ".claimed/id";
  const UtcTime later = SystemClock().now_utc() + std::chrono::seconds(1);
  const UtcTime earlier = later - std::chrono::hours(1);
  CHECK(*station.folder->is_as_taken("id", taken_of(rows, later)));
  CHECK(*station.folder->is_as_taken("id", taken_of(rows, earlier)));
  SECTION("appended") {
    REQUIRE(::lseek(late.descriptor(), 0, SEEK_END) > 0);
    late.write("late row\n");
    CHECK_FALSE(*station.folder->is_as_taken("id", taken_of(rows, later)));
  }
  SECTION("cut off") {
    REQUIRE(::ftruncate(late.descriptor(), 5) == 0);
    CHECK_FALSE(*station.folder->is_as_taken("id", taken_of(rows, later)));
  }
  SECTION("written over in the same length, with its time set back") {
    const struct stat before = look(claimed);
    late.write("SERIAL");
    const struct timespec times[2] = {before.st_atim, before.st_mtim};
    REQUIRE(::futimens(late.descriptor(), times) == 0);
    CHECK_FALSE(*station.folder->is_as_taken("id", taken_of(rows, earlier)));
  }
  SECTION("only looked at, or given another mode") {
    ::chmod(claimed.c_str(), 0640);
    CHECK(*station.folder->is_as_taken("id", taken_of(rows, earlier)));
  }
}

TEST_CASE("I2h replace by rename during read: the claim keeps what was claimed") {
  Station station;
  write_file(station.dir / "x.csv", "old");
  REQUIRE(station.folder->claim("x.csv", "id", state_of(station.dir / "x.csv")));
  const auto reading = station.folder->open_claimed("id");
  REQUIRE(reading);
  write_file(station.dir / "new", "new");
  fs::rename(station.dir / "new", station.dir / "x.csv");
  CHECK(*reading->read_part(0, 10) == "old");
  CHECK(read_file(station.dir / "x.csv") == "new");
}

TEST_CASE("I2h NFS silly-rename: `.nfs*` is no input") {
  CHECK(is_ignored_name(".nfs00000000012345"));
}

TEST_CASE(
    "I3h symlink, dangling link, loop, link to /etc/shadow, FIFO, directory named x.csv, "
    "device: odd and never opened") {
  Station station;
  write_file(station.dir / ".target", "x");
  fs::create_symlink(station.dir / ".target", station.dir / "symlink.csv");
  fs::create_symlink("/absent", station.dir / "dangling.csv");
  fs::create_symlink("loop.csv", station.dir / "loop.csv");
  fs::create_symlink("/etc/shadow", station.dir / "shadow.csv");
  REQUIRE(::mkfifo((station.dir / "fifo.csv").c_str(), 0600) == 0);
  fs::create_directory(station.dir / "x.csv");
  Names names{"symlink.csv", "dangling.csv", "loop.csv", "shadow.csv", "fifo.csv", "x.csv"};
  if (::mknod((station.dir / "device.csv").c_str(), S_IFCHR | 0600, 0x0103) == 0) {
    names.push_back("device.csv");
  }
  std::ranges::sort(names);
  auto listing = station.folder->list(100);
  std::ranges::sort(listing->odd);
  CHECK(listing->files.empty());
  CHECK(listing->odd == names);
  for (const std::string& name : names) {
    INFO(name);
    const auto ends = station.folder->read_ends(name);
    REQUIRE_FALSE(ends);
    CHECK(ends.error().code() == Errc::rejected);
    FileState state = state_of(station.dir / name);
    CHECK(station.folder->claim(name, "id", state).error().code() == Errc::rejected);
    CHECK(look(station.dir / name).st_ino != 0);
  }
  CHECK(entries_in(station.dir / ".claimed") == 0);
}

TEST_CASE("I3h mount point: a file system mounted over a name is not taken") {
  Station station;
  write_file(station.dir / "x.csv", "rows");
  TempDir other;
  write_file(other / "file", "other");
  const fs::path path = station.dir / "x.csv";
  if (::mount((other / "file").c_str(), path.c_str(), nullptr, MS_BIND, nullptr) != 0) {
    WARN("SKIPPED: mounting is not permitted here");
    return;
  }
  const auto claimed = station.folder->claim("x.csv", "id", state_of(path));
  ::umount(path.c_str());
  CHECK_FALSE(claimed);
  CHECK(read_file(path) == "rows");
  CHECK(entries_in(station.dir / ".claimed") == 0);
}

TEST_CASE(
    "I3h name with newline, `-rf`, 255 bytes, non-UTF-8, RTL override, case twins: taken "
    "as they are") {
  Station station;
  const Names names{"new\nline.csv", "-rf",   std::string(251, 'n') + ".csv", "\xFF\xFE.csv",
                    "a.csv",         "A.csv", "x\xE2\x80\xAEvsc.exe.csv"};
  for (const std::string& name : names) write_file(station.dir.path() / name, name);
  station.look(0);
  Names ready = station.look(5'000);
  Names expected = names;
  std::ranges::sort(ready);
  std::ranges::sort(expected);
  CHECK(ready == expected);
  int number = 0;
  for (const Sighting& each : station.ready) {
    const std::string claim = "id" + std::to_string(number++);
    REQUIRE(station.folder->claim(each, claim));
    CHECK(read_file(station.dir / ".claimed" / claim) == each.name);
    REQUIRE(station.folder->archive(claim, Place::done, each.name, ""));
  }
  CHECK(entries_in(station.dir / "done") == names.size());
}

TEST_CASE("I3h name with `../`: no file name, wherever it comes from") {
  Station station;
  write_file(station.dir / "x.csv", "rows");
  for (const std::string name : {"..", "../x.csv", "done/../x.csv", "/etc/passwd"}) {
    const Sighting file{name, state_of(station.dir / "x.csv")};
    CHECK(station.folder->read_ends(file).error().code() == Errc::rejected);
    CHECK(station.folder->claim(file, "id").error().code() == Errc::rejected);
    CHECK(station.folder->expire_marker(file).error().code() == Errc::rejected);
  }
}

TEST_CASE("I4h world-writable drop dir, sticky bit missing: refused with the one-line fix") {
  TempDir dir;
  ::chmod(dir.path().c_str(), 0777);
  const auto refused = DropFolder::open(dir.path());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == Errc::bad_config);
  CHECK_THAT(refused.error().message(), Catch::Contains("fix: chmod o-w '" + dir.path().string()));
  CHECK(entries_in(dir.path()) == 0);
  FolderOptions options;
  options.allow_insecure = true;
  CHECK(DropFolder::open(dir.path(), options));
}

TEST_CASE("I4h wrong owner: refused with the one-line fix, unless it is allowed") {
  if (::geteuid() != 0) {
    WARN("SKIPPED: only root can give folders away");
    return;
  }
  TempDir dir;
  REQUIRE(::chown(dir.path().c_str(), 65534, 65534) == 0);
  const auto refused = DropFolder::open(dir.path());
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code() == Errc::bad_config);
  CHECK_THAT(refused.error().message(),
             Catch::Contains("belongs to user 65534") && Catch::Contains("fix: chown root"));
  FolderOptions options;
  options.allow_insecure = true;
  CHECK(DropFolder::open(dir.path(), options));
}

TEST_CASE("I4h 200 000 files at once: what is remembered has a bound, and nothing else grows") {
  ReadinessOptions options;
  options.settle = milliseconds(0);
  Readiness readiness(options);
  for (int round = 0; round < 2; ++round) {
    readiness.begin_look(at(round));
    for (std::uint64_t number = 0; number < 300'000; ++number) {
      readiness.see({"device-" + std::to_string(number) + ".csv", FileState{number, 1, 1, 1}});
    }
    CHECK(readiness.end_look().size() == (round == 0 ? 0 : options.offers));
    CHECK(readiness.remembered() == options.capacity);
    CHECK(readiness.waiting() == 300'000);
  }
}

TEST_CASE("I4h dir removed and recreated: seen as another folder") {
  TempDir dir;
  fs::create_directory(dir / "drop");
  const auto folder = DropFolder::open(dir / "drop");
  REQUIRE(folder);
  CHECK(folder->check_in_place());
  SECTION("removed") {
    fs::remove_all(dir / "drop");
  }
  SECTION("recreated") {
    fs::rename(dir / "drop", dir / "moved");
    fs::create_directory(dir / "drop");
  }
  SECTION("a part of it is gone") {
    fs::remove_all(dir / "drop/done");
  }
  SECTION("a part of it is a link now") {
    fs::rename(dir / "drop/done", dir / "moved");
    fs::create_directory_symlink(dir / "moved", dir / "drop/done");
  }
  SECTION("the claims are gone") {
    fs::remove_all(dir / "drop/.claimed");
  }
  const auto in_place = folder->check_in_place();
  REQUIRE_FALSE(in_place);
  CHECK(in_place.error().code() == Errc::not_found);
}

TEST_CASE("I4h unmounted: what is under the mount point is not taken for the folder") {
  TempDir dir;
  const fs::path path = dir / "share";
  fs::create_directory(path);
  if (::mount("none", path.c_str(), "tmpfs", 0, "size=1m,mode=755") != 0) {
    WARN("SKIPPED: mounting is not permitted here");
    return;
  }
  {
    const auto folder = DropFolder::open(path);
    REQUIRE(folder);
    ::umount2(path.c_str(), MNT_DETACH);
    CHECK_FALSE(folder->check_in_place());
  }
  FolderOptions known;
  known.must_be_known = true;
  const auto opened = DropFolder::open(path, known);
  REQUIRE_FALSE(opened);
  CHECK(opened.error().code() == Errc::not_found);
  CHECK_THAT(opened.error().message(), Catch::Contains("fix: mount it again"));
  CHECK(entries_in(path) == 0);
}

TEST_CASE("I4h a folder that turned read-only is refused, and taken when it is writable again") {
  TempDir dir;
  const fs::path path = dir / "share";
  fs::create_directory(path);
  if (::mount("none", path.c_str(), "tmpfs", 0, "size=1m,mode=755") != 0) {
    WARN("SKIPPED: mounting is not permitted here");
    return;
  }
  {
    const auto folder = DropFolder::open(path);
    REQUIRE(folder);
    write_file(path / "x.csv", "rows");
    const FileState state = state_of(path / "x.csv");
    REQUIRE(::mount("none", path.c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) == 0);
    CHECK(folder->claim("x.csv", "id", state).error().native() == EROFS);
    const auto reopened = DropFolder::open(path);
    REQUIRE_FALSE(reopened);
    CHECK_THAT(reopened.error().message(), Catch::Contains("Read-only file system"));
    REQUIRE(::mount("none", path.c_str(), nullptr, MS_REMOUNT, nullptr) == 0);
    CHECK(folder->claim("x.csv", "id", state));
  }
  ::umount2(path.c_str(), MNT_DETACH);
}
