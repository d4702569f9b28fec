// Rows H1 to H4 of the fault matrix, through the real daemon.
#include "integration/rows.hpp"

namespace devicebatch::integration {
namespace {

namespace json = boost::json;

}  // namespace

TEST_CASE("H1: an upload that gets a status of the row registers every device once", "[rows_h]") {
  Site site;
  create_batch(site);
  try_each(site, {
                     {"408", R"("fault":408)"},
                     {"409", R"("fault":409)"},
                     {"410", R"("fault":410)"},
                     {"422", R"("fault":422)"},
                     {"425", R"("fault":425)"},
                     {"429", R"("fault":429,"retry_after":false)"},
                     {"500", R"("fault":500)"},
                     {"502", R"("fault":502)"},
                     {"503", R"("fault":503)"},
                     {"504", R"("fault":504)"},
                     {"507", R"("fault":507)"},
                     {"511", R"("fault":511)"},
                     {"299", R"("fault":299)"},
                     {"499", R"("fault":499)"},
                     {"599", R"("fault":599)"},
                     {"413, after which chunks are smaller", R"("fault":413)"},
                 });
}

TEST_CASE("H1: the same when the work was done all the same", "[rows_h]") {
  Site site;
  create_batch(site);
  try_each(site, {
                     {"408", R"("fault":408,"commit":true)"},
                     {"409", R"("fault":409,"commit":true)"},
                     {"499", R"("fault":499,"commit":true)"},
                     {"500", R"("fault":500,"commit":true)"},
                     {"502", R"("fault":502,"commit":true)"},
                     {"503", R"("fault":503,"commit":true)"},
                     {"504", R"("fault":504,"commit":true)"},
                     {"507", R"("fault":507,"commit":true)"},
                     {"299", R"("fault":299,"commit":true)"},
                     {"599", R"("fault":599,"commit":true)"},
                 });
  CHECK(site.sandbox().count("repeated_bodies") == 0);
}

TEST_CASE("H1: a 415 is for a person; the devices wait and are registered later", "[rows_h]") {
  Site site;
  create_batch(site);
  site.sandbox().set_rules(rule_for("POST", "/devices", R"("fault":415)"));
  site.drop("a.csv", rows_of(11, 2));
  const auto is_paused = [&site] {
    return site.status().at("accounts").at(0).as_object().contains("paused");
  };
  REQUIRE(eventually(is_paused));
  CHECK(site.verdicts() == Verdicts{{"pending", 2}, {"registered", 2}});
  REQUIRE(site.stop() == 0);
  site.start();
  site.wait_finished(2);
  CHECK(site.verdicts() == Verdicts{{"registered", 4}});
  site.check_promises(4);
}

TEST_CASE("H2: every form of Retry-After is obeyed within the cap", "[rows_h]") {
  struct Row {
    const char* value;
    long least;  // milliseconds between two uploads
  };
  SiteOptions options;
  options.delivery = "retry_after_cap: 1s, ";
  Site site(std::move(options));
  create_batch(site);
  std::int64_t files = 1;
  for (const Row& row : {Row{"0", 0}, Row{"1", 1000}, Row{"86400", 1000},
                         Row{R"("Sun, 06 Nov 1994 08:49:37 GMT")", 0},
                         Row{R"("Fri, 31 Dec 9999 23:59:59 GMT")", 1000}, Row{R"("soon")", 0},
                         Row{R"("-1")", 0}, Row{R"("99999999999999999999999999")", 1000}}) {
    for (const char* status : {"429", "503", "302"}) {
      INFO(status << " with " << row.value);
      site.sandbox().set_rules(rule_for("POST", "/devices",
                                        R"("fault":)" + std::string(status) +
                                            R"(,"to":"/elsewhere","retry_after":)" + row.value));
      const std::size_t before = post_times(site, "/devices").size();
      site.drop("file-" + std::to_string(files) + ".csv",
                rows_of(static_cast<std::uint64_t>(files * 10 + 1), 1));
      site.wait_finished(++files);
      const std::vector<long> times = post_times(site, "/devices");
      REQUIRE(times.size() == before + 2);
      CHECK(apart(times[before], times[before + 1]) >= row.least);
      CHECK(apart(times[before], times[before + 1]) < 20'000);
    }
  }
  site.check_promises(files + 1);
}

TEST_CASE("H3: whatever Location says, the job is found or the batch is looked at", "[rows_h]") {
  Site site;
  create_batch(site);
  try_each(site, {
                     {"absent", R"("fault":"location","form":"absent")"},
                     {"in the body", R"("fault":"location","form":"in_body")"},
                     {"empty", R"("fault":"location","form":"empty")"},
                     {"other host", R"("fault":"location","form":"other_host")"},
                     {"http instead of https", R"("fault":"location","form":"http_downgrade")"},
                     {"a file", R"("fault":"location","form":"file")"},
                     {"a user's name in it", R"("fault":"location","form":"userinfo")"},
                     {"64 kB", R"("fault":"location","form":"long")"},
                     {"an encoded line end", R"("fault":"location","form":"crlf")"},
                     {"a real line end", R"("fault":"location","form":"folded")"},
                     {"no GUID", R"("fault":"location","form":"not_guid")"},
                     {"another customer's", R"("fault":"location","form":"other_customer")"},
                 });
  CHECK(site.sandbox().count("repeated_bodies") == 0);
  for (const json::object& request : site.sandbox().requests("batchJobStatus")) {
    const std::string target(request.at("target").as_string());
    CHECK(target.starts_with("/v1/customers/" + std::string(kCustomer)));
  }
}

TEST_CASE("H4: rows of a job are matched by key, missing ones are looked for", "[rows_h]") {
  Site site;
  create_batch(site);
  try_each(site, {
                     {"shuffled", R"("fault":"job_shuffled")"},
                     {"one of two", R"("fault":"job_omits","count":1)"},
                     {"none of two", R"("fault":"job_omits","count":2)"},
                     {"strangers", R"("fault":"job_strangers","count":3)"},
                     {"twice", R"("fault":"job_repeats","count":2)"},
                     {"absent until the end", R"("fault":"job_hides_devices")"},
                     {"null until the end", R"("fault":"job_null_devices")"},
                 });
  CHECK(site.sandbox().count("repeated_bodies") == 0);
}

TEST_CASE("H4: a long listing of which every third page fails is read to its end", "[rows_h]") {
  SiteOptions options;
  options.sandbox = {"--page-size", "1"};
  options.delivery = "chunk_devices: 20, ";
  Site site(std::move(options));
  site.start();
  site.drop("first.csv", rows_of(1, 20));
  site.wait_finished(1);
  const char* fault = GENERATE(R"("fault":429,"retry_after":false)",
                               R"("fault":503,"retry_after":0)", R"("fault":"truncated")");
  INFO(fault);
  site.sandbox().set_rules(
      R"([{"match":{"method":"POST","path":"/devices"},"when":{"nth":1},"fault":"no_location"},)"
      R"({"match":{"method":"GET","path":"LINE/devices"},"when":{"every":3},)" +
      std::string(fault) + "}]");
  site.drop("a.csv", rows_of(101, 20));
  site.wait_finished(2);
  CHECK(site.verdicts() == Verdicts{{"registered", 40}});
  site.check_promises(40);
}

TEST_CASE("H4: a job that failed as a whole is no verdict: its devices are looked for, then sent",
          "[rows_h]") {
  Site site;
  create_batch(site);
  try_each(site, {{"failed", R"("fault":"job_fails")"}});
}

}  // namespace devicebatch::integration
