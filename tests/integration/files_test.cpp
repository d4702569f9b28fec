// The five kinds of files of a factory, end to end.
#include "support/device_files.hpp"

#include "integration/site.hpp"
#include <boost/json/array.hpp>
#include <catch2/catch.hpp>

namespace devicebatch::integration {
namespace {

namespace fs = std::filesystem;

// A sanitizer's daemon needs some milliseconds for each file.
#ifdef __SANITIZE_ADDRESS__
constexpr std::uint64_t kSingles = 200;
#else
constexpr std::uint64_t kSingles = 1000;
#endif
constexpr std::int64_t kSinglesSigned = kSingles;

bool has_receipts(const fs::path& input) {
  for (const char* suffix : {".ack.json", ".result.csv", ".result.json"}) {
    if (!fs::exists(input.string() + suffix)) return false;
  }
  return true;
}

}  // namespace

TEST_CASE("every kind of file ends with its verdicts, in its place, byte for byte", "[files]") {
  Site site;
  site.start();
  const std::string autopilot = support::autopilot_file(1, 500);
  const std::string partner = support::partner_file(10'001, 40, "LINE");
  const support::BadFile bad = support::bad_file(20'001);
  site.drop("AutopilotHWID.csv", autopilot);
  site.drop("partner.csv", partner);
  site.drop("bad.csv", bad.content);
  for (std::uint64_t number = 0; number < kSingles; ++number) {
    site.drop_into(site.second_folder(), "device-" + std::to_string(number) + ".csv",
                   support::single_file(30'001 + number));
  }
  site.wait_finished(3 + kSinglesSigned);
  site.drop("AutopilotHWID.csv", autopilot);
  site.wait_finished(4 + kSinglesSigned);

  const std::int64_t good = 500 + 40 + 2;
  const Verdicts expected{{"registered", good + kSinglesSigned}, {"duplicate", 1}, {"rejected", 4}};
  CHECK(site.verdicts() == expected);
  site.check_promises(good + kSinglesSigned);

  const fs::path done = site.folder() / "done";
  CHECK(support::read_file(done / "AutopilotHWID.csv") == autopilot);
  CHECK(support::read_file(done / "partner.csv") == partner);
  CHECK(support::read_file(site.archived("quarantine", "bad.csv")) ==
        support::without_product_key(bad.content));
  CHECK(has_receipts(done / "AutopilotHWID.csv"));
  CHECK(has_receipts(done / "partner.csv"));
  const fs::path hidden = site.archived("quarantine", "bad.csv");
  CHECK(has_receipts(site.folder() / "done-with-issues" / hidden.filename()));
  CHECK(contents_below(site.folder()).count(autopilot) == 2);
  for (std::uint64_t number = 0; number < kSingles; ++number) {
    const std::string name = "device-" + std::to_string(number) + ".csv";
    const fs::path archived = site.second_folder() / "done" / name;
    if (!has_receipts(archived)) FAIL(name << " has not all of its receipts");
    if (support::read_file(archived) != support::single_file(30'001 + number)) {
      FAIL(name << " is not what was dropped");
    }
  }
  CHECK(fs::is_empty(site.folder() / "acks"));
  CHECK(fs::is_empty(site.folder() / ".claimed"));
  CHECK(fs::is_empty(site.second_folder() / ".claimed"));
  CHECK(site.stop() == 0);
}

TEST_CASE("every row of a bad file is answered with line, code, reason and fix", "[files]") {
  Site site;
  site.start();
  const support::BadFile bad = support::bad_file(1);
  site.drop("bad.csv", bad.content);
  site.wait_finished(1);
  const boost::json::value result = site.result("done-with-issues", "bad.csv");
  const boost::json::array& rows = result.at("rows").as_array();
  REQUIRE(rows.size() == bad.rows);
  std::vector<std::pair<std::int64_t, std::string>> codes;
  for (const boost::json::value& row : rows) {
    const boost::json::object& object = row.as_object();
    if (object.at("verdict").as_string() == "registered") {
      CHECK(object.at("attempts").to_number<int>() == 1);
      CHECK(object.contains("tracking_id"));
      continue;
    }
    codes.emplace_back(object.at("line").to_number<std::int64_t>(),
                       std::string(object.at("code").as_string()));
    CHECK_FALSE(object.at("message").as_string().empty());
    CHECK_FALSE(object.at("fix").as_string().empty());
    CHECK_FALSE(object.at("field").as_string().empty());
  }
  const std::vector<std::pair<std::int64_t, std::string>> expected{
      {3, "hash.damaged"},
      {4, "serial.disagrees_with_hash"},
      {6, "secret.product_key"},
      {7, "serial.placeholder"},
      {9, "duplicate.record"}};
  CHECK(codes == expected);
  site.check_promises(2);
}

TEST_CASE("an acknowledgement is there before the service has answered", "[files]") {
  Site site({.sandbox = {"--latency-ms", "60000"}, .drain_deadline = "100ms"});
  site.start();
  site.drop("a.csv", support::autopilot_file(1, 3));
  const fs::path ack = site.folder() / "acks" / "a.csv.ack.json";
  REQUIRE(eventually([&] { return fs::exists(ack); }));
  const boost::json::value said = parse_json(support::read_file(ack));
  CHECK(said.at("counts").at("pending").to_number<int>() == 3);
  CHECK(said.at("batch").as_string() == "LINE");
  CHECK_FALSE(fs::exists(site.folder() / "a.csv"));
}

}  // namespace devicebatch::integration
