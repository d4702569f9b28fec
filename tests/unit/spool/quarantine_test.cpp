// What may be read by nobody: inputs with a product key, and links to other people's files.
#include "support/temp_dir.hpp"

#include "claimed_file.hpp"
#include "file_states.hpp"
#include <catch2/catch.hpp>
#include <unistd.h>

using namespace devicebatch;
using namespace devicebatch::spool;
using namespace devicebatch::spool::test;
using support::read_file;
using support::TempDir;
using support::write_file;

namespace fs = std::filesystem;

namespace {

constexpr const char* kSecret = "AAAAA-BBBBB-CCCCC-DDDDD-EEEEE";
const std::string kKeyed = "serial," + std::string(kSecret) + "\n";

Result<void> redact(const FileHandle& input, const DropFolder::Sink& sink) {
  auto text = input.read_part(0, 1'000);
  REQUIRE(text);
  const std::size_t at = text->find(kSecret);
  REQUIRE(at != std::string::npos);
  return sink(text->replace(at, std::string_view(kSecret).size(), "XXXXX"));
}

const ToArchive kSubmission{kClaim, Place::quarantine, "x.csv", kAck};

void check_redacted(const TempDir& dir) {
  CHECK(read_file(dir / "quarantine/x.csv") == "serial,XXXXX\n");
  CHECK(mode_of(dir / "quarantine/x.csv") == 0600);
  CHECK(read_file(dir / "quarantine/x.csv.ack.json") == "{}");
  CHECK(entries_in(dir / "quarantine") == 2);
  CHECK(entries_in(dir / ".claimed") == 0);
  CHECK(entries_in(dir / "acks") == 0);
  for (const auto& entry : fs::recursive_directory_iterator(dir.path())) {
    if (!entry.is_regular_file()) continue;
    CHECK(read_file(entry.path()).find(kSecret) == std::string::npos);
  }
}

}  // namespace

TEST_CASE("quarantine/ is private, whoever made it first") {
  TempDir dir;
  fs::create_directory(dir / "quarantine");
  ::chmod((dir / "quarantine").c_str(), 0777);
  REQUIRE(DropFolder::open(dir.path()));
  CHECK(mode_of(dir / "quarantine") == 0700);
}

TEST_CASE("a redacted copy takes the place of the input, and the secret is in no archive") {
  Claimed at(kKeyed);
  REQUIRE(at.folder->archive_redacted(kSubmission, redact));
  check_redacted(at.dir);
}

TEST_CASE("the acknowledgement of a redacted input goes where its results are") {
  Claimed at(kKeyed);
  REQUIRE(at.folder->archive_redacted({kClaim, Place::rejected, "x.csv", kAck}, redact));
  CHECK(entries_in(at.dir / "quarantine") == 1);
  CHECK(read_file(at.dir / "rejected/x.csv.ack.json") == "{}");
}

TEST_CASE("redacting is safe to do again after a crash at any step") {
  Claimed at(kKeyed);
  const fs::path copy = at.dir / "quarantine" / ("." + kTag + ".copying");
  const fs::path note = at.dir / ".claimed" / ("." + kTag + ".moving");
  const std::string redacted = "serial,XXXXX\n";
  SECTION("half of the copy is written") {
    write_file(copy, "ser");
  }
  SECTION("the copy is whole and noted") {
    write_file(copy, redacted);
    ::chmod(copy.c_str(), 0600);
    write_file(note, "x.csv");
  }
  SECTION("the copy has its name, the input is still there") {
    write_file(at.dir / "quarantine/x.csv", redacted);
    ::chmod((at.dir / "quarantine/x.csv").c_str(), 0600);
    write_file(note, "x.csv");
  }
  SECTION("everything is done") {
    REQUIRE(at.folder->archive_redacted(kSubmission, redact));
  }
  REQUIRE(at.folder->archive_redacted(kSubmission, redact));
  check_redacted(at.dir);
}

TEST_CASE("a filter that fails leaves the input claimed and no copy") {
  Claimed at(kKeyed);
  const DropFolder::Filter broken = [](const FileHandle&,
                                       const DropFolder::Sink& sink) -> Result<void> {
    auto half = sink("serial,");
    if (!half) return half;
    return fail(Errc::corrupt, "cannot be redacted");
  };
  CHECK(at.folder->archive_redacted(kSubmission, broken).error().code() == Errc::corrupt);
  CHECK(fs::exists(at.dir / ".claimed" / kClaim));
  CHECK(entries_in(at.dir / "quarantine") == 0);
  REQUIRE(at.folder->archive_redacted(kSubmission, redact));
  check_redacted(at.dir);
}

TEST_CASE("a file moved to quarantine is made private, a second name of another's file is not") {
  Claimed at(kKeyed);
  SECTION("an own file") {
    ::chmod((at.dir / ".claimed" / kClaim).c_str(), 0664);
    REQUIRE(at.folder->archive(kClaim, Place::quarantine, "x.csv", ""));
    CHECK(mode_of(at.dir / "quarantine/x.csv") == 0600);
  }
  SECTION("a link") {
    ::chmod((at.dir / ".claimed" / kClaim).c_str(), 0644);
    fs::create_hard_link(at.dir / ".claimed" / kClaim, at.dir / "other-name");
    REQUIRE(at.folder->archive(kClaim, Place::quarantine, "x.csv", ""));
    CHECK(mode_of(at.dir / "other-name") == 0644);
  }
}

TEST_CASE("I3h hard link: several names and a foreign owner are told with the claim") {
  if (::geteuid() != 0) {
    WARN("SKIPPED: only root can give files away");
    return;
  }
  TempDir dir;
  const auto folder = DropFolder::open(dir.path());
  REQUIRE(folder);
  const auto claim = [&](const std::string& name) {
    auto claimed = folder->claim(name, "id__" + name, state_of(dir / name));
    REQUIRE(claimed);
    CHECK(folder->look_at_claimed("id__" + name)->is_foreign_link == claimed->is_foreign_link);
    return claimed->is_foreign_link;
  };
  write_file(dir / "foreign-link", "x");
  fs::create_hard_link(dir / "foreign-link", dir / ".its-other-name");
  REQUIRE(::chown((dir / "foreign-link").c_str(), 65534, 65534) == 0);
  CHECK(claim("foreign-link"));
  write_file(dir / "foreign", "x");
  REQUIRE(::chown((dir / "foreign").c_str(), 65534, 65534) == 0);
  CHECK_FALSE(claim("foreign"));
  write_file(dir / "own-link", "x");
  fs::create_hard_link(dir / "own-link", dir / ".other");
  CHECK_FALSE(claim("own-link"));
}
