#include "spool/directory.hpp"
#include "support/temp_dir.hpp"

#include "claimed_file.hpp"
#include "file_states.hpp"
#include <catch2/catch.hpp>
#include <fcntl.h>
#include <unistd.h>

using namespace devicebatch;
using namespace devicebatch::spool;
using namespace devicebatch::spool::test;
using support::read_file;
using support::TempDir;
using support::write_file;

namespace fs = std::filesystem;

namespace {

void check_archived(const TempDir& dir, const std::string& name) {
  CHECK(entries_in(dir / ".claimed") == 0);
  CHECK(entries_in(dir / "acks") == 0);
  CHECK(read_file(dir / "done" / name) == "rows");
  CHECK(read_file(dir / "done" / (name + ".ack.json")) == "{}");
}

}  // namespace

TEST_CASE("an input moves to its place together with its acknowledgement") {
  Claimed at;
  const auto name = at.folder->archive_name(Place::done, "x.csv", kTag);
  REQUIRE(name);
  CHECK(*name == "x.csv");
  REQUIRE(at.folder->archive(kClaim, Place::done, *name, kAck));
  check_archived(at.dir, "x.csv");
}

TEST_CASE("archiving again after a crash at any point ends the same") {
  Claimed at;
  SECTION("before anything moved") {}
  SECTION("after the input moved") {
    fs::rename(at.dir / ".claimed" / kClaim, at.dir / "done/x.csv");
  }
  SECTION("after both moved") {
    fs::rename(at.dir / ".claimed" / kClaim, at.dir / "done/x.csv");
    fs::rename(at.dir / "acks" / kAck, at.dir / "done" / kAck);
  }
  SECTION("between link and unlink, where renames are made of those") {
    fs::create_hard_link(at.dir / ".claimed" / kClaim, at.dir / "done/x.csv");
  }
  SECTION("after it was completely done once") {
    REQUIRE(at.folder->archive(kClaim, Place::done, "x.csv", kAck));
  }
  const auto name = at.folder->archive_name(Place::done, "x.csv", kTag);
  // The only state in which the name cannot be told from a stranger's is safe to archive under
  // either.
  REQUIRE(name);
  if (fs::exists(at.dir / ".claimed" / kClaim) && fs::exists(at.dir / "done/x.csv")) {
    REQUIRE(at.folder->archive(kClaim, Place::done, "x.csv", kAck));
  } else {
    CHECK(*name == "x.csv");
    REQUIRE(at.folder->archive(kClaim, Place::done, *name, kAck));
  }
  check_archived(at.dir, "x.csv");
}

TEST_CASE("a missing acknowledgement does not hinder archiving") {
  Claimed at;
  fs::remove(at.dir / "acks" / kAck);
  CHECK(at.folder->archive(kClaim, Place::rejected, "x.csv", kAck));
  CHECK(entries_in(at.dir / "rejected") == 1);
}

TEST_CASE("an archived name that is taken is tagged, before and after archiving") {
  Claimed at;
  write_file(at.dir / "done/x.csv", "older");
  const std::string expected = "x." + kTag + ".csv";
  CHECK(*at.folder->archive_name(Place::done, "x.csv", kTag) == expected);
  REQUIRE(at.folder->archive(kClaim, Place::done, expected, kAck));
  check_archived(at.dir, expected);
  CHECK(*at.folder->archive_name(Place::done, "x.csv", kTag) == expected);
  CHECK(at.folder->archive(kClaim, Place::done, expected, kAck));
  CHECK(read_file(at.dir / "done/x.csv") == "older");
}

TEST_CASE("result files do not change the name under which the input is archived") {
  Claimed at;
  auto result = at.folder->create_result(Place::done, "x.csv.result.csv");
  REQUIRE(result);
  REQUIRE((*result)->commit());
  CHECK(*at.folder->archive_name(Place::done, "x.csv", kTag) == "x.csv");
  REQUIRE(at.folder->archive(kClaim, Place::done, "x.csv", kAck));
  CHECK(*at.folder->archive_name(Place::done, "x.csv", kTag) == "x.csv");
}

TEST_CASE("a claim and another file under its archived name are both kept") {
  Claimed at;
  write_file(at.dir / "done/x.csv", "older");
  CHECK(at.folder->archive(kClaim, Place::done, "x.csv", kAck).error().code() == Errc::busy);
  CHECK(read_file(at.dir / ".claimed" / kClaim) == "rows");
  CHECK(read_file(at.dir / "done/x.csv") == "older");
}

TEST_CASE("a submission that is nowhere is an error") {
  Claimed at;
  CHECK(at.folder->archive("other", Place::done, "y.csv", "").error().code() == Errc::not_found);
}

TEST_CASE("many submissions are archived together, each on its own merits") {
  Claimed at;
  std::vector<ToArchive> submissions;
  for (int number = 0; number < 20; ++number) {
    const std::string name = "f" + std::to_string(number);
    if (number != 7) write_file(at.dir / ".claimed" / ("id__" + name), name);
    submissions.push_back(
        {"id__" + name, number % 2 == 0 ? Place::done : Place::done_with_issues, name, ""});
  }
  CHECK(at.folder->archive_all(submissions).error().code() == Errc::not_found);
  CHECK(entries_in(at.dir / "done") == 10);
  CHECK(entries_in(at.dir / "done-with-issues") == 9);
  CHECK(at.folder->archive_all({}));
}

TEST_CASE("a rename without replacing has three ways that agree") {
  TempDir dir;
  const auto folder = DropFolder::open(dir.path());
  const auto way = GENERATE(rename_new, rename_by_link, rename_by_check);
  const FileHandle handle(::open(dir.path().c_str(), O_RDONLY | O_DIRECTORY));
  const Directory here{FileHandle(::dup(handle.descriptor()))};
  write_file(dir / "from", "new");
  write_file(dir / "taken", "old");
  const std::string from = "from", to = "to", taken = "taken", absent = "absent";
  CHECK(way(Entry(here, from), Entry(here, taken)).error().code() == Errc::busy);
  CHECK(way(Entry(here, absent), Entry(here, to)).error().code() == Errc::not_found);
  CHECK(way(Entry(here, from), Entry(here, to)));
  CHECK(read_file(dir / "to") == "new");
  CHECK(read_file(dir / "taken") == "old");
  CHECK_FALSE(fs::exists(dir / "from"));
}
