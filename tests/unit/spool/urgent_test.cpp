// urgent/: what is dropped there goes before the rest.
#include "spool/watch_hint.hpp"
#include "support/temp_dir.hpp"

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

struct Folder {
  Folder() {
    fs::create_directory(dir / "drop");
    auto opened = DropFolder::open(path());
    REQUIRE(opened);
    folder = std::make_unique<DropFolder>(std::move(*opened));
  }
  fs::path path() const { return dir / "drop"; }
  std::vector<Sighting> urgent() const {
    std::vector<Sighting> files;
    const auto listing = folder->scan_urgent([&](Sighting file) {
      files.push_back(std::move(file));
      return true;
    });
    REQUIRE(listing);
    return files;
  }
  TempDir dir;
  std::unique_ptr<DropFolder> folder;
};

}  // namespace

TEST_CASE("files in urgent/ are listed first, claimed and archived like any other") {
  Folder at;
  CHECK(at.urgent().empty());
  fs::create_directory(at.path() / "urgent");
  write_file(at.path() / "a.csv", "later");
  write_file(at.path() / "urgent/a.csv", "now");
  write_file(at.path() / "urgent/b.csv.part", "no");
  const auto listing = at.folder->list(10);
  REQUIRE(listing);
  REQUIRE(listing->files.size() == 2);
  CHECK(listing->files[0].is_urgent);
  CHECK_FALSE(listing->files[1].is_urgent);
  REQUIRE(at.urgent().size() == 1);
  const Sighting file = at.urgent().front();
  CHECK(at.folder->read_ends(file)->tail == "now");
  REQUIRE(at.folder->claim(file, "id__a.csv"));
  CHECK(read_file(at.path() / ".claimed/id__a.csv") == "now");
  CHECK(read_file(at.path() / "a.csv") == "later");
}

TEST_CASE("a limit of the listing leaves the urgent ones in it") {
  Folder at;
  fs::create_directory(at.path() / "urgent");
  for (int number = 0; number < 20; ++number) {
    write_file(at.path() / ("f" + std::to_string(number)), "x");
  }
  write_file(at.path() / "urgent/u", "x");
  const auto listing = at.folder->list(1);
  REQUIRE(listing->files.size() == 1);
  CHECK(listing->files.front().name == "u");
}

TEST_CASE("an urgent/ that could lead elsewhere is not looked into") {
  Folder at;
  TempDir elsewhere;
  write_file(elsewhere / "secret.csv", "secret");
  SECTION("a link") {
    fs::create_directory_symlink(elsewhere.path(), at.path() / "urgent");
  }
  SECTION("open to everybody") {
    fs::create_directory(at.path() / "urgent");
    write_file(at.path() / "urgent/x.csv", "x");
    ::chmod((at.path() / "urgent").c_str(), 0777);
  }
  CHECK(at.urgent().empty());
  CHECK(at.folder->list(10)->odd == std::vector<std::string>{"urgent"});
  CHECK_FALSE(
      at.folder->claim(Sighting{"secret.csv", state_of(elsewhere / "secret.csv"), true}, "id"));
  CHECK(read_file(elsewhere / "secret.csv") == "secret");
}

TEST_CASE("a file called urgent is a file") {
  Folder at;
  write_file(at.path() / "urgent", "rows");
  CHECK(at.folder->list(10)->files.size() == 1);
}

TEST_CASE("a hint comes from urgent/ too, and its end is not that of the folder") {
  Folder at;
  fs::create_directory(at.path() / "urgent");
  auto hint = WatchHint::open(at.path());
  REQUIRE(hint);
  REQUIRE(hint->watch_also(at.path() / "urgent"));
  CHECK(hint->watch_also(at.path() / "urgent"));
  write_file(at.path() / "urgent/x.csv", "rows");
  CHECK(hint->drain().saw_anything);
  fs::remove_all(at.path() / "urgent");
  CHECK_FALSE(hint->drain().folder_gone);
  at.folder.reset();  // a folder that somebody holds is not gone yet
  fs::remove_all(at.path());
  CHECK(hint->drain().folder_gone);
}
