// What a drop folder does to a service: writers, markers, other people's files, shares that come
// and go. One test for each hazard, with the real daemon.
#include "base/hex.hpp"
#include "base/sha256.hpp"

#include "integration/device_rows.hpp"
#include "integration/site.hpp"
#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

namespace devicebatch::integration {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

SiteOptions with(const std::string& source) {
  SiteOptions options;
  options.source = source;
  return options;
}

std::size_t logged(const Site& site, const char* event, std::string_view part = "") {
  const auto lines = site.log(event);
  return static_cast<std::size_t>(std::ranges::count_if(lines, [&](const json::object& line) {
    return json::serialize(line).find(part) != std::string::npos;
  }));
}

std::string digest_of(std::string_view text) {
  return to_hex(sha256(text));
}

std::string refusal_of(const Site& site, const std::string& name) {
  return std::string(site.result("rejected", name).at("refused").at("code").as_string());
}

// Names of accepted files in the order of the log.
std::vector<std::string> accepted_files(const Site& site) {
  std::vector<std::string> names;
  for (const json::object& line : site.log("submission.accepted")) {
    names.emplace_back(line.at("file").as_string());
  }
  return names;
}

class OpenFile {
 public:
  explicit OpenFile(const fs::path& path)
      : descriptor_(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644)) {}
  ~OpenFile() { close(); }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  void append(std::string_view text) const {
    REQUIRE(::write(descriptor_, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
  }
  void close() {
    if (descriptor_ >= 0) ::close(descriptor_);
    descriptor_ = -1;
  }

 private:
  int descriptor_;
};

}  // namespace

TEST_CASE("readiness marker: a file waits for its marker, which is archived along", "[hazards]") {
  Site site(with(", ready: marked"));
  site.start();
  site.drop("x.csv", rows_of(1, 2));
  site.drop("y.csv", rows_of(11, 1));
  site.drop("y.csv.done", "");
  site.wait_finished(1);
  CHECK(fs::exists(site.folder() / "x.csv"));
  CHECK(fs::exists(site.folder() / "done/y.csv.done"));
  site.drop("x.done", "");
  site.wait_finished(2);
  CHECK(fs::exists(site.folder() / "done/x.csv"));
  CHECK_FALSE(fs::exists(site.folder() / "x.done"));
  site.check_promises(3);
}

TEST_CASE(
    "readiness marker: byte count and SHA-256 are honoured; what is wrong waits, then is "
    "refused with its own finding",
    "[hazards]") {
  Site site(with(", ready: marked, incomplete_timeout: 3s"));
  site.start();
  const std::string rows = rows_of(1, 2);
  site.drop("good.csv", rows);
  site.drop("good.csv.sha256", digest_of(rows) + "  good.csv\n");
  site.drop("small.csv", rows_of(11, 1));
  site.drop("small.csv.done", "bytes=17");
  site.drop("other.csv", rows_of(21, 1));
  site.drop("other.csv.json", "{\"sha256\": \"" + digest_of("something else") + "\"}");
  site.drop("broken.csv", rows_of(31, 1));
  site.drop("broken.csv.json", "{\"sha256\": ");
  site.drop("elsewhere.csv", rows_of(41, 1));
  site.drop("elsewhere.csv.json", "{\"destination\": \"nowhere\"}");
  site.drop("counted.csv", rows_of(61, 2));
  site.drop("counted.csv.json", "{\"rows\": 3}");
  // Corrected while it waits.
  const std::string late = rows_of(51, 2);
  site.drop("late.csv", late.substr(0, 4'000));
  site.drop("late.csv.done", std::to_string(late.size()));
  site.drop("late.csv", late);
  site.wait_finished(7);
  CHECK(refusal_of(site, "small.csv") == "manifest.size_differs");
  CHECK(refusal_of(site, "other.csv") == "manifest.digest_differs");
  CHECK(refusal_of(site, "broken.csv") == "manifest.unreadable");
  CHECK(refusal_of(site, "elsewhere.csv") == "file.other_destination");
  CHECK(fs::exists(site.folder() / "rejected/small.csv.done"));
  CHECK(support::read_file(site.folder() / "rejected/other.csv") == rows_of(21, 1));
  CHECK(std::string(site.result("done", "counted.csv").at("warnings").at(0).as_string())
            .starts_with("manifest.rows_differ: The manifest says 3 rows, the file has 2."));
  CHECK(logged(site, "submission.warning", "counted.csv") == 1);
  CHECK(site.verdicts() == Verdicts{{"registered", 6}});
  site.check_promises(6);
}

TEST_CASE("readiness marker: orphan markers expire", "[hazards]") {
  Site site(with(", ready: marked, marker_timeout: 1s"));
  site.start();
  site.drop("gone.csv.done", "");
  site.drop("alone.csv", rows_of(1, 1));
  REQUIRE(eventually([&] { return fs::exists(site.folder() / "rejected/gone.csv.done"); }));
  REQUIRE(eventually([&] { return logged(site, "marker.orphan", "gone.csv.done") == 1; }));
  REQUIRE(eventually([&] { return logged(site, "file.no_marker", "alone.csv") == 1; }));
  CHECK(fs::exists(site.folder() / "alone.csv"));
}

TEST_CASE("readiness rename: a visible final name is ready, whatever the settle time",
          "[hazards]") {
  SiteOptions options = with(", ready: renamed");
  options.settle = "1h";
  Site site(options);
  site.start();
  site.drop("x.csv", rows_of(1, 2));
  site.wait_finished(1);
  site.check_promises(2);
}

TEST_CASE("I2h file still being written: who has it open is waited for", "[hazards]") {
  Site site;
  site.start();
  const std::string rows = rows_of(1, 3);
  const std::size_t cut = rows_of(1, 1).size();
  OpenFile writer(site.folder() / "x.csv");
  writer.append(rows.substr(0, cut));  // whole rows, and more to come
  site.drop("another.csv", rows_of(11, 1));
  site.wait_finished(1);
  CHECK(fs::exists(site.folder() / "x.csv"));
  REQUIRE(eventually([&] { return logged(site, "file.held", "x.csv") == 1; }));
  writer.append(rows.substr(cut));
  writer.close();
  site.wait_finished(2);
  CHECK(support::read_file(site.folder() / "done/x.csv") == rows);
  CHECK(site.verdicts() == Verdicts{{"registered", 4}});
  site.check_promises(4);
}

TEST_CASE("I2h mtime in the future / preserved: the age is ours", "[hazards]") {
  Site site;
  for (const auto& [name, seconds] :
       {std::pair("future.csv", 4'000'000'000L), std::pair("past.csv", 1'000'000L)}) {
    support::write_file(site.folder() / name, rows_of(seconds == 1'000'000 ? 1 : 11, 1));
    const struct timespec times[2] = {{seconds, 0}, {seconds, 0}};
    REQUIRE(::utimensat(AT_FDCWD, (site.folder() / name).c_str(), times, 0) == 0);
  }
  site.start();
  site.wait_finished(2);
  site.check_promises(2);
}

TEST_CASE("I3h hard link: another user's file is not read", "[hazards]") {
  if (::geteuid() != 0) {
    WARN("SKIPPED: only root can give files away");
    return;
  }
  Site site;
  site.start();
  const fs::path secret = site.dir() / "secret.csv";
  support::write_file(secret, rows_of(1, 1));
  REQUIRE(::chown(secret.c_str(), 65534, 65534) == 0);
  fs::create_hard_link(secret, site.folder() / "link.csv");
  site.wait_finished(1);
  CHECK(site.verdicts().empty());
  REQUIRE(eventually([&] { return logged(site, "submission.accepted", "file.hard_link") == 1; }));
  CHECK(support::read_file(secret) == rows_of(1, 1));
  CHECK(site.sandbox().count("posts") == 0);
}

TEST_CASE("I4h world-writable drop dir: refused at start with the one-line fix", "[hazards]") {
  Site site;
  fs::permissions(site.folder(), fs::perms(0777));
  const Ended ended = site.run({"run"});
  INFO(ended.err);
  CHECK(ended.exit_code == 78);
  CHECK(ended.err.find("chmod o-w") != std::string::npos);
  fs::permissions(site.folder(), fs::perms(0755));
}

TEST_CASE("I4h dir removed and recreated: told once, and picked up again", "[hazards]") {
  Site site;
  site.start();
  site.drop("a.csv", rows_of(1, 1));
  site.wait_finished(1);
  fs::rename(site.folder(), site.dir() / "moved");
  REQUIRE(eventually([&] { return logged(site, "folder.unusable") > 0; }));
  // Some tries later.
  site.drop_into(site.second_folder(), "b.csv", rows_of(11, 1));
  site.wait_finished(2);
  const auto since = site.log("folder.unusable").size();
  const fs::path second = site.second_folder();
  for (std::uint64_t number = 21; number < 24; ++number) {
    site.drop_into(second, std::to_string(number) + ".csv", rows_of(number, 1));
    site.wait_finished(static_cast<std::int64_t>(number) - 18);
  }
  CHECK(site.log("folder.unusable").size() == since);
  CHECK(since == 1);
  fs::rename(site.dir() / "moved", site.folder());
  REQUIRE(eventually([&] { return logged(site, "folder.usable") == 1; }));
  site.drop("c.csv", rows_of(31, 1));
  site.wait_finished(6);
  site.check_promises(6);
}

TEST_CASE("I4h unmounted, read-only: nothing is lost, and it goes on by itself", "[hazards]") {
  Site site;
  const fs::path path = site.folder();
  if (::mount("none", path.c_str(), "tmpfs", 0, "size=64m,mode=755") != 0) {
    WARN("SKIPPED: mounting is not permitted here");
    return;
  }
  struct Unmount {
    fs::path path;
    ~Unmount() { ::umount2(path.c_str(), MNT_DETACH); }
  } unmount{path};
  site.start();
  site.drop("a.csv", rows_of(1, 1));
  site.wait_finished(1);
  site.drop(".b.part", rows_of(11, 1));
  REQUIRE(::mount("none", path.c_str(), nullptr, MS_REMOUNT | MS_RDONLY, nullptr) == 0);
  site.drop_into(site.second_folder(), "other.csv", rows_of(21, 1));
  site.wait_finished(2);
  REQUIRE(::mount("none", path.c_str(), nullptr, MS_REMOUNT, nullptr) == 0);
  site.drop("b.csv", rows_of(11, 1));
  site.wait_finished(3);
  site.check_promises(3);
  site.stop();
}

TEST_CASE("a folder without the claims that the ledger knows is not taken for the old one",
          "[hazards]") {
  Site site;
  site.start();
  // So many rows that the kill comes before they are stored.
  const std::string rows = rows_of(1, 6'000);
  site.drop("x.csv", rows);
  REQUIRE(eventually([&] { return !fs::is_empty(site.folder() / ".claimed"); }));
  site.kill();
  const fs::path moved = site.dir() / "moved";
  fs::rename(site.folder(), moved);
  fs::create_directory(site.folder());
  const fs::path said = site.dir() / "said";
  ChildProcess daemon({DEVICEBATCHD, "run", "--config", site.config().string()}, said, said);
  // Where the file was stored after all there is nothing to protect, and the daemon runs.
  if (daemon.wait(std::chrono::seconds(20)) == -1) {
    WARN("the file was stored before the kill");
    daemon.signal(SIGKILL);
    daemon.wait();
  } else {
    CHECK(support::read_file(said).find("mount it again") != std::string::npos);
    CHECK(fs::is_empty(site.folder()));
  }
  fs::remove_all(site.folder());
  fs::rename(moved, site.folder());
  site.start();
  site.wait_finished(1);
  CHECK(site.verdicts() == Verdicts{{"registered", 6'000}});
  site.check_promises(6'000);
}

TEST_CASE("a claimed file that the ledger does not know is taken like any other", "[hazards]") {
  Site site;
  site.start();
  site.stop();
  const std::string claim = "01890000-0000-7000-8000-0123456789ab__x.csv";
  support::write_file(site.folder() / ".claimed" / claim, rows_of(1, 2));
  site.start();
  site.wait_finished(1);
  CHECK(support::read_file(site.folder() / "done/x.csv") == rows_of(1, 2));
  CHECK(logged(site, "file.returned", claim) == 1);
  site.check_promises(2);
}

TEST_CASE("urgent/ before the rest, and fair share between folders", "[hazards]") {
  Site site;
  constexpr std::uint64_t kMany = 1'200;  // two groups
  for (std::uint64_t number = 0; number < kMany; ++number) {
    support::write_file(site.folder() / ("f" + std::to_string(number) + ".csv"),
                        support::single_file(number + 1));
  }
  fs::create_directory(site.folder() / "urgent");
  support::write_file(site.folder() / "urgent/first.csv", rows_of(10'001, 1));
  site.drop_into(site.second_folder(), "other.csv", rows_of(20'001, 1));
  site.start();
  site.wait_finished(static_cast<std::int64_t>(kMany) + 2);
  const std::vector<std::string> order = accepted_files(site);
  REQUIRE(order.size() == kMany + 2);
  const auto at = [&](const char* name) {
    return static_cast<std::size_t>(std::ranges::find(order, name) - order.begin());
  };
  CHECK(at("first.csv") <= 1);
  CHECK(at("other.csv") <= 1'001);
  CHECK(fs::is_empty(site.folder() / "urgent"));
}

TEST_CASE("7.2 no inotify for remote writers: a periodic full scan is the source of truth",
          "[hazards]") {
  Site site(with(", network: true"));
  site.start();
  site.drop("x.csv", rows_of(1, 2));
  site.wait_finished(1);
  CHECK(logged(site, "folder.not_watched") == 0);
  site.check_promises(2);
}

TEST_CASE("7.2 operator re-drops the same file: known by its content, whatever its name",
          "[hazards]") {
  Site site;
  site.start();
  const std::string rows = rows_of(1, 2);
  site.drop("x.csv", rows);
  site.wait_finished(1);
  site.drop("x.csv", rows);
  site.wait_finished(2);
  site.drop("renamed.csv", rows);
  site.wait_finished(3);
  CHECK(site.verdicts() == Verdicts{{"registered", 2}});
  CHECK(contents_below(site.folder() / "done").count(rows) == 3);
  site.check_promises(2);
}

TEST_CASE("an archive on another file system gets input, receipts and markers", "[hazards]") {
  const support::TempDir dir;
  std::string archive = "/dev/shm/devicebatch-XXXXXX";
  struct stat here = {};
  struct stat there = {};
  if (::mkdtemp(archive.data()) == nullptr || ::stat(dir.path().c_str(), &here) != 0 ||
      ::stat(archive.c_str(), &there) != 0 || here.st_dev == there.st_dev) {
    WARN("SKIPPED: /dev/shm is no second file system here");
    return;
  }
  fs::create_directory(archive + "/line");
  {
    Site site;
    // The second source keeps its own.
    std::string yaml = support::read_file(site.config());
    const std::string key = "path: " + site.folder().string() + ",";
    yaml.replace(yaml.find(key), key.size(), key + " archive_path: " + archive + "/line,");
    support::write_file(site.config(), yaml);
    site.start();
    site.drop("x.csv", rows_of(1, 2));
    site.wait_finished(1);
    CHECK(support::read_file(archive + "/line/done/x.csv") == rows_of(1, 2));
    CHECK(fs::exists(archive + "/line/done/x.csv.result.json"));
    CHECK(fs::exists(archive + "/line/done/x.csv.ack.json"));
    CHECK(fs::is_empty(site.folder() / ".claimed"));
    CHECK_FALSE(fs::exists(site.folder() / "done"));
    site.check_promises(2);
    site.stop();
  }
  fs::remove_all(archive);
}

TEST_CASE("7.4 doubled scans: the second is answered as a repeat of the first", "[hazards]") {
  Site site(with(", scan_debounce: 1h"));
  site.start();
  site.drop("scan-1.csv", rows_of(1, 1));
  site.drop("scan-2.csv", rows_of(1, 1));
  site.wait_finished(2);
  CHECK(site.verdicts() == Verdicts{{"registered", 1}});
  CHECK(fs::exists(site.folder() / "done/scan-1.csv"));
  CHECK(fs::exists(site.folder() / "done/scan-2.csv"));
  site.check_promises(1);
}

}  // namespace devicebatch::integration
