// Row J1 of the fault matrix, through the real daemon.
#include "integration/rows.hpp"

namespace devicebatch::integration {

TEST_CASE("J1: jobs that are late, odd or lost end with a verdict for every device", "[rows_j]") {
  SiteOptions options;
  options.delivery = "job_grace: 400ms, ";
  Site site(std::move(options));
  create_batch(site);
  try_each(site, {
                     {"404 while fresh", R"("fault":"job_hidden","ms":200)"},
                     {"404 for ever", R"("fault":"job_lost","ms":0)"},
                     {"lost on the way", R"("fault":"job_lost","ms":30)"},
                     {"an unknown state", R"("fault":"job_unknown","ms":300)"},
                     {"backwards", R"("fault":"job_backwards")"},
                     {"late", R"("fault":"job_slow","ms":700)"},
                 });
  CHECK(site.sandbox().count("repeated_bodies") == 0);
}

TEST_CASE("J1: looks that fail are repeated until one tells the end", "[rows_j]") {
  Site site;
  create_batch(site);
  try_each(site,
           {
               {"half a body", R"("fault":"truncated")"},
               {"cut", R"("fault":"cut_answer")"},
               {"gzip", R"("fault":"gzip")"},
               {"pascal case", R"("fault":"pascal_case")"},
               {"another type", R"("fault":"wrong_content_type")"},
               {"100 MB", R"("fault":"oversized")"},
               {"captive portal", R"("fault":"captive_portal")"},
               {"429", R"("fault":429,"retry_after":false)"},
               {"503", R"("fault":503)"},
               {"302", R"("fault":302,"to":"http://127.0.0.1:1/elsewhere")"},
           },
           "GET", "batchJobStatus");
}

TEST_CASE("J1: a job with errors is finished, each device has its own answer", "[rows_j]") {
  SiteOptions options;
  options.sandbox = {"--status-style", "strict"};
  Site site(std::move(options));
  site.start();
  std::vector<support::HashSpec> specs{support::make_spec(1), support::make_spec(2)};
  specs[0].serial = "FAIL-802-1";
  site.drop("a.csv", file_of(specs));
  site.wait_finished(1);
  CHECK(site.verdicts() == Verdicts{{"registered", 1}, {"failed", 1}});
  site.check_promises(1);
}

TEST_CASE("J1: a job that never ends is stalled with an alert, no verdict, over a restart",
          "[rows_j]") {
  SiteOptions options;
  options.delivery = "job_deadline: 1s, ";
  Site site(std::move(options));
  create_batch(site);
  site.sandbox().set_rules(rule_for("POST", "/devices", R"("fault":"job_stuck")"));
  site.drop("a.csv", rows_of(11, 2));
  const auto is_stalled = [&site] {
    return site.status().at("stalled_jobs").to_number<int>() == 1;
  };
  REQUIRE(eventually(is_stalled));
  CHECK(site.log("job.stalled").size() == 1);
  const Verdicts open{{"pending", 2}, {"registered", 2}};
  CHECK(site.verdicts() == open);
  REQUIRE(site.stop() == 0);
  site.start();
  CHECK(is_stalled());
  const std::size_t looks = site.sandbox().requests("batchJobStatus").size();
  REQUIRE(
      eventually([&] { return site.sandbox().requests("batchJobStatus").size() >= looks + 2; }));
  CHECK(site.verdicts() == open);
  // Others go on beside it.
  site.drop("b.csv", rows_of(21, 2));
  REQUIRE(eventually([&] {
    return site.verdicts() == Verdicts{{"pending", 2}, {"registered", 4}};
  }));
  site.check_promises(6);
}

}  // namespace devicebatch::integration
