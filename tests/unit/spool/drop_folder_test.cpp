#include "spool/drop_folder.hpp"

#include "spool/watch_hint.hpp"
#include "support/temp_dir.hpp"

#include "file_states.hpp"
#include <catch2/catch.hpp>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

using namespace devicebatch;
using namespace devicebatch::spool;
using namespace devicebatch::spool::test;
using support::read_file;
using support::TempDir;
using support::write_file;

namespace fs = std::filesystem;

namespace {

std::vector<std::string> names_of(const Listing& listing) {
  std::vector<std::string> names;
  for (const Sighting& sighting : listing.files) names.push_back(sighting.name);
  std::ranges::sort(names);
  return names;
}

std::vector<std::string> sorted(std::vector<std::string> names) {
  std::ranges::sort(names);
  return names;
}

void make_socket(const fs::path& path) {
  const int handle = ::socket(AF_UNIX, SOCK_STREAM, 0);
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  path.string().copy(address.sun_path, sizeof address.sun_path - 1);
  REQUIRE(::bind(handle, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  ::close(handle);
}

}  // namespace

TEST_CASE("a listing shows regular files with their state and nothing of ours") {
  TempDir dir;
  const auto folder = open_folder(dir);
  write_file(dir / "a.csv", "12345");
  write_file(dir / ".hidden", "x");
  write_file(dir / "b.csv.part", "x");
  write_file(dir / "a.csv.ack.json", "{}");
  const auto listing = folder.list(100);
  REQUIRE(listing);
  REQUIRE(listing->files.size() == 1);
  CHECK(listing->files[0].name == "a.csv");
  CHECK(listing->files[0].state == state_of(dir / "a.csv"));
  CHECK(listing->files[0].state.bytes == 5);
  CHECK(listing->ignored == 3);
  CHECK(listing->odd.empty());
  CHECK(listing->is_complete);
}

TEST_CASE("I3h socket: links, FIFOs, sockets and folders are odd, whatever they are called") {
  TempDir dir;
  TempDir elsewhere;
  const auto folder = open_folder(dir);
  write_file(elsewhere / "secret.csv", "secret");
  fs::create_symlink(elsewhere / "secret.csv", dir / "link.csv");
  fs::create_symlink("/absent/file", dir / "dangling.csv");
  REQUIRE(::mkfifo((dir / "fifo.csv").c_str(), 0600) == 0);
  make_socket(dir / "socket.csv");
  fs::create_directory(dir / "folder.csv");
  const auto listing = folder.list(100);
  REQUIRE(listing);
  CHECK(listing->files.empty());
  CHECK(sorted(listing->odd) == std::vector<std::string>{"dangling.csv", "fifo.csv", "folder.csv",
                                                         "link.csv", "socket.csv"});
  for (const std::string& name : listing->odd) {
    const auto ends = folder.read_ends(name);
    REQUIRE_FALSE(ends);
    CHECK(ends.error().code() == Errc::rejected);
    const auto claim = folder.claim(name, "id__" + name, state_of(dir / name));
    REQUIRE_FALSE(claim);
    CHECK(claim.error().code() == Errc::rejected);
    CHECK(look(dir / name).st_ino != 0);
  }
  CHECK(folder.list(2)->odd.size() == 2);
}

TEST_CASE("names are bytes: newlines, 255 of them and invalid UTF-8 are listed and claimed") {
  TempDir dir;
  const auto folder = open_folder(dir);
  const std::vector<std::string> names = {std::string(255, 'n'), "line\nbreak.csv",
                                          "\xFF\xFE bad.csv", "-rf", " leading.csv"};
  for (const std::string& name : names) write_file(dir.path() / name, name);
  const auto listing = folder.list(100);
  REQUIRE(listing);
  CHECK(names_of(*listing) == sorted(names));
  int number = 0;
  for (const Sighting& each : listing->files) {
    const std::string claim_name = "id" + std::to_string(number++);
    REQUIRE(folder.claim(each.name, claim_name, each.state));
    CHECK(read_file(dir / ".claimed" / claim_name) == each.name);
  }
}

TEST_CASE("a listing stops at its limit and says so") {
  TempDir dir;
  const auto folder = open_folder(dir);
  for (int at = 0; at < 10; ++at) write_file(dir / ("f" + std::to_string(at)), "x");
  CHECK(folder.list(10)->is_complete);
  const auto cut = folder.list(9);
  CHECK(cut->files.size() == 9);
  CHECK_FALSE(cut->is_complete);
}

TEST_CASE("the ends of a file overlap when it is short and are bounded when it is long") {
  TempDir dir;
  const auto folder = open_folder(dir);
  write_file(dir / "short.csv", "abc\n");
  const auto small = folder.read_ends("short.csv");
  REQUIRE(small);
  CHECK(small->head == "abc\n");
  CHECK(small->tail == "abc\n");
  write_file(dir / "empty.csv", "");
  CHECK(folder.read_ends("empty.csv")->head.empty());
  write_file(dir / "long.csv", std::string(50'000, 'a') + std::string(50'000, 'z'));
  const auto large = folder.read_ends("long.csv");
  REQUIRE(large);
  CHECK(large->head == std::string(8 * 1024, 'a'));
  CHECK(large->tail == std::string(16 * 1024, 'z'));
  CHECK(folder.read_ends("absent").error().code() == Errc::not_found);
}

TEST_CASE("a claim moves the file as it is") {
  TempDir dir;
  const auto folder = open_folder(dir);
  write_file(dir / "x.csv", "rows");
  ::chmod((dir / "x.csv").c_str(), 0604);
  REQUIRE(folder.claim("x.csv", "id__x.csv", state_of(dir / "x.csv")));
  REQUIRE(folder.sync_claims());
  CHECK_FALSE(folder.is_waiting("x.csv"));
  CHECK(folder.is_claimed("id__x.csv"));
  CHECK(*folder.list_claimed() == std::vector<std::string>{"id__x.csv"});
  CHECK(mode_of(dir / ".claimed/id__x.csv") == 0604);
  const auto file = folder.open_claimed("id__x.csv");
  REQUIRE(file);
  std::string text(10, ' ');
  CHECK(file->read(text) == 4);
  CHECK(text.substr(0, 4) == "rows");
}

TEST_CASE("a file is claimed once") {
  TempDir dir;
  const auto folder = open_folder(dir);
  write_file(dir / "x.csv", "rows");
  const FileState state = state_of(dir / "x.csv");
  REQUIRE(folder.claim("x.csv", "one", state));
  CHECK(folder.claim("x.csv", "two", state).error().code() == Errc::not_found);
  write_file(dir / "x.csv", "other");
  CHECK(folder.claim("x.csv", "one", state_of(dir / "x.csv")).error().code() == Errc::busy);
  CHECK(read_file(dir / ".claimed/one") == "rows");
  CHECK(read_file(dir / "x.csv") == "other");
}

TEST_CASE("a file that changed since it was seen is left alone") {
  TempDir dir;
  const auto folder = open_folder(dir);
  write_file(dir / "x.csv", "rows");
  const FileState seen = state_of(dir / "x.csv");
  std::ofstream(dir / "x.csv", std::ios::app) << "more";
  auto hint = WatchHint::open(dir.path());
  REQUIRE(hint);
  CHECK(folder.claim("x.csv", "id", seen).error().code() == Errc::busy);
  CHECK(folder.is_waiting("x.csv"));
  CHECK(entries_in(dir / ".claimed") == 0);
  CHECK_FALSE(hint->drain().saw_anything);
}

TEST_CASE("names that could lead out of the folder are refused") {
  TempDir dir;
  const auto folder = open_folder(dir);
  write_file(dir / "x.csv", "rows");
  const FileState state = state_of(dir / "x.csv");
  for (const std::string name : {"", ".", "..", "../x", "a/b"}) {
    CHECK(folder.claim(name, "id", state).error().code() == Errc::rejected);
    CHECK(folder.claim("x.csv", name, state).error().code() == Errc::rejected);
    CHECK(folder.read_ends(name).error().code() == Errc::rejected);
    CHECK_FALSE(folder.receive(name));
    CHECK_FALSE(folder.create_result(Place::done, name));
    CHECK_FALSE(folder.archive_name(Place::done, name, "tag"));
    CHECK_FALSE(folder.archive(name, Place::done, "x", ""));
    CHECK_FALSE(folder.archive("id", Place::done, name, ""));
    CHECK_FALSE(folder.is_waiting(name));
    CHECK_FALSE(folder.is_claimed(name));
  }
  CHECK(folder.claim("x.csv", ".id", state).error().code() == Errc::rejected);
}

TEST_CASE("the folder that was opened is used, even when another takes its path") {
  TempDir dir;
  fs::create_directory(dir / "drop");
  const auto folder = DropFolder::open(dir / "drop");
  REQUIRE(folder);
  fs::rename(dir / "drop", dir / "moved");
  fs::create_directory(dir / "drop");
  write_file(dir / "moved/x.csv", "rows");
  CHECK(folder->list(10)->files.size() == 1);
}

TEST_CASE("many files are listed quickly and completely") {
  TempDir dir;
  const auto folder = open_folder(dir);
  for (int at = 0; at < 12'000; ++at) {
    const int made = ::creat((dir / ("f" + std::to_string(at) + ".csv")).c_str(), 0600);
    REQUIRE(made >= 0);
    ::close(made);
  }
  const auto listing = folder.list(20'000);
  REQUIRE(listing);
  CHECK(listing->files.size() == 12'000);
}
