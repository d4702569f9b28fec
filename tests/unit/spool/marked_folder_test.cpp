// A folder whose files come with markers.
#include "base/hex.hpp"
#include "support/temp_dir.hpp"

#include "file_states.hpp"
#include <catch2/catch.hpp>
#include <unistd.h>

#include <algorithm>

using namespace devicebatch;
using namespace devicebatch::spool;
using namespace devicebatch::spool::test;
using support::read_file;
using support::TempDir;
using support::write_file;

namespace fs = std::filesystem;

namespace {

using Names = std::vector<std::string>;

struct Marked {
  Marked() {
    FolderOptions options;
    options.has_markers = true;
    auto opened = DropFolder::open(dir.path(), options);
    REQUIRE(opened);
    folder = std::make_unique<DropFolder>(std::move(*opened));
  }
  Listing list() const {
    auto listing = folder->list(100);
    REQUIRE(listing);
    return std::move(*listing);
  }
  Names ready() const {
    Names names;
    for (const Sighting& each : list().files) names.push_back(each.name);
    return names;
  }
  Sighting only() const {
    Listing listing = list();
    REQUIRE(listing.files.size() == 1);
    return std::move(listing.files.front());
  }
  TempDir dir;
  std::unique_ptr<DropFolder> folder;
};

constexpr const char* kClaim = "01890000-0000-7000-8000-0123456789ab__x.csv";

}  // namespace

TEST_CASE("marker: `X.csv` ready when `X.csv.done|.ok|.ready|.trg` (or `X.done`) exists") {
  const std::string marker = GENERATE("x.csv.done", "x.csv.ok", "x.csv.ready", "x.csv.trg",
                                      "x.done", "x.csv.sha256", "x.csv.json");
  INFO(marker);
  Marked at;
  write_file(at.dir / "x.csv", "rows");
  write_file(at.dir / "y.csv", "rows");
  CHECK(at.ready().empty());
  write_file(at.dir / marker, "");
  const Sighting file = at.only();
  CHECK(file.name == "x.csv");
  CHECK(file.markers == Names{marker});
  CHECK(at.list().unmarked == Names{"y.csv"});
  CHECK(at.list().orphans.empty());
}

TEST_CASE("a marker is no input, and one in progress is no marker") {
  Marked at;
  write_file(at.dir / "x.csv", "rows");
  write_file(at.dir / "x.csv.done.part", "");
  fs::create_symlink(at.dir / "x.csv", at.dir / "x.csv.ok");
  CHECK(at.ready().empty());
  CHECK(at.list().odd == Names{"x.csv.ok"});
  write_file(at.dir / "lone.csv.done", "");
  const Listing listing = at.list();
  CHECK(listing.files.empty());
  REQUIRE(listing.orphans.size() == 1);
  CHECK(listing.orphans.front().name == "lone.csv.done");
}

TEST_CASE("a JSON file without a file of its stem is input, and needs a marker itself") {
  Marked at;
  write_file(at.dir / "rows.json", "[]");
  CHECK(at.list().unmarked == Names{"rows.json"});
  CHECK(at.list().orphans.empty());
  write_file(at.dir / "rows.json.done", "");
  CHECK(at.ready() == Names{"rows.json"});
}

TEST_CASE("a stem's marker is for every file with that stem") {
  Marked at;
  write_file(at.dir / "x.csv", "rows");
  write_file(at.dir / "x.xml", "<a/>");
  write_file(at.dir / "x.done", "");
  CHECK(at.ready() == Names{"x.csv", "x.xml"});
  const Listing listing = at.list();
  REQUIRE(at.folder->claim(listing.files[0], "id__x.csv"));
  REQUIRE(at.folder->claim(listing.files[1], "id__x.xml"));
  CHECK_FALSE(fs::exists(at.dir / "x.done"));
}

TEST_CASE("markers are claimed with their file and archived next to it") {
  Marked at;
  write_file(at.dir / "x.csv", "rows");
  write_file(at.dir / "x.csv.sha256", to_hex(sha256(std::string_view("rows"))));
  write_file(at.dir / "x.csv.json", "{\"bytes\": 4, \"rows\": 1}");
  write_file(at.dir / "x.done", "");
  REQUIRE(at.folder->claim(at.only(), kClaim));
  CHECK(at.list().orphans.empty());
  CHECK(at.ready().empty());
  CHECK(*at.folder->list_claimed() == Names{kClaim});
  const auto manifest = at.folder->claimed_manifest(kClaim);
  REQUIRE(manifest);
  CHECK(manifest->bytes == 4U);
  CHECK(manifest->rows == 1U);
  CHECK(manifest->sha256.has_value());
  REQUIRE(at.folder->archive(kClaim, Place::done, "x.csv", ""));
  CHECK(read_file(at.dir / "done/x.csv") == "rows");
  CHECK(fs::exists(at.dir / "done/x.csv.sha256"));
  CHECK(fs::exists(at.dir / "done/x.csv.json"));
  CHECK(fs::exists(at.dir / "done/x.csv.stem.done"));
  CHECK(entries_in(at.dir / ".claimed") == 0);
  // Again, as after a crash before the ledger knew.
  CHECK(at.folder->archive(kClaim, Place::done, "x.csv", ""));
}

TEST_CASE("a file that cannot be claimed keeps its markers") {
  Marked at;
  write_file(at.dir / "x.csv", "rows");
  write_file(at.dir / "x.csv.done", "4");
  Sighting seen = at.only();
  write_file(at.dir / "x.csv", "more rows");
  CHECK(at.folder->claim(seen, kClaim).error().code() == Errc::busy);
  CHECK(read_file(at.dir / "x.csv.done") == "4");
  CHECK(entries_in(at.dir / ".claimed") == 0);
}

TEST_CASE("markers whose file was not claimed before a crash go back, unless newer ones came") {
  Marked at;
  write_file(at.dir / "x.csv", "rows");
  write_file(at.dir / ".claimed" / ("." + std::string(kClaim) + ".done"), "4");
  SECTION("alone") {
    REQUIRE(at.folder->release_markers(kClaim, "x.csv"));
    CHECK(read_file(at.dir / "x.csv.done") == "4");
  }
  SECTION("next to a newer one") {
    write_file(at.dir / "x.csv.done", "5");
    REQUIRE(at.folder->release_markers(kClaim, "x.csv"));
    CHECK(read_file(at.dir / "x.csv.done") == "5");
  }
  CHECK(entries_in(at.dir / ".claimed") == 0);
}

TEST_CASE(
    "a claim that belongs to nobody gets its name back, or one next to it, with its markers") {
  Marked at;
  write_file(at.dir / ".claimed" / kClaim, "rows");
  write_file(at.dir / ".claimed" / ("." + std::string(kClaim) + ".done"), "4");
  SECTION("its name is free") {
    REQUIRE(at.folder->return_claimed(kClaim));
    CHECK(read_file(at.dir / "x.csv") == "rows");
    CHECK(at.ready() == Names{"x.csv"});
  }
  SECTION("its name is taken") {
    write_file(at.dir / "x.csv", "newer");
    REQUIRE(at.folder->return_claimed(kClaim));
    CHECK(read_file(at.dir / "x.csv") == "newer");
    CHECK(at.list().unmarked == Names{"x.csv"});
    CHECK(at.ready().size() == 1);
  }
  CHECK(entries_in(at.dir / ".claimed") == 0);
  CHECK_FALSE(at.folder->return_claimed(".hidden__x.csv"));
}

TEST_CASE("a marker that cannot be understood, or contradicts another, is an error of the file") {
  Marked at;
  write_file(at.dir / "x.csv", "rows");
  write_file(at.dir / "x.csv.json", "{\"bytes\": 4");
  CHECK(at.folder->read_manifest(at.only()).error().code() == Errc::rejected);
  write_file(at.dir / "x.csv.json", "{\"bytes\": 4}");
  write_file(at.dir / "x.csv.done", "5");
  CHECK(at.folder->read_manifest(at.only()).error().code() == Errc::rejected);
  write_file(at.dir / "x.csv.done", "");
  CHECK(at.folder->read_manifest(at.only())->bytes == 4U);
}

TEST_CASE("orphan markers expire: they are moved to rejected/, whatever has their name there") {
  Marked at;
  write_file(at.dir / "gone.csv.done", "new");
  write_file(at.dir / "rejected/gone.csv.done", "old");
  const Listing listing = at.list();
  REQUIRE(listing.orphans.size() == 1);
  REQUIRE(at.folder->expire_marker(listing.orphans.front()));
  CHECK(entries_in(at.dir / "rejected") == 2);
  CHECK(read_file(at.dir / "rejected/gone.csv.done") == "old");
  CHECK(at.list().orphans.empty());
}

TEST_CASE("any number of files may wait for their markers") {
  Marked at;
  for (int number = 0; number < 3'000; ++number) {
    write_file(at.dir / ("f" + std::to_string(number) + ".csv"), "x");
  }
  write_file(at.dir / "f2999.csv.done", "");
  CHECK(at.ready() == Names{"f2999.csv"});
  CHECK(at.list().unmarked.size() <= 1'000);
}
