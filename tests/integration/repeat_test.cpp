// What comes twice: files, records, devices.
#include "integration/device_rows.hpp"
#include "integration/site.hpp"
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>

namespace devicebatch::integration {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

std::string text_at(const json::value& row, const char* name) {
  return std::string(row.at(name).as_string());
}

// The archived input that is not NAME itself: of a second file of that name.
fs::path second_of(const fs::path& place, const std::string& name) {
  for (const fs::directory_entry& entry : fs::directory_iterator(place)) {
    const std::string found = entry.path().filename().string();
    if (entry.path().extension() == ".csv" && found != name &&
        found.find(".result.") == std::string::npos) {
      return entry.path();
    }
  }
  FAIL("no second " << name << " in " << place);
  return {};
}

}  // namespace

TEST_CASE("the same file again gets the stored receipt again and nothing is uploaded", "[repeat]") {
  Site site;
  site.start();
  const std::string content = rows_of(1, 5);
  site.drop("a.csv", content);
  site.wait_finished(1);
  const std::int64_t posts = site.sandbox().count("posts");
  site.drop("a.csv", content);
  site.wait_finished(2);
  CHECK(site.sandbox().count("posts") == posts);
  CHECK(site.verdicts() == Verdicts{{"registered", 5}});

  const json::value first = site.result("done", "a.csv");
  const fs::path again = second_of(site.folder() / "done", "a.csv");
  CHECK(support::read_file(again) == content);
  const json::value second = parse_json(support::read_file(again.string() + ".result.json"));
  CHECK(second.at("rows") == first.at("rows"));
  CHECK(second.at("repeats_submission") == first.at("submission"));
  CHECK(support::read_file(again.string() + ".result.csv") ==
        support::read_file(site.folder() / "done" / "a.csv.result.csv"));
  site.check_promises(5);
}

TEST_CASE("the same file again after a restart, under another name, is still known", "[repeat]") {
  Site site;
  site.start();
  const std::string content = rows_of(1, 2);
  site.drop("a.csv", content);
  site.wait_finished(1);
  REQUIRE(site.stop() == 0);
  site.start();
  site.drop("b.csv", content);
  site.wait_finished(2);
  CHECK(site.result("done", "b.csv").at("rows") == site.result("done", "a.csv").at("rows"));
  CHECK(site.sandbox().count("posts") == 1);
  site.check_promises(2);
}

TEST_CASE("a record of an earlier file is a duplicate that says who had it first, and when",
          "[repeat]") {
  Site site;
  site.start();
  site.drop("monday.csv", rows_of(1, 3));
  site.wait_finished(1);
  const std::string date = text_at(site.result("done", "monday.csv"), "seen_utc").substr(0, 10);
  site.drop("tuesday.csv", rows_of(3, 3));
  site.wait_finished(2);
  const json::value result = site.result("done", "tuesday.csv");
  const json::value& row = result.at("rows").at(0);
  CHECK(text_at(row, "verdict") == "duplicate");
  CHECK(text_at(row, "code") == "duplicate.record");
  const std::string message = text_at(row, "message");
  INFO(message);
  CHECK(message.find("monday.csv") != std::string::npos);
  CHECK(message.find("line 4") != std::string::npos);
  CHECK(message.find(date) != std::string::npos);
  CHECK(site.verdicts() == Verdicts{{"registered", 5}, {"duplicate", 1}});
  site.check_promises(5);
}

TEST_CASE("two rows of one device in one file are sent once", "[repeat]") {
  Site site;
  site.start();
  const std::string file = rows_of(1, 2) + rows_of(1, 1).substr(std::string(kFamilyA).size());
  site.drop("a.csv", file);
  site.wait_finished(1);
  CHECK(site.verdicts() == Verdicts{{"registered", 2}, {"duplicate", 1}});
  site.check_promises(2);
}

TEST_CASE("a newer capture takes the place of one that still waits", "[repeat]") {
  Site site;
  site.start();
  site.ask({{"verb", "pause"}, {"destination", "line"}, {"reason", "a test"}});
  support::HashSpec early = support::make_spec(1);
  support::HashSpec late = early;
  late.captured_at += 3600;
  late.tpm_seed = early.tpm_seed;
  site.drop("early.csv", file_of({early}));
  REQUIRE(eventually([&] { return site.verdicts() == Verdicts{{"pending", 1}}; }));
  site.drop("late.csv", file_of({late}));
  const Verdicts both{{"pending", 1}, {"superseded", 1}};
  REQUIRE(eventually([&] { return site.verdicts() == both; }));
  site.ask({{"verb", "resume"}, {"destination", "line"}, {"reason", "a test"}});
  site.wait_finished(2);
  CHECK(site.verdicts() == Verdicts{{"registered", 1}, {"superseded", 1}});
  const json::value row = site.result("done", "early.csv").at("rows").at(0);
  CHECK(text_at(row, "code") == "superseded.recapture");
  INFO(json::serialize(row));
  CHECK(text_at(row, "message").find("newer capture") != std::string::npos);
  CHECK(text_at(site.result("done", "late.csv").at("rows").at(0), "verdict") == "registered");
  site.check_promises(1);
}

TEST_CASE("another capture of a registered device is a duplicate", "[repeat]") {
  Site site;
  site.start();
  support::HashSpec spec = support::make_spec(1);
  site.drop("early.csv", file_of({spec}));
  site.wait_finished(1);
  spec.captured_at += 3600;
  site.drop("late.csv", file_of({spec}));
  site.wait_finished(2);
  CHECK(site.verdicts() == Verdicts{{"registered", 1}, {"duplicate", 1}});
  CHECK(text_at(site.result("done", "late.csv").at("rows").at(0), "code") == "duplicate.recapture");
  site.check_promises(1);
}

TEST_CASE("a device that the service knows from somebody else is already registered", "[repeat]") {
  Site site;
  site.start();
  const support::HashSpec spec = support::make_spec(1);
  site.sandbox().create_batch_as_somebody_else("THEIRS", spec.serial);
  site.drop("a.csv", file_of({spec}));
  site.wait_finished(1);
  CHECK(site.verdicts() == Verdicts{{"already_registered", 1}});
}

}  // namespace devicebatch::integration
