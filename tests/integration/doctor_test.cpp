// What `doctor` says about the machine around the daemon.
#include "integration/device_rows.hpp"
#include "integration/site.hpp"
#include <boost/json/array.hpp>
#include <catch2/catch.hpp>

namespace devicebatch::integration {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

}  // namespace

TEST_CASE("doctor checks the machine: folders, disk, service and the first batch", "[doctor]") {
  Site site;
  site.start();
  const auto health = [&site](const char* which) {
    const json::value answer = parse_json(site.run({"doctor", which, "--json"}).out);
    std::vector<std::string> lines;
    for (const json::value& each : answer.at("diagnoses").as_array()) {
      lines.push_back(std::string(each.at("about").as_string()) + " " +
                      std::string(each.at("health").as_string()));
    }
    return lines;
  };
  using Lines = std::vector<std::string>;
  CHECK(health("--site") == Lines{"source line good", "disk good", "source second good",
                                  "ledger good", "service good"});
  CHECK(health("--first-batch") == Lines{"first batch mind"});
  site.drop("a.csv", rows_of(1, 2));
  site.wait_finished(1);
  CHECK(health("--first-batch") == Lines{"first batch good"});
  site.stop();
  CHECK(health("--site").back() == "service wrong");
  fs::permissions(site.folder(), fs::perms::all);
  const Ended open = site.run({"doctor", "--site"});
  CHECK(open.exit_code == 78);
  CHECK_THAT(open.out, Catch::Contains("fix: chmod o-w"));
  fs::remove_all(site.folder());
  CHECK_THAT(site.run({"doctor", "--site"}).out, Catch::Contains("install -d -m 2770"));
}

}  // namespace devicebatch::integration
