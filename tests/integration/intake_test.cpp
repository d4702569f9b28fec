// What a line gets back, and where its rows go.
#include "support/device_dialects.hpp"

#include "integration/device_rows.hpp"
#include "integration/site.hpp"
#include <boost/json/array.hpp>
#include <catch2/catch.hpp>
#include <sys/stat.h>

#include <fstream>

namespace devicebatch::integration {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

unsigned mode_of(const fs::path& path) {
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

// Line, verdict, code and batch of every row.
std::vector<std::string> rows_in(const json::value& result) {
  std::vector<std::string> rows;
  for (const json::value& each : result.at("rows").as_array()) {
    const json::object& row = each.as_object();
    std::string text = std::to_string(row.at("line").to_number<int>());
    for (const char* name : {"verdict", "code", "batch"}) {
      const json::value* member = row.if_contains(name);
      if (member != nullptr && member->is_string()) text += " " + std::string(member->as_string());
    }
    rows.push_back(text);
  }
  return rows;
}

std::string tagged_row(std::uint64_t number, const std::string& tag) {
  const support::TestDevice device = support::make_device(number);
  return device.spec.serial + ",," + device.hash + "," + tag + "\r\n";
}

const std::string kTagged = "Device Serial Number,Windows Product ID,Hardware Hash,Group Tag\r\n";

}  // namespace

TEST_CASE("rejected rows come back in a file of their own, ready to be corrected", "[intake]") {
  Site site;
  site.start();
  const support::TestDevice damaged = support::make_device(2);
  const std::string bad_row =
      damaged.spec.serial + ",," + support::with_changed_letter(damaged.hash, 700) + "\r\n";
  site.drop("a.csv", rows_of(1, 1) + bad_row + rows_of(3, 1).substr(std::string(kFamilyA).size()));
  site.wait_finished(1);
  const fs::path rejects = site.folder() / "done-with-issues" / "a.rejects.csv";
  CHECK(support::read_file(rejects) == kFamilyA + bad_row);
  // Corrected and dropped again, it is a file like any other.
  site.drop("a.rejects.csv", rows_of(2, 1));
  site.wait_finished(2);
  CHECK(site.verdicts() == Verdicts{{"registered", 3}, {"rejected", 1}});
  site.check_promises(3);
}

TEST_CASE("rejected rows of a UTF-16 file come back in UTF-16", "[intake]") {
  Site site;
  site.start();
  const std::string file = rows_of(1, 2) + "CONTOSO-X,,AAAA\r\n";
  site.drop("a.csv", "\xFF\xFE" + support::utf16le(file));
  site.wait_finished(1);
  CHECK(support::read_file(site.folder() / "done-with-issues" / "a.rejects.csv") ==
        "\xFF\xFE" + support::utf16le(std::string(kFamilyA) + "CONTOSO-X,,AAAA\r\n"));
}

TEST_CASE("rejected reports of an XML file come back as reports, ready to be corrected",
          "[intake]") {
  Site site;
  site.start();
  const std::string bad = support::report_xml(support::make_device(2), "5");
  site.drop("a.xml", support::report_xml(support::make_device(1)) + "\r\n" + bad);
  site.wait_finished(1);
  const fs::path rejects = site.folder() / "done-with-issues" / "a.rejects.xml";
  CHECK(support::read_file(rejects) == bad + "\n");
  site.drop("a.rejects.xml", support::report_xml(support::make_device(2)) + "\n");
  site.wait_finished(2);
  CHECK(site.verdicts() == Verdicts{{"registered", 2}, {"rejected", 1}});
  site.check_promises(2);
}

TEST_CASE("a file with a product key is kept without it, where only the service may look",
          "[intake]") {
  Site site;
  site.start();
  const support::BadFile bad = support::bad_file(1);
  const std::string key(support::fake_product_key());
  site.drop("bad.csv", bad.content);
  site.drop("OA3.xml", "<Key><ProductKey>" + key +
                           "</ProductKey><ProductKeyID>3305000000001</ProductKeyID>"
                           "<ProductKeyState>2</ProductKeyState></Key>\n");
  const std::string exported = "<ExportKeyList><Keys><ExportKeyInfo><ProductKey>" + key +
                               "</ProductKey></ExportKeyInfo></Keys></ExportKeyList>\n";
  site.drop("keys.xml", exported);
  site.wait_finished(3);
  const fs::path hidden = site.archived("quarantine", "bad.csv");
  CHECK(mode_of(site.folder() / "quarantine") == 0700);
  CHECK(mode_of(hidden) == 0600);
  CHECK(support::read_file(hidden) == support::without_product_key(bad.content));
  const std::string report = support::read_file(site.archived("quarantine", "OA3.xml"));
  CHECK_THAT(report, Catch::Contains("<ProductKeyID>3305000000001") &&
                         Catch::Contains("*****-*****") && !Catch::Contains(key));
  CHECK(support::read_file(site.archived("quarantine", "keys.xml")) ==
        support::without_product_key(exported));
  // The line is told, and gets back what it can correct.
  CHECK(site.result("done-with-issues", "bad.csv").at("rows").as_array().size() == bad.rows);
  const json::value refused = site.result("rejected", "OA3.xml");
  CHECK(std::string(refused.at("rows").at(0).at("code").as_string()) == "file.oa3_assemble");
  for (const std::string& content : contents_below(site.folder())) {
    CHECK(content.find(key) == std::string::npos);
  }
  CHECK(fs::is_empty(site.folder() / ".claimed"));
  CHECK(fs::is_empty(site.folder() / "acks"));
}

TEST_CASE("a file whose product key cannot be masked is not kept", "[intake]") {
  Site site;
  site.start();
  std::string escaped;
  for (const char c : support::fake_product_key()) {
    const char* digits = "0123456789abcdef";
    escaped += std::string("\\u00") + digits[c / 16] + digits[c % 16];
  }
  site.drop("a.json", R"([{"serialNumber":"CONTOSO-0000001","productKey":")" + escaped + "\"}]\n");
  site.wait_finished(1);
  const json::value result = site.result("rejected", "a.json");
  CHECK(std::string(result.at("rows").at(0).at("code").as_string()) == "secret.product_key");
  const std::string kept = support::read_file(site.archived("quarantine", "a.json"));
  CHECK(kept.find(escaped.substr(0, 12)) == std::string::npos);
  CHECK_THAT(kept, Catch::Contains("not kept"));
  support::HashSpec spec;
  spec.serial = support::fake_product_key();
  site.drop("b.csv", kFamilyA + (",," + support::make_hash_text(spec)) + "\r\n");
  site.wait_finished(2);
  CHECK(std::string(site.result("rejected", "b.csv").at("rows").at(0).at("code").as_string()) ==
        "secret.product_key");
  CHECK_THAT(support::read_file(site.archived("quarantine", "b.csv")), Catch::Contains("not kept"));
  // One key can be masked, the other cannot.
  site.drop("c.csv", std::string(kFamilyA) + "CONTOSO-0000002," + spec.serial + ",\r\n,," +
                         support::make_hash_text(spec) + "\r\n");
  site.wait_finished(3);
  CHECK_THAT(support::read_file(site.archived("quarantine", "c.csv")), Catch::Contains("not kept"));
  // With other marks in it a key is one by its place only.
  site.drop("d.xml", "<ExportKeyList><Keys><ExportKeyInfo><ProductKey>" + spec.serial +
                         "</ProductKey></ExportKeyInfo><ExportKeyInfo><ProductKey>"
                         "BCDFG_HJKMP_QRTVW_XY234_6789B</ProductKey></ExportKeyInfo></Keys>"
                         "</ExportKeyList>\n");
  site.wait_finished(4);
  CHECK_THAT(support::read_file(site.archived("quarantine", "d.xml")), Catch::Contains("not kept"));
  for (const fs::directory_entry& entry : fs::directory_iterator(site.folder() / "rejected")) {
    INFO(entry.path());
    CHECK(entry.path().filename().string().find(".rejects") == std::string::npos);
  }
}

TEST_CASE("what a writer adds after the claim is not lost in silence", "[intake]") {
  Site site;
  site.start();
  site.ask({{"verb", "pause"}, {"destination", "line"}, {"reason", "a test"}});
  site.drop("a.csv", rows_of(1, 2));
  REQUIRE(eventually([&] { return fs::exists(site.folder() / "acks" / "a.csv.ack.json"); }));
  for (const fs::directory_entry& entry : fs::directory_iterator(site.folder() / ".claimed")) {
    std::ofstream(entry.path(), std::ios::app) << rows_of(3, 1).substr(60);
  }
  site.ask({{"verb", "resume"}, {"destination", "line"}, {"reason", "a test"}});
  site.wait_finished(1);
  const json::value result = site.result("done-with-issues", "a.csv");
  CHECK(rows_in(result).size() == 2);
  CHECK(std::string(result.at("warnings").at(0).as_string())
            .starts_with("file.changed_after_claim: "));
}

TEST_CASE("a product key in the name of a file is kept nowhere", "[intake]") {
  Site site;
  site.start();
  const std::string key(support::fake_product_key());
  site.drop(key + ".csv", rows_of(1, 1));
  fs::create_directory(site.folder() / (key + "-folder.csv"));
  site.wait_finished(1);
  REQUIRE(eventually([&] { return !site.log("file.odd").empty(); }));
  CHECK(site.stop() == 0);
  CHECK(support::read_file(site.folder() / "done" / "[product key removed].csv") == rows_of(1, 1));
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(site.dir())) {
    if (!entry.is_regular_file()) continue;
    INFO(entry.path());
    CHECK(entry.path().string().find(key) == std::string::npos);
    CHECK(support::read_file(entry.path()).find(key) == std::string::npos);
  }
}

TEST_CASE("a group tag chooses the destination that the map says, and no other", "[intake]") {
  SiteOptions options;
  options.source = ", group_tags: {EU: line, US: second}";
  Site site(options);
  site.start();
  site.drop("a.csv", kTagged + tagged_row(1, "EU") + tagged_row(2, "us") + tagged_row(3, "Mars") +
                         tagged_row(4, ""));
  site.wait_finished(1);
  CHECK(rows_in(site.result("done-with-issues", "a.csv")) ==
        std::vector<std::string>{"2 registered LINE", "3 registered SECOND",
                                 "4 rejected group_tag.unknown LINE", "5 registered LINE"});
  CHECK(site.verdicts() == Verdicts{{"registered", 3}, {"rejected", 1}});
  site.check_promises(3);
}

TEST_CASE("the name of a file chooses the destination, or the file is refused", "[intake]") {
  SiteOptions options;
  options.source = ", file_name: \"{destination}_*.csv\", may_route_to: [line, second]";
  Site site(options);
  site.start();
  site.drop("second_0001.csv", rows_of(1, 1));
  site.drop("LINE_0002.csv", rows_of(2, 1));
  site.drop("0003.csv", rows_of(3, 1));
  site.wait_finished(3);
  CHECK(rows_in(site.result("done", "second_0001.csv")) ==
        std::vector<std::string>{"2 registered SECOND"});
  CHECK(site.result("done", "second_0001.csv").at("batch").as_string() == "SECOND");
  CHECK(rows_in(site.result("done", "LINE_0002.csv")) ==
        std::vector<std::string>{"2 registered LINE"});
  const json::value refused = site.result("rejected", "0003.csv");
  CHECK(std::string(refused.at("rows").at(0).at("code").as_string()) == "file.no_destination");
  site.check_promises(2);
}

TEST_CASE("a manifest chooses the destination among those that the source may route to",
          "[intake]") {
  SiteOptions options;
  options.source = ", ready: marked, may_route_to: [second]";
  Site site(options);
  site.start();
  const auto drop_with = [&](const std::string& name, std::uint64_t number,
                             const std::string& destination) {
    site.drop(name, rows_of(number, 1));
    site.drop(name + ".json", "{\"destination\": \"" + destination + "\"}");
  };
  drop_with("a.csv", 1, "second");
  drop_with("b.csv", 2, "line");
  drop_with("c.csv", 3, "nowhere");
  site.wait_finished(3);
  CHECK(rows_in(site.result("done", "a.csv")) == std::vector<std::string>{"2 registered SECOND"});
  CHECK(rows_in(site.result("done", "b.csv")) == std::vector<std::string>{"2 registered LINE"});
  CHECK(std::string(site.result("rejected", "c.csv").at("rows").at(0).at("code").as_string()) ==
        "file.other_destination");
  site.check_promises(2);
}

}  // namespace devicebatch::integration
