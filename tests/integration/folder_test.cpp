// What a drop folder may hold besides good files.
#include "integration/device_rows.hpp"
#include "integration/site.hpp"
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

namespace devicebatch::integration {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

void append(const fs::path& path, std::string_view bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::app);
  file << bytes;
}

// A file dropped after whatever else is there: once it is finished, everything before it was seen.
void let_another_through(const Site& site, std::int64_t finished_then) {
  static std::uint64_t number = 900'000;
  ++number;
  site.drop("another-" + std::to_string(number) + ".csv", support::single_file(number));
  site.wait_finished(finished_then);
}

std::size_t logged(const Site& site, const char* event, std::string_view part) {
  std::size_t found = 0;
  for (const json::object& line : site.log(event)) {
    if (json::serialize(line).find(part) != std::string::npos) ++found;
  }
  return found;
}

}  // namespace

TEST_CASE("a file that is still growing is left alone until it is whole", "[folder]") {
  Site site;
  site.start();
  const std::string content = rows_of(1, 3);
  const fs::path path = site.folder() / "slow.csv";
  support::write_file(path, std::string_view(content).substr(0, 800));  // within a hash
  let_another_through(site, 1);
  CHECK(fs::exists(path));
  append(path, std::string_view(content).substr(800, 3800));
  let_another_through(site, 2);
  CHECK(fs::exists(path));
  append(path, std::string_view(content).substr(4600));
  site.wait_finished(3);
  CHECK(support::read_file(site.folder() / "done" / "slow.csv") == content);
  CHECK(site.verdicts() == Verdicts{{"registered", 5}});
  site.check_promises(5);
}

TEST_CASE("a file replaced before it was taken counts as what it is then", "[folder]") {
  SiteOptions options;
  options.settle = "500ms";
  Site site(std::move(options));
  site.start();
  site.drop("a.csv", rows_of(1, 2));
  site.drop("a.csv", rows_of(11, 3));
  site.wait_finished(1);
  CHECK(support::read_file(site.folder() / "done" / "a.csv") == rows_of(11, 3));
  CHECK(site.verdicts() == Verdicts{{"registered", 3}});
  site.check_promises(3);
}

TEST_CASE("links, pipes and folders are left where they are and named once", "[folder]") {
  Site site;
  const fs::path target = site.dir() / "elsewhere.csv";
  support::write_file(target, rows_of(1, 2));
  fs::create_symlink(target, site.folder() / "link.csv");
  REQUIRE(mkfifo((site.folder() / "pipe.csv").c_str(), 0600) == 0);
  fs::create_directory(site.folder() / "folder.csv");
  support::write_file(site.folder() / "folder.csv" / "inside.csv", rows_of(1, 2));
  site.start();
  let_another_through(site, 1);
  let_another_through(site, 2);
  CHECK(fs::is_symlink(site.folder() / "link.csv"));
  CHECK(fs::is_fifo(site.folder() / "pipe.csv"));
  CHECK(fs::exists(site.folder() / "folder.csv" / "inside.csv"));
  CHECK(support::read_file(target) == rows_of(1, 2));
  CHECK(logged(site, "file.odd", "link.csv") == 1);
  CHECK(logged(site, "file.odd", "pipe.csv") == 1);
  site.check_promises(2);
}

TEST_CASE("a file that may not be read is named and holds up no other", "[folder]") {
  if (::geteuid() == 0) return;  // may read everything
  Site site;
  site.start();
  site.drop("locked.csv", rows_of(1, 2));
  site.wait_finished(1);
  const fs::path locked = site.folder() / "secret.csv";
  support::write_file(site.dir() / "secret.csv", rows_of(11, 2));
  fs::permissions(site.dir() / "secret.csv", fs::perms::none);
  fs::rename(site.dir() / "secret.csv", locked);
  let_another_through(site, 2);
  CHECK(fs::exists(locked));
  REQUIRE(eventually([&] { return logged(site, "file.unreadable", "secret.csv") == 1; }));
  fs::permissions(locked, fs::perms::owner_read | fs::perms::owner_write);
  site.wait_finished(3);
  site.check_promises(5);
}

TEST_CASE("temporary and hidden names are no input", "[folder]") {
  Site site;
  site.start();
  for (const char* name : {".hidden.csv", "a.csv.part", "b.csv.tmp", "~$c.csv"}) {
    support::write_file(site.folder() / name, rows_of(1, 1));
  }
  let_another_through(site, 1);
  CHECK(site.verdicts() == Verdicts{{"registered", 1}});
  fs::rename(site.folder() / "a.csv.part", site.folder() / "a.csv");
  site.wait_finished(2);
  site.check_promises(2);
}

TEST_CASE("any name that a file system takes is taken, shown safely and archived whole",
          "[folder]") {
  Site site;
  site.start();
  const std::string newline = "two\nlines;=1+1.csv";
  const std::string longest = std::string(251, 'n') + ".csv";
  const std::string bytes = "\xff\xfe\x80.csv";
  std::uint64_t number = 1;
  for (const std::string& name : {newline, longest, bytes}) {
    site.drop(name, support::single_file(number++));
  }
  site.wait_finished(3);
  CHECK(fs::exists(site.folder() / "done" / newline));
  CHECK(fs::exists(site.folder() / "done" / bytes));
  CHECK(fs::exists(site.folder() / "done" / longest));
  const auto contents = contents_below(site.folder() / "done");
  for (std::uint64_t at = 1; at < number; ++at)
    CHECK(contents.count(support::single_file(at)) == 1);
  std::size_t results = 0;
  for (const auto& entry : fs::directory_iterator(site.folder() / "done")) {
    if (entry.path().string().ends_with(".result.json")) {
      parse_json(support::read_file(entry.path()));
      ++results;
    }
  }
  CHECK(results == 3);
  // The line of the log follows the commit that the file was waited for.
  CHECK(eventually([&] { return logged(site, "submission.finished", "two\\\\x0alines") == 1; }));
  site.check_promises(3);
}

TEST_CASE("cells that are no text, or a formula, spoil neither receipt nor answer", "[folder]") {
  Site site;
  site.start();
  std::string rows = kFamilyA;
  for (const char* serial : {"a\xff\xfe\x01", "=HYPERLINK(1)",
                             "\xe2\x80\xae"
                             "gnp.x",
                             "a\x1b[31m"}) {
    rows += std::string(serial) + ",3305000000001,AAAA\r\n";
  }
  site.drop("cells.csv", rows);
  site.wait_finished(1);
  CHECK(site.verdicts() == Verdicts{{"rejected", 4}});
  const fs::path result = site.folder() / "rejected" / "cells.csv.result.csv";
  const std::string csv = support::read_file(result);
  INFO(csv);
  CHECK(csv.find("\n3,'=HYPERLINK(1),") != std::string::npos);
  CHECK(csv.find_first_of("\x1b\x01") == std::string::npos);
  CHECK(csv.find("\xe2\x80\xae") == std::string::npos);
  CHECK(site.result("rejected", "cells.csv").at("rows").as_array().size() == 4);
  parse_json(site.run({"explain", "cells.csv", "--json"}).out);
  const Ended checked = site.run({"explain", "=HYPERLINK(1)"});
  CHECK(checked.out.find_first_of("\x1b\x01") == std::string::npos);
}

TEST_CASE("a folder that is taken away and comes back goes on working", "[folder]") {
  Site site;
  site.start();
  site.drop("a.csv", rows_of(1, 1));
  site.wait_finished(1);
  fs::rename(site.folder(), site.dir() / "moved-away");
  REQUIRE(eventually([&] { return !site.log("folder.unusable").empty(); }));
  site.drop_into(site.second_folder(), "meanwhile.csv", rows_of(11, 1));
  site.wait_finished(2);
  fs::create_directory(site.folder());
  site.drop("b.csv", rows_of(21, 1));
  site.wait_finished(3);
  CHECK(fs::exists(site.folder() / "done" / "b.csv.result.csv"));
  CHECK(site.verdicts() == Verdicts{{"registered", 3}});
  site.check_promises(3);
}

TEST_CASE("files that are no device files are refused as a whole, with the reason", "[folder]") {
  Site site;
  site.start();
  const std::vector<std::pair<std::string, std::string>> files{
      {"empty-header.csv", "\r\n"},
      {"prose.csv", "Dear colleagues,\r\nplease find attached\r\n"},
      {"header-only.csv", kFamilyA},
      {"picture.csv", std::string("\x89PNG\r\n\x1a\n\0\0\0\rIHDR\n", 17)}};
  for (const auto& [name, content] : files) site.drop(name, content);
  site.wait_finished(4);
  CHECK(site.verdicts().empty());
  for (const auto& [name, content] : files) {
    INFO(name);
    const fs::path archived = site.folder() / "rejected" / name;
    REQUIRE(fs::exists(archived));
    CHECK(support::read_file(archived) == content);
    const json::value result = site.result("rejected", name);
    INFO(json::serialize(result));
    CHECK_FALSE(result.at("refused").at("code").as_string().empty());
    CHECK_FALSE(result.at("refused").at("reason").as_string().empty());
    CHECK_FALSE(result.at("refused").at("fix").as_string().empty());
  }
  CHECK(site.sandbox().count("posts") == 0);
}

TEST_CASE("a folder that cannot be used is named at the start, with what to do", "[folder]") {
  Site site;
  fs::remove(site.folder());
  const Ended ended = site.run({"run"});
  INFO(ended.err);
  CHECK(ended.exit_code == 78);
  CHECK(ended.err.find(site.folder().string()) != std::string::npos);
}

TEST_CASE("subfolders that somebody removed or moved are made again", "[folder]") {
  const std::string name = GENERATE("done", ".claimed", "acks");
  const bool is_moved = GENERATE(false, true);
  INFO(name << (is_moved ? " moved" : " removed"));
  Site site;
  site.start();
  site.drop("a.csv", rows_of(1, 2));
  site.wait_finished(1);
  if (is_moved) {
    fs::rename(site.folder() / name, site.dir() / "moved");
  } else {
    fs::remove_all(site.folder() / name);
  }
  site.drop("b.csv", rows_of(11, 2));
  site.wait_finished(2);
  CHECK(fs::exists(site.folder() / "done" / "b.csv.result.csv"));
  site.check_promises(4);
}

TEST_CASE("a folder that cannot be used for a while holds up no other, and catches up",
          "[folder]") {
  Site site;
  site.start();
  // Not by permissions: a test may run as root.
  fs::remove(site.folder() / "done");
  support::write_file(site.folder() / "done", "in the way");
  site.drop("a.csv", rows_of(1, 2));
  REQUIRE(eventually([&] { return !site.log("folder.unusable").empty(); }));
  site.drop_into(site.second_folder(), "other.csv", rows_of(11, 2));
  const fs::path other = site.second_folder() / "done" / "other.csv.result.csv";
  REQUIRE(eventually([&] { return fs::exists(other); }));
  fs::remove(site.folder() / "done");
  site.wait_finished(2);
  CHECK(fs::exists(site.folder() / "done" / "a.csv.result.csv"));
  site.check_promises(4);
}

}  // namespace devicebatch::integration
