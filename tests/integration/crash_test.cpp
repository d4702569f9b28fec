// kill -9 at moments that hurt, then a start: the end is the same.
#include "integration/device_rows.hpp"
#include "integration/site.hpp"
#include <boost/json/array.hpp>
#include <catch2/catch.hpp>

namespace devicebatch::integration {
namespace {

namespace fs = std::filesystem;

SiteOptions small_chunks(std::vector<std::string> sandbox) {
  SiteOptions options;
  options.sandbox = std::move(sandbox);
  options.delivery = "chunk_devices: 4, ";
  return options;
}

void drop_three(const Site& site) {
  site.drop("a.csv", rows_of(1, 10));
  site.drop("b.csv", rows_of(101, 6));
  site.drop("bad.csv", support::bad_file(201).content);
}

void check_end(const Site& site) {
  site.wait_finished(3);
  CHECK(site.verdicts() == Verdicts{{"registered", 18}, {"duplicate", 1}, {"rejected", 4}});
  site.check_promises(18);
  CHECK(support::read_file(site.folder() / "done" / "a.csv") == rows_of(1, 10));
  CHECK(support::read_file(site.folder() / "done" / "b.csv") == rows_of(101, 6));
  CHECK(support::read_file(site.archived("quarantine", "bad.csv")) ==
        support::without_product_key(support::bad_file(201).content));
  CHECK(fs::is_empty(site.folder() / ".claimed"));
  CHECK(fs::is_empty(site.folder() / "acks"));
}

std::size_t looks(const Site& site) {
  return site.sandbox().requests("batchJobStatus").size();
}

}  // namespace

TEST_CASE("a kill before anything is claimed loses nothing", "[crash]") {
  Site site(small_chunks({}));
  site.start();
  drop_three(site);
  site.kill();
  site.start();
  check_end(site);
}

TEST_CASE("a kill once a file is acknowledged loses nothing", "[crash]") {
  Site site(small_chunks({"--latency-ms", "300"}));
  site.start();
  drop_three(site);
  const fs::path ack = site.folder() / "acks" / "b.csv.ack.json";
  REQUIRE(eventually([&] { return fs::exists(ack); }));
  site.kill();
  site.start();
  check_end(site);
}

TEST_CASE("a kill while an upload is on its way sends the same request again", "[crash]") {
  Site site(small_chunks({"--latency-ms", "30000"}));
  site.start();
  drop_three(site);
  REQUIRE(eventually([&] { return site.sandbox().count("posts") > 0; }));
  site.kill();
  site.sandbox().set_options(R"({"latency_ms":0})");
  site.start();
  check_end(site);
  CHECK(site.sandbox().count("replayed") > 0);
}

TEST_CASE("a kill while jobs are being followed sends nothing again", "[crash]") {
  Site site(small_chunks({"--job-ms", "400"}));
  site.start();
  drop_three(site);
  REQUIRE(eventually([&] { return looks(site) > 0; }));
  site.kill();
  site.start();
  check_end(site);
}

TEST_CASE("a kill while receipts are written ends with all receipts", "[crash]") {
  Site site(small_chunks({}));
  site.start();
  drop_three(site);
  REQUIRE(eventually([&] { return fs::exists(site.folder() / "done" / "a.csv.result.csv"); }));
  site.kill();
  site.start();
  check_end(site);
  for (const char* suffix : {".ack.json", ".result.csv", ".result.json"}) {
    CHECK(fs::exists(site.folder() / "done" / (std::string("a.csv") + suffix)));
  }
}

TEST_CASE("a kill after kill, wherever it hits, ends the same", "[crash]") {
  Site site(small_chunks({"--latency-ms", "50", "--job-ms", "150"}));
  site.start();
  drop_three(site);
  for (const std::int64_t requests : {2, 4, 7, 11}) {
    const auto seen = [&] { return site.sandbox().requests("/v1/").size(); };
    REQUIRE(eventually([&] {
      return seen() >= static_cast<std::size_t>(requests) ||
             site.verdicts() == Verdicts{{"registered", 18}, {"duplicate", 1}, {"rejected", 4}};
    }));
    site.kill();
    site.start();
  }
  check_end(site);
}

}  // namespace devicebatch::integration
