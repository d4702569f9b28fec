#include "settings/store_secret.hpp"

#include "settings/read_secret.hpp"
#include "support/temp_dir.hpp"

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

using namespace devicebatch;
using namespace devicebatch::settings;
using support::TempDir;

namespace {

std::string held(const std::filesystem::path& path) {
  const Result<Secret> secret = read_secret({"", path.string()}, "");
  return secret ? std::string(secret->reveal()) : secret.error().message();
}

std::string fingerprint_of(std::string text) {
  return Secret(std::move(text)).fingerprint();
}

std::size_t files_in(const TempDir& dir) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(dir.path()),
                                                std::filesystem::directory_iterator()));
}

}  // namespace

TEST_CASE("a stored secret is whole, private, and alone in its folder") {
  TempDir dir;
  const std::string path = dir / "token";
  REQUIRE(store_secret(path, Secret("first")));
  CHECK(held(path) == "first");
  REQUIRE(store_secret(path, Secret("second")));
  CHECK(held(path) == "second");
  struct stat found = {};
  REQUIRE(::stat(path.c_str(), &found) == 0);
  CHECK((found.st_mode & 07777) == 0600);
  CHECK(files_in(dir) == 1);
}

TEST_CASE("owner and group stay when root stores") {
  if (::geteuid() != 0) return;
  TempDir dir;
  const std::string path = dir / "token";
  REQUIRE(::chown(dir.path().c_str(), 12'345, 12'346) == 0);
  REQUIRE(store_secret(path, Secret("first")));
  struct stat found = {};
  REQUIRE(::stat(path.c_str(), &found) == 0);
  CHECK(found.st_uid == 12'345);  // of the folder, while there is no file
  REQUIRE(::chown(path.c_str(), 23'456, 23'457) == 0);
  REQUIRE(store_secret(path, Secret("second")));
  REQUIRE(::stat(path.c_str(), &found) == 0);
  CHECK(found.st_uid == 23'456);
  CHECK(found.st_gid == 23'457);
}

TEST_CASE("what a crash left behind neither harms nor stays") {
  TempDir dir;
  const std::string path = dir / "token";
  REQUIRE(store_secret(path, Secret("old")));
  support::write_file(dir / ".token.new", "ne");  // cut off in the middle of the write
  CHECK(held(path) == "old");
  REQUIRE(store_secret(path, Secret("new")));
  CHECK(held(path) == "new");
  CHECK(files_in(dir) == 1);
}

TEST_CASE("a secret that cannot be stored leaves the old one") {
  TempDir dir;
  const std::string path = dir / "token";
  REQUIRE(store_secret(path, Secret("old")));
  SECTION("somebody else holds the folder") {
    const int folder = ::open(dir.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    REQUIRE(::flock(folder, LOCK_EX) == 0);
    CHECK(store_secret(path, Secret("new")).error().code() == Errc::busy);
    ::close(folder);
  }
  SECTION("a folder stands where the file is to be written") {
    std::filesystem::create_directory(dir / ".token.new");
    const auto stored = store_secret(path, Secret("new"));
    REQUIRE_FALSE(stored);
    CHECK_THAT(stored.error().message(), Catch::Contains(".token.new"));
  }
  SECTION("the folder cannot be written") {
    if (::geteuid() == 0) return;  // root writes everywhere
    ::chmod(dir.path().c_str(), 0500);
    CHECK_FALSE(store_secret(path, Secret("new")));
    ::chmod(dir.path().c_str(), 0700);
  }
  CHECK(held(path) == "old");
}

TEST_CASE("a folder that is missing is said") {
  TempDir dir;
  const auto stored = store_secret(dir / "absent/token", Secret("x"));
  REQUIRE_FALSE(stored);
  CHECK_THAT(stored.error().message(), Catch::Contains("absent/: No such file"));
}

TEST_CASE("a secret that somebody else replaced meanwhile is not overwritten") {
  TempDir dir;
  const std::string path = dir / "token";
  REQUIRE(replace_secret(path, Secret("first"), std::nullopt));
  CHECK(replace_secret(path, Secret("x"), std::nullopt).error().code() == Errc::busy);
  REQUIRE(store_secret(path, Secret("from a login")));
  CHECK(replace_secret(path, Secret("x"), fingerprint_of("first")).error().code() == Errc::busy);
  CHECK(held(path) == "from a login");
  REQUIRE(replace_secret(path, Secret("next"), fingerprint_of("from a login")));
  CHECK(held(path) == "next");
}

namespace {

// Stores one and the other for ever, and a byte into the pipe before each.
[[noreturn]] void store_for_ever(const std::string& path, int pipe, const std::string& even,
                                 const std::string& odd) {
  for (bool is_even = true;; is_even = !is_even) {
    if (::write(pipe, "x", 1) != 1) ::_exit(1);
    (void)store_secret(path, Secret(std::string(is_even ? even : odd)));
  }
}

}  // namespace

TEST_CASE("a writer that is killed at any moment leaves a whole secret") {
  TempDir dir;
  const std::string path = dir / "token";
  const std::string even(3'000, 'e');
  const std::string odd(5'000, 'o');
  REQUIRE(store_secret(path, Secret(std::string(even))));
  for (int round = 0; round < 40; ++round) {
    int pipe[2];
    REQUIRE(::pipe2(pipe, O_CLOEXEC) == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) store_for_ever(path, pipe[1], even, odd);
    char byte = 0;
    for (int stores = 0; stores <= round % 5; ++stores) REQUIRE(::read(pipe[0], &byte, 1) == 1);
    // Some way into the store that has begun.
    for (int spin = 0; spin < round; ++spin) REQUIRE_FALSE(fingerprint_of(even).empty());
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    ::close(pipe[0]);
    ::close(pipe[1]);
    const std::string found = held(path);
    CHECK((found == even || found == odd));
  }
  REQUIRE(store_secret(path, Secret("last")));
  CHECK(files_in(dir) == 1);
}
