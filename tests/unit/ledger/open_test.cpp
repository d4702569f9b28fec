#include "ledger/open.hpp"

#include "unit/ledger/ledger_desk.hpp"
#include <catch2/catch.hpp>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

using namespace devicebatch;
using namespace devicebatch::ledger;
using Catch::Matchers::Contains;

namespace {

Result<std::unique_ptr<Ledger>> try_open(const std::string& path) {
  SeededRandom random(1);
  return open_ledger(path, random);
}

void run_sql(const std::string& path, const std::string& sql) {
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open(path.c_str(), &db) == SQLITE_OK);
  CHECK(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(db);
}

}  // namespace

TEST_CASE("a ledger is made private and keeps its key seed") {
  support::TempDir folder;
  const std::string path = folder / "ledger.db";
  const mode_t old_mask = umask(0);
  std::uint64_t seed = ok(try_open(path))->key_seed();
  umask(old_mask);
  struct stat state {};
  REQUIRE(stat(path.c_str(), &state) == 0);
  CHECK((state.st_mode & 0777) == 0600);
  CHECK(seed != 0);
  SeededRandom other(2);
  CHECK(ok(open_ledger(path, other))->key_seed() == seed);
}

TEST_CASE("an empty file becomes a ledger") {
  support::TempDir folder;
  support::write_file(folder / "ledger.db", "");
  CHECK(try_open(folder / "ledger.db"));
}

TEST_CASE("a ledger needs its directory") {
  support::TempDir folder;
  const auto opened = try_open(folder / "missing/ledger.db");
  CHECK(error_of(opened) == Errc::bad_config);
  CHECK_THAT(opened.error().message(), Contains("make its directory"));
}

TEST_CASE("a second opener is refused, in this process and in another") {
  LedgerDesk desk;
  const auto second = try_open(desk.path());
  CHECK(error_of(second) == Errc::busy);
  CHECK_THAT(second.error().message(), Contains("another process holds it"));
  const pid_t child = fork();
  if (child == 0) {
    const auto opened = try_open(desk.path());
    _exit(!opened && opened.error().code() == Errc::busy ? 0 : 1);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  desk.submission("a.csv", BatchBuilder(desk->key_seed()).devices(1, 1));
  desk.close();
  CHECK(try_open(desk.path()));
}

TEST_CASE("a file that is no ledger is refused and left alone") {
  support::TempDir folder;
  const std::string path = folder / "ledger.db";
  SECTION("text") {
    const std::string text(5'000, 'x');
    support::write_file(path, text);
    const auto opened = try_open(path);
    CHECK(error_of(opened) == Errc::bad_config);
    CHECK_THAT(opened.error().message(), Contains("is no ledger"));
    CHECK(support::read_file(path) == text);
  }
  SECTION("another program's database") {
    run_sql(path, "CREATE TABLE t(x); INSERT INTO t VALUES(1)");
    const auto opened = try_open(path);
    CHECK(error_of(opened) == Errc::bad_config);
    CHECK_THAT(opened.error().message(), Contains("another program"));
  }
}

TEST_CASE("a newer schema is refused") {
  LedgerDesk desk;
  desk.close();
  run_sql(desk.path(), "PRAGMA user_version = 99");
  const auto opened = try_open(desk.path());
  CHECK(error_of(opened) == Errc::bad_config);
  CHECK_THAT(opened.error().message(), Contains("newer devicebatchd (schema 99"));
}

TEST_CASE("a damaged ledger is corrupt, not a crash") {
  LedgerDesk desk;
  desk.submission("a.csv", BatchBuilder(desk->key_seed()).devices(1, 50));
  desk.close();
  std::string bytes = support::read_file(desk.path());
  std::fill(bytes.begin() + 32'768, bytes.end(), 'Z');
  support::write_file(desk.path(), bytes);
  const auto opened = try_open(desk.path());
  CHECK(error_of(opened) == Errc::corrupt);
}

TEST_CASE("a ledger opens on a file system that SQLite was given") {
  support::TempDir folder;
  const std::string path = folder / "ledger.db";
  sqlite3_vfs other = *sqlite3_vfs_find(nullptr);
  other.zName = "devicebatch-test";
  static int opened = 0;
  opened = 0;
  static decltype(other.xOpen) real_open = other.xOpen;
  other.xOpen = [](sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out) {
    ++opened;
    return real_open(vfs, name, file, flags, out);
  };
  REQUIRE(sqlite3_vfs_register(&other, 0) == SQLITE_OK);
  {
    SeededRandom random(1);
    auto ledger = ok(open_ledger(path, random, other.zName));
    ok(ledger->begin());
    ok(ledger->delivery().learn_honours("main", Honours::yes));
    ok(ledger->commit());
    CHECK(error_of(open_ledger(path, random, other.zName)) == Errc::busy);
  }
  CHECK(opened > 1);
  CHECK(sqlite3_vfs_unregister(&other) == SQLITE_OK);
  auto again = ok(try_open(path));
  ok(again->begin());
  CHECK(ok(again->delivery().account("main")).honours == Honours::yes);
  ok(again->commit());
  SeededRandom random(1);
  CHECK(error_of(open_ledger(path, random, "no such file system")) == Errc::corrupt);
}

TEST_CASE("a throwaway ledger lives in memory") {
  auto ledger = ok(try_open(":memory:"));
  ok(ledger->begin());
  CHECK(ledger->intake().ensure_destination(Uuid(std::array<std::uint8_t, 16>{1}), "b", "main"));
  ok(ledger->commit());
}
