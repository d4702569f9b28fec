// The daemon as a process: signals, configuration, exit codes, pages.
#include "base/clock.hpp"

#include "integration/device_rows.hpp"
#include "integration/site.hpp"
#include <boost/json/array.hpp>
#include <catch2/catch.hpp>

#include <map>
#include <sstream>

namespace devicebatch::integration {
namespace {

namespace fs = std::filesystem;

// Samples by name and labels; fails the test when the text is no exposition format.
std::map<std::string, double> parse_metrics(const std::string& text) {
  std::map<std::string, double> samples;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    INFO(line);
    if (line.starts_with("# HELP ") || line.starts_with("# TYPE ")) continue;
    const std::size_t space = line.rfind(' ');
    REQUIRE(space != std::string::npos);
    const std::string name = line.substr(0, space);
    REQUIRE(
        name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_0123456789") ==
        std::min(name.find('{'), name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_0123456789")));
    REQUIRE((name.find('{') == std::string::npos || name.ends_with('}')));
    std::size_t used = 0;
    samples[name] = std::stod(line.substr(space + 1), &used);
    REQUIRE(used == line.size() - space - 1);
  }
  return samples;
}

http::Response page(const Site& site, const std::string& path) {
  return site.sandbox().get("http://127.0.0.1:" + std::to_string(site.metrics_port()) + path);
}

}  // namespace

TEST_CASE("SIGTERM lets uploads end and leaves with 0", "[service]") {
  SiteOptions options;
  options.sandbox = {"--latency-ms", "500"};
  Site site(std::move(options));
  site.start();
  site.drop("a.csv", rows_of(1, 2));
  REQUIRE(eventually([&] { return site.sandbox().requests("/v1/").size() > 0; }));
  const SystemClock clock;
  const MonoTime begin = clock.now_mono();
  CHECK(site.stop() == 0);
  CHECK(clock.now_mono() - begin < std::chrono::seconds(20));
  CHECK_FALSE(fs::exists(site.dir() / "control.sock"));
  site.start();
  site.wait_finished(1);
  CHECK(site.sandbox().count("replayed") == 0);
  site.check_promises(2);
}

TEST_CASE("an upload that never ends does not hold up a stop longer than configured", "[service]") {
  SiteOptions options;
  options.sandbox = {"--latency-ms", "600000"};
  options.drain_deadline = "200ms";
  Site site(std::move(options));
  site.start();
  site.drop("a.csv", rows_of(1, 2));
  REQUIRE(
      eventually([&] { return site.status().at("chunks").at("sending").to_number<int>() == 1; }));
  CHECK(site.stop() == 0);
  site.sandbox().set_options(R"({"latency_ms":0})");
  site.start();
  site.wait_finished(1);
  site.check_promises(2);
}

TEST_CASE("SIGHUP takes over the log level and refuses a file with mistakes", "[service]") {
  SiteOptions options;
  options.log_level = "info";
  Site site(std::move(options));
  site.start();
  std::string config = support::read_file(site.config());
  const auto replace = [&config](std::string_view from, std::string_view to) {
    config.replace(config.find(from), from.size(), to);
  };
  replace("level: info", "level: trace");
  support::write_file(site.config(), config);
  site.daemon().signal(SIGHUP);
  REQUIRE(eventually([&] { return !site.log("settings.reloaded").empty(); }));
  site.drop("a.csv", rows_of(1, 2));
  site.wait_finished(1);
  CHECK_FALSE(site.log("job.open").empty());  // written at debug only

  replace("in_flight: 4", "in_flight: 400");
  support::write_file(site.config(), config);
  site.daemon().signal(SIGHUP);
  REQUIRE(eventually([&] { return !site.log("settings.not_reloaded").empty(); }));
  const auto said = site.log("settings.not_reloaded").front();
  CHECK(std::string(said.at("msg").as_string()).find("in_flight") != std::string::npos);
  site.drop("b.csv", rows_of(11, 2));
  site.wait_finished(2);
  site.check_promises(4);
}

TEST_CASE("a second daemon on the same ledger leaves with 75 and says why", "[service]") {
  Site site;
  site.start();
  const Ended second = site.run({"run"});
  INFO(second.err);
  CHECK(second.exit_code == 75);
  CHECK(second.err.find("ledger") != std::string::npos);
  CHECK(site.try_ask({{"verb", "status"}}));  // the first one goes on
}

TEST_CASE("a configuration with mistakes names each of them and leaves with 78", "[service]") {
  Site site;
  std::string config = support::read_file(site.config());
  for (const auto& [from, to] :
       std::vector<std::pair<std::string, std::string>>{{"ledger:", "ledgr:"},
                                                        {"rescan: 1s", "rescan: 1 fortnight"},
                                                        {"in_flight: 4", "in_flight: 4000"}}) {
    config.replace(config.find(from), from.size(), to);
  }
  support::write_file(site.config(), config);
  for (const char* verb : {"run", "check-config", "status"}) {
    const Ended ended = site.run({verb});
    INFO(verb << ": " << ended.err);
    CHECK(ended.exit_code == 78);
    for (const char* part : {"ledgr", "ledger", "fortnight", "in_flight", "config.yaml:"}) {
      INFO(part);
      CHECK(ended.err.find(part) != std::string::npos);
    }
  }
}

TEST_CASE("the pages say that the daemon is well, and the counters add up", "[service]") {
  Site site;
  site.start();
  CHECK(page(site, "/livez").status == 200);
  CHECK(page(site, "/readyz").status == 200);
  CHECK(page(site, "/nothing").status == 404);
  site.drop("a.csv", rows_of(1, 3));
  site.drop("bad.csv", support::bad_file(101).content);
  site.wait_finished(2);
  const http::Response metrics = page(site, "/metrics");
  CHECK(metrics.header("Content-Type").starts_with("text/plain"));
  const auto samples = parse_metrics(metrics.body);
  const double rows_in = samples.at("devicebatchd_records_in_total");
  double verdicts = 0;
  for (const auto& [name, value] : samples) {
    if (name.starts_with("devicebatchd_records_total{")) verdicts += value;
  }
  CHECK(rows_in == 10);
  CHECK(rows_in == verdicts + samples.at("devicebatchd_records_pending"));
  CHECK(samples.at("devicebatchd_ledger_imbalance") == 0);
  CHECK(samples.at("devicebatchd_records_total{outcome=\"registered\"}") == 5);
  CHECK(samples.at("devicebatchd_records_total{outcome=\"rejected\"}") == 4);
}

TEST_CASE("run --once ends by itself when every file is finished", "[service]") {
  Site site;
  site.drop("a.csv", rows_of(1, 3));
  const Ended once = site.run({"run", "--once"});
  INFO(once.err);
  CHECK(once.exit_code == 0);
  CHECK(fs::exists(site.folder() / "done" / "a.csv.result.csv"));
  CHECK(site.sandbox().count("registered") == 3);
}

}  // namespace devicebatch::integration
