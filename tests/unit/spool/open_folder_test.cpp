#include "support/temp_dir.hpp"

#include "file_states.hpp"
#include <catch2/catch.hpp>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace devicebatch;
using namespace devicebatch::spool;
using namespace devicebatch::spool::test;
using support::TempDir;
using support::write_file;

namespace fs = std::filesystem;

namespace {

std::string refusal(const fs::path& path) {
  const auto folder = DropFolder::open(path);
  REQUIRE_FALSE(folder);
  CHECK(folder.error().code() == Errc::bad_config);
  return folder.error().message();
}

}  // namespace

TEST_CASE("opening a drop folder makes its subfolders, whatever the umask") {
  TempDir dir;
  const mode_t before = ::umask(0077);
  REQUIRE(DropFolder::open(dir.path()));
  ::umask(before);
  CHECK(mode_of(dir / ".claimed") == 0700);
  for (const char* name : {"acks", "done", "done-with-issues", "rejected"}) {
    CHECK(mode_of(dir / name) == 0750);
  }
  CHECK(entries_in(dir.path()) == 6);
  CHECK(DropFolder::open(dir.path())->path() == dir.path());
}

TEST_CASE("subfolders hand the group of the drop folder on") {
  TempDir dir;
  ::chmod(dir.path().c_str(), 02770);
  REQUIRE(DropFolder::open(dir.path()));
  CHECK(mode_of(dir / "acks") == 02750);
  CHECK(mode_of(dir / ".claimed") == 02700);
}

TEST_CASE("a subfolder keeps the mode an operator gave it, the private one does not") {
  TempDir dir;
  REQUIRE(DropFolder::open(dir.path()));
  ::chmod((dir / "done").c_str(), 0775);
  ::chmod((dir / ".claimed").c_str(), 0755);
  REQUIRE(DropFolder::open(dir.path()));
  CHECK(mode_of(dir / "done") == 0775);
  CHECK(mode_of(dir / ".claimed") == 0700);
}

TEST_CASE("a subfolder whose making was cut short is finished") {
  TempDir dir;
  fs::create_directory(dir / ".acks.making");
  REQUIRE(DropFolder::open(dir.path()));
  CHECK(mode_of(dir / "acks") == 0750);
  CHECK_FALSE(fs::exists(dir / ".acks.making"));
}

TEST_CASE("a folder that is wrong is refused with its fix in the same line") {
  TempDir dir;
  CHECK_THAT(refusal(dir / "absent"), Catch::Contains("does not exist; fix: install -d"));
  write_file(dir / "file", "x");
  CHECK_THAT(refusal(dir / "file"), Catch::Contains("is not a directory"));
  fs::create_directory(dir / "open");
  ::chmod((dir / "open").c_str(), 0777);
  CHECK_THAT(refusal(dir / "open"), Catch::Contains("fix: chmod o-w"));
  ::chmod((dir / "open").c_str(), 01777);
  CHECK(DropFolder::open(dir / "open"));
}

TEST_CASE("a subfolder that is a file or a link is refused") {
  TempDir dir;
  write_file(dir / "acks", "not a folder");
  CHECK_THAT(refusal(dir.path()), Catch::Contains("acks is not a directory; fix: mv"));
  fs::remove(dir / "acks");
  TempDir elsewhere;
  fs::create_directory_symlink(elsewhere.path(), dir / "done");
  CHECK_THAT(refusal(dir.path()), Catch::Contains("done is not a directory"));
}

TEST_CASE("a subfolder on another file system is refused") {
  TempDir dir;
  fs::create_directory(dir / "done");
  if (::mount("none", (dir / "done").c_str(), "tmpfs", 0, "size=64k") != 0) {
    WARN("mounting is not permitted here");
    return;
  }
  const std::string message = refusal(dir.path());
  ::umount((dir / "done").c_str());
  CHECK_THAT(message, Catch::Contains("another file system"));
}

TEST_CASE("a folder this user may not use is refused") {
  if (::geteuid() != 0) {
    WARN("only root can become another user");
    return;
  }
  TempDir dir;
  ::chmod(dir.path().c_str(), 0755);
  fs::create_directory(dir / "readable");
  ::chmod((dir / "readable").c_str(), 0755);
  fs::create_directory(dir / "sticky");
  ::chmod((dir / "sticky").c_str(), 01777);
  fs::create_directory(dir / "grabbed");
  REQUIRE(::chown((dir / "grabbed").c_str(), 65534, 65534) == 0);
  fs::create_directory(dir / "grabbed/.claimed");
  REQUIRE(::chown((dir / "grabbed/.claimed").c_str(), 1234, 1234) == 0);
  // In a child: the real user must not change for the tests that follow.
  const pid_t child = ::fork();
  if (child == 0) {
    const bool is_other = ::setgid(65534) == 0 && ::setuid(65534) == 0;
    const auto says = [&](const char* name, std::string_view what) {
      const auto folder = DropFolder::open(dir / name);
      return !folder && folder.error().code() == Errc::bad_config &&
             folder.error().message().find(what) != std::string::npos;
    };
    const int wrong = (is_other ? 0 : 1) + (says("readable", "may not be written to") ? 0 : 2) +
                      (says("sticky", "chown devicebatchd") ? 0 : 4) +
                      (says("grabbed", "may not be") ? 0 : 8);
    ::_exit(wrong);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("what a crash left half-written is removed, other dot-files are not") {
  TempDir dir;
  REQUIRE(DropFolder::open(dir.path()));
  const std::string leftover = ".x.csv.ack.json.0123abcd-7.part";
  const std::string foreign = ".x.csv.part";
  for (const char* folder : {"acks", ".claimed"}) {
    write_file(dir / folder / leftover, "half");
    write_file(dir / folder / foreign, "theirs");
  }
  REQUIRE(DropFolder::open(dir.path()));
  for (const char* folder : {"acks", ".claimed"}) {
    CHECK_FALSE(fs::exists(dir / folder / leftover));
    CHECK(fs::exists(dir / folder / foreign));
  }
}

TEST_CASE("opening a folder again does not disturb what is being written in it") {
  TempDir dir;
  const auto folder = DropFolder::open(dir.path());
  REQUIRE(folder);
  auto inbound = folder->receive("id__x.csv");
  REQUIRE(inbound);
  REQUIRE((*inbound)->write("row"));
  REQUIRE(DropFolder::open(dir.path()));
  CHECK((*inbound)->commit());
  CHECK(folder->is_claimed("id__x.csv"));
}
