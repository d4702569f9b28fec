// An archive on another file system: what a rename does in one step takes several.
#include "support/temp_dir.hpp"

#include "claimed_file.hpp"
#include "file_states.hpp"
#include <catch2/catch.hpp>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <iostream>

using namespace devicebatch;
using namespace devicebatch::spool;
using namespace devicebatch::spool::test;
using support::read_file;
using support::TempDir;
using support::write_file;

namespace fs = std::filesystem;

namespace {

const std::string kNote = "." + kTag + ".moving";
const std::string kCopy = "." + kTag + ".copying";

// A folder that lies on another file system than `dir`: a fresh one where mounting is permitted,
// else below /dev/shm.
class Elsewhere {
 public:
  explicit Elsewhere(const TempDir& dir) {
    const fs::path mount = dir / "archive";
    fs::create_directory(mount);
    if (::mount("none", mount.c_str(), "tmpfs", 0, "size=16m,mode=755") == 0) {
      path_ = mount;
      is_mounted_ = true;
      return;
    }
    std::string name = "/dev/shm/devicebatch-XXXXXX";
    if (::mkdtemp(name.data()) != nullptr) path_ = name;
    if (!path_.empty() && look(path_).st_dev == look(dir.path()).st_dev) {
      fs::remove(path_);
      path_.clear();
    }
  }
  ~Elsewhere() {
    if (is_mounted_) {
      ::umount2(path_.c_str(), MNT_DETACH);
    } else if (!path_.empty()) {
      std::error_code ignored;
      fs::remove_all(path_, ignored);
    }
  }
  Elsewhere(const Elsewhere&) = delete;
  Elsewhere& operator=(const Elsewhere&) = delete;

  const fs::path& path() const { return path_; }
  bool is_there() const {
    if (path_.empty()) {
      std::cerr << "SKIPPED: no second file system: mounting is not permitted, and /dev/shm is "
                   "not one either\n";
      WARN("SKIPPED: no second file system here");
    }
    return !path_.empty();
  }

 private:
  fs::path path_;
  bool is_mounted_ = false;
};

struct ClaimedElsewhere {
  ClaimedElsewhere() : archive(dir) {
    fs::create_directory(dir / "drop");
    open();
    write_file(dir / "drop/.claimed" / kClaim, "rows");
    write_file(archive.path() / "acks" / kAck, "{}");
  }
  void open() {
    FolderOptions options;
    options.archive_path = archive.path();
    options.has_markers = true;
    auto opened = DropFolder::open(dir / "drop", options);
    REQUIRE(opened);
    folder = std::make_unique<DropFolder>(std::move(*opened));
  }
  fs::path claim() const { return dir / "drop/.claimed" / kClaim; }
  fs::path done(const std::string& name) const { return archive.path() / "done" / name; }
  TempDir dir;
  Elsewhere archive;
  std::unique_ptr<DropFolder> folder;
};

void check_archived(const ClaimedElsewhere& at, const std::string& name, const std::string& text) {
  CHECK(entries_in(at.dir / "drop/.claimed") == 0);
  CHECK(entries_in(at.archive.path() / "acks") == 0);
  CHECK(read_file(at.done(name)) == text);
  CHECK(read_file(at.done(name + ".ack.json")) == "{}");
}

bool has_second_file_system() {
  const TempDir dir;
  return Elsewhere(dir).is_there();
}

}  // namespace

TEST_CASE("an archive elsewhere has all folders but .claimed/, which stays with the input") {
  if (!has_second_file_system()) return;
  ClaimedElsewhere at;
  CHECK(entries_in(at.dir / "drop") == 1);
  for (const char* name : {"acks", "done", "done-with-issues", "rejected", "quarantine"}) {
    CHECK(fs::is_directory(at.archive.path() / name));
  }
  CHECK(at.folder->check_in_place());
}

TEST_CASE("rename across filesystems is a copy: copy, fsync, verify, rename, then remove") {
  if (!has_second_file_system()) return;
  ClaimedElsewhere at;
  ::chmod(at.claim().c_str(), 0640);
  const struct timespec times[2] = {{1'000'000, 0}, {2'000'000, 345}};
  REQUIRE(::utimensat(AT_FDCWD, at.claim().c_str(), times, 0) == 0);
  const auto name = at.folder->archive_name(Place::done, "x.csv", kTag);
  REQUIRE(name);
  REQUIRE(at.folder->archive(kClaim, Place::done, *name, kAck));
  check_archived(at, "x.csv", "rows");
  CHECK(entries_in(at.archive.path() / "done") == 2);
  CHECK(mode_of(at.done("x.csv")) == 0640);
  CHECK(look(at.done("x.csv")).st_mtim.tv_sec == 2'000'000);
  CHECK(look(at.done("x.csv")).st_mtim.tv_nsec == 345);
}

TEST_CASE("a crash at each step of the move replays to the same result") {
  if (!has_second_file_system()) return;
  ClaimedElsewhere at;
  const fs::path copy = at.archive.path() / "done" / kCopy;
  const fs::path note = at.dir / "drop/.claimed" / kNote;
  SECTION("half of the copy is written") {
    write_file(copy, "ro");
  }
  SECTION("the copy is whole, and nothing says so") {
    write_file(copy, "rows");
  }
  SECTION("the note is half written") {
    write_file(copy, "rows");
    write_file(note, "x.c");
  }
  SECTION("the note is written") {
    write_file(copy, "rows");
    write_file(note, "x.csv");
  }
  SECTION("the copy has its name") {
    write_file(at.done("x.csv"), "rows");
    write_file(note, "x.csv");
  }
  SECTION("the claim is removed") {
    fs::remove(at.claim());
    write_file(at.done("x.csv"), "rows");
    write_file(note, "x.csv");
  }
  SECTION("the note is removed") {
    fs::remove(at.claim());
    write_file(at.done("x.csv"), "rows");
  }
  SECTION("the acknowledgement is moved") {
    REQUIRE(at.folder->archive(kClaim, Place::done, "x.csv", kAck));
  }
  at.open();
  const auto name = at.folder->archive_name(Place::done, "x.csv", kTag);
  REQUIRE(name);
  CHECK(*name == "x.csv");
  REQUIRE(at.folder->archive(kClaim, Place::done, *name, kAck));
  check_archived(at, "x.csv", "rows");
  CHECK(entries_in(at.archive.path() / "done") == 2);
}

TEST_CASE("a stranger's file of the same name is kept, also where ours was cut short") {
  if (!has_second_file_system()) return;
  ClaimedElsewhere at;
  write_file(at.done("x.csv"), "older");
  SECTION("before anything was copied") {}
  SECTION("after the copy") {
    write_file(at.archive.path() / "done" / kCopy, "rows");
  }
  SECTION("our copy was removed, and its note is left") {
    write_file(at.dir / "drop/.claimed" / kNote, "x.csv");
    CHECK(at.folder->archive(kClaim, Place::done, "x.csv", kAck).error().code() == Errc::busy);
  }
  const auto name = at.folder->archive_name(Place::done, "x.csv", kTag);
  REQUIRE(name);
  CHECK(*name == tagged_name("x.csv", kTag));
  REQUIRE(at.folder->archive(kClaim, Place::done, *name, kAck));
  check_archived(at, *name, "rows");
  CHECK(read_file(at.done("x.csv")) == "older");
}

TEST_CASE("a file that changes while it is copied stays claimed") {
  if (!has_second_file_system()) return;
  ClaimedElsewhere at;
  const DropFolder::Filter filter = [&](const FileHandle& input, const DropFolder::Sink& sink) {
    auto text = input.read_part(0, 100);
    write_file(at.claim(), "rows and more");
    return sink(*text);
  };
  const ToArchive one{kClaim, Place::quarantine, "x.csv", kAck};
  CHECK(at.folder->archive_redacted(one, filter).error().code() == Errc::busy);
  CHECK(read_file(at.claim()) == "rows and more");
  CHECK(entries_in(at.archive.path() / "quarantine") == 0);
}

TEST_CASE("markers, receipts and large inputs go elsewhere as well") {
  if (!has_second_file_system()) return;
  ClaimedElsewhere at;
  const std::string large(3'000'000, 'r');
  write_file(at.claim(), large);
  write_file(at.dir / "drop/.claimed" / ("." + kClaim + ".done"), "3000000");
  const std::vector<NamedText> results{{"x.csv.result.json", "{}"}};
  REQUIRE(at.folder->write_results(Place::done, results));
  REQUIRE(at.folder->archive(kClaim, Place::done, "x.csv", kAck));
  check_archived(at, "x.csv", large);
  CHECK(read_file(at.done("x.csv.done")) == "3000000");
  CHECK(read_file(at.done("x.csv.result.json")) == "{}");
}

TEST_CASE("D7 result/done dir missing, read-only, same name already there: told, nothing is lost") {
  if (!has_second_file_system()) return;
  ClaimedElsewhere at;
  SECTION("missing") {
    fs::remove_all(at.archive.path() / "done");
    CHECK_FALSE(at.folder->check_in_place());
    CHECK_FALSE(at.folder->archive(kClaim, Place::done, "x.csv", kAck));
    CHECK(read_file(at.claim()) == "rows");
    at.open();
  }
  SECTION("read-only") {
    const fs::path path = at.archive.path();
    if (::mount("none", path.c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) != 0) {
      WARN("SKIPPED: remounting is not permitted here");
      return;
    }
    CHECK_FALSE(at.folder->archive(kClaim, Place::done, "x.csv", kAck));
    FolderOptions options;
    options.archive_path = path;
    const auto opened = DropFolder::open(at.dir / "drop", options);
    REQUIRE_FALSE(opened);
    CHECK_THAT(opened.error().message(), Catch::Contains("Read-only file system"));
    REQUIRE(::mount("none", path.c_str(), nullptr, MS_REMOUNT, nullptr) == 0);
    CHECK(read_file(at.claim()) == "rows");
  }
  REQUIRE(at.folder->archive(kClaim, Place::done, "x.csv", kAck));
  check_archived(at, "x.csv", "rows");
}

TEST_CASE("D1 ENOSPC in the archive: the input stays where it is and no half copy is left") {
  if (!has_second_file_system()) return;
  ClaimedElsewhere at;
  write_file(at.claim(), std::string(32'000'000, 'r'));
  const auto archived = at.folder->archive(kClaim, Place::done, "x.csv", kAck);
  if (archived) return;  // /dev/shm has room
  CHECK(archived.error().code() == Errc::full);
  CHECK(fs::file_size(at.claim()) == 32'000'000);
  CHECK(entries_in(at.archive.path() / "done") == 0);
}
