#include "base/clock.hpp"
#include "spool/names.hpp"
#include "support/temp_dir.hpp"

#include "file_states.hpp"
#include <catch2/catch.hpp>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace devicebatch;
using namespace devicebatch::spool;
using namespace devicebatch::spool::test;
using std::chrono::hours;
using support::TempDir;
using support::write_file;

namespace fs = std::filesystem;

namespace {

struct Archive {
  Archive() {
    auto opened = DropFolder::open(dir.path());
    REQUIRE(opened);
    folder = std::make_unique<DropFolder>(std::move(*opened));
  }
  fs::path done(const std::string& name) const { return dir / "done" / name; }
  void set_age(const fs::path& path, hours age) const {
    const auto then = std::chrono::floor<std::chrono::seconds>(now - age).time_since_epoch();
    const struct timespec times[2] = {{then.count(), 0}, {then.count(), 0}};
    REQUIRE(::utimensat(AT_FDCWD, path.c_str(), times, AT_SYMLINK_NOFOLLOW) == 0);
  }
  // A submission with everything that can belong to it, 7 bytes.
  void add(const std::string& name, hours age) const {
    for (const char* suffix :
         {"", ".done", ".sha256", ".ack.json", ".result.csv", ".result.json"}) {
      write_file(done(name + suffix), "x");
    }
    write_file(done(tagged_name(name, "rejects")), "x");
    set_age(done(name + ".result.json"), age);
  }
  Pruned prune(const RetentionRule& rule, Place place = Place::done) const {
    auto pruned = folder->prune(place, rule, now);
    REQUIRE(pruned);
    return *pruned;
  }
  TempDir dir;
  UtcTime now = SystemClock().now_utc();
  std::unique_ptr<DropFolder> folder;
};

}  // namespace

TEST_CASE("a file and its receipts go together") {
  Archive at;
  at.add("old.csv", hours(100));
  at.add("new.csv", hours(2));
  const Pruned pruned = at.prune({hours(50), 0, 0});
  CHECK(pruned.files == 1);
  CHECK(pruned.bytes == 7);
  CHECK_FALSE(pruned.has_more);
  CHECK(entries_in(at.dir / "done") == 7);
  CHECK(fs::exists(at.done("new.csv")));
  CHECK(at.prune({hours(50), 0, 0}).files == 0);
}

TEST_CASE("the age is that of the result, not of what the writer's clock said") {
  Archive at;
  at.add("x.csv", hours(2));
  at.set_age(at.done("x.csv"), hours(10'000));
  CHECK(at.prune({hours(50), 0, 0}).files == 0);
}

TEST_CASE("limits count submissions and all bytes of the place") {
  Archive at;
  for (int number = 0; number < 10; ++number) {
    at.add("f" + std::to_string(number) + ".csv", hours(10 + number));
  }
  CHECK(at.prune({hours(0), 0, 6}).files == 4);
  CHECK_FALSE(fs::exists(at.done("f9.csv")));
  CHECK(fs::exists(at.done("f5.csv")));
  CHECK(at.prune({hours(0), 21, 0}).files == 3);
  CHECK(entries_in(at.dir / "done") == 21);
}

TEST_CASE("nothing that is not ours is touched") {
  Archive at;
  TempDir elsewhere;
  write_file(elsewhere / "target", "x");
  write_file(at.done("notes.txt"), "of the line");
  write_file(at.done("half.csv"), "no result yet");
  write_file(at.done("half.csv.ack.json"), "{}");
  fs::create_directory(at.done("folder.result.json"));
  fs::create_symlink(elsewhere / "target", at.done("link.csv"));
  fs::create_symlink(elsewhere / "target", at.done("link2.csv.result.json"));
  write_file(at.done("link.csv.result.json"), "{}");
  for (const auto& entry : fs::directory_iterator(at.dir / "done")) {
    at.set_age(entry.path(), hours(1'000));
  }
  at.prune({hours(1), 1, 1});
  CHECK(fs::exists(at.done("notes.txt")));
  CHECK(fs::exists(at.done("half.csv")));
  CHECK(fs::exists(at.done("half.csv.ack.json")));
  CHECK(fs::is_directory(at.done("folder.result.json")));
  CHECK(fs::is_symlink(at.done("link.csv")));
  CHECK(fs::is_symlink(at.done("link2.csv.result.json")));
  CHECK(fs::exists(elsewhere / "target"));
}

TEST_CASE("a JSON file next to a file of its stem is a submission of its own") {
  Archive at;
  write_file(at.done("x.csv"), "x");
  write_file(at.done("x.csv.result.json"), "{}");
  write_file(at.done("x.csv.json"), "[]");
  write_file(at.done("x.csv.json.result.json"), "{}");
  at.set_age(at.done("x.csv.result.json"), hours(100));
  CHECK(at.prune({hours(50), 0, 0}).files == 1);
  CHECK_FALSE(fs::exists(at.done("x.csv")));
  CHECK(fs::exists(at.done("x.csv.json")));
}

TEST_CASE("places are thinned out each by itself") {
  Archive at;
  at.add("x.csv", hours(100));
  CHECK(at.prune({hours(1), 0, 0}, Place::quarantine).files == 0);
  CHECK(at.prune({hours(1), 0, 0}, Place::rejected).files == 0);
  CHECK(at.prune({}, Place::done).files == 0);
  CHECK(entries_in(at.dir / "done") == 7);
}

TEST_CASE("quarantine: inputs go without a result next to them, counted from when they came") {
  Archive at;
  for (const char* name : {"a.csv", "b.csv", "a.csv.ack.json", ".a.copying"}) {
    write_file(at.dir / "quarantine" / name, "x");
    at.set_age(at.dir / "quarantine" / name, hours(10'000));
  }
  const auto prune = [&](const RetentionRule& rule, hours later) {
    return at.folder->prune(Place::quarantine, rule, at.now + later)->files;
  };
  CHECK(prune({hours(50), 0, 0}, hours(2)) == 0);
  CHECK(prune({hours(50), 0, 0}, hours(51)) == 2);
  CHECK(entries_in(at.dir / "quarantine") == 1);
}

TEST_CASE("a removal that was interrupted is found again and finished") {
  Archive at;
  at.add("x.csv", hours(100));
  fs::remove(at.done("x.csv"));
  fs::remove(at.done("x.csv.result.csv"));
  CHECK(at.prune({hours(1), 0, 0}).files == 1);
  CHECK(entries_in(at.dir / "done") == 0);
}

TEST_CASE("one call removes a bounded number, the oldest") {
  Archive at;
  constexpr int kMany = 5'100;
  for (int number = 0; number < kMany; ++number) {
    const std::string name = "f" + std::to_string(number) + ".result.json";
    write_file(at.done(name), "x");
    at.set_age(at.done(name), hours(100 + number));
  }
  const Pruned first = at.prune({hours(1), 0, 0});
  CHECK(first.files == 5'000);
  CHECK(first.has_more);
  CHECK(fs::exists(at.done("f0.result.json")));
  CHECK_FALSE(fs::exists(at.done("f5099.result.json")));
  CHECK(at.prune({hours(1), 0, 0}).files == 100);
}
