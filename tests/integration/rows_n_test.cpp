// Rows N3, N4, N5 and C2 of the fault matrix, through the real daemon.
#include "base/clock.hpp"

#include "integration/rows.hpp"

namespace devicebatch::integration {
namespace {

struct ReplayRow {
  const char* replay;   // what the service does with an id that it knows
  const char* setting;  // server_honours_request_id
  bool may_be_told;     // that a device is there already
};

}  // namespace

TEST_CASE("N3: a response that is lost after the work is done registers every device once",
          "[rows_n]") {
  const ReplayRow row =
      GENERATE(ReplayRow{"same", "auto", false}, ReplayRow{"same", "yes", false},
               ReplayRow{"conflict", "auto", false}, ReplayRow{"earlier", "auto", false},
               ReplayRow{"ignore", "auto", true}, ReplayRow{"same", "no", false},
               ReplayRow{"ignore", "no", false});
  INFO(row.replay << ", server_honours_request_id " << row.setting);
  SiteOptions options;
  options.sandbox = {"--replay", row.replay};
  options.service = ", server_honours_request_id: " + std::string(row.setting);
  Site site(std::move(options));
  site.sandbox().set_rules(R"([{"match":{"method":"POST","regex":"deviceBatches$"},)"
                           R"("when":{"nth":1},"fault":"drop_after"},)"
                           R"({"match":{"method":"POST","path":"/devices"},)"
                           R"("when":{"first":4},"fault":"drop_after"}])");
  site.start();
  site.drop("a.csv", rows_of(1, 3));
  site.wait_finished(1);
  site.drop("b.csv", rows_of(11, 3));
  site.wait_finished(2);
  CHECK(site.verdicts() == Verdicts{{"registered", 6}});
  CHECK(site.sandbox().count("devices") == 6);
  CHECK(site.sandbox().count("registered_twice") == 0);
  CHECK(site.sandbox().count("violations") == 0);
  CHECK(site.sandbox().count("repeated_bodies") == 0);
  if (!row.may_be_told) CHECK(site.sandbox().count("already") == 0);
}

TEST_CASE("N3: a service that was found to take an upload twice is looked at from then on",
          "[rows_n]") {
  SiteOptions options;
  options.sandbox = {"--replay", "ignore"};
  Site site(std::move(options));
  create_batch(site);
  const auto lose_next = [&site] {
    site.sandbox().set_rules(rule_for("POST", "/devices", R"("fault":"drop_after")"));
  };
  lose_next();
  site.drop("a.csv", rows_of(11, 2));
  site.wait_finished(2);
  CHECK(site.sandbox().count("already") == 2);
  CHECK(site.status().at("accounts").at(0).at("honours_request_id").as_string() == "no");
  REQUIRE(site.stop() == 0);
  site.start();  // it is remembered
  lose_next();
  site.drop("b.csv", rows_of(21, 2));
  site.wait_finished(3);
  CHECK(site.sandbox().count("already") == 2);
  CHECK(site.verdicts() == Verdicts{{"registered", 6}});
  CHECK(site.sandbox().count("registered_twice") == 0);
}

TEST_CASE("N4: after a partition the backlog drains smoothly, behind single probes", "[rows_n]") {
  SiteOptions options;
  options.sandbox = {"--latency-ms", "20"};
  options.delivery = "chunk_devices: 5, breaker_probe: 500ms, ";
  Site site(std::move(options));
  create_batch(site);
  site.sandbox().set_rules(R"([{"fault":"reset"}])");
  site.drop("backlog.csv", rows_of(1001, 300));
  REQUIRE(eventually([&] { return !site.log("account.breaker_open").empty(); }));
  const auto requests = [&site] { return site.sandbox().requests("/v1/").size(); };
  const std::size_t before = requests();
  const SystemClock clock;
  const MonoTime begin = clock.now_mono();
  REQUIRE(eventually([&] { return requests() >= before + 6; }));
  // Six probes, at least half a second apart, the first one due at any time.
  CHECK(clock.now_mono() - begin >= std::chrono::milliseconds(2'400));
  CHECK(site.verdicts() == Verdicts{{"pending", 300}, {"registered", 2}});

  site.sandbox().set_rules("[]");
  site.wait_finished(2);
  CHECK(site.log("account.breaker_closed").size() == 1);
  CHECK(site.verdicts() == Verdicts{{"registered", 302}});
  site.check_promises(302);
  // Never more at once than configured, and not all of those at once.
  CHECK(site.sandbox().count("capacity_most") <= 4);
  const std::vector<long> times = post_times(site, "/devices");
  REQUIRE(times.size() >= 60);
  std::size_t in_first_100_ms = 0;
  const long first = times[times.size() - 59];
  for (std::size_t at = times.size() - 59; at < times.size(); ++at) {
    if (apart(first, times[at]) < 100) ++in_first_100_ms;
  }
  CHECK(in_first_100_ms <= 20);
}

TEST_CASE("N5: what is no answer of the service is never taken for a success", "[rows_n]") {
  Site site;
  create_batch(site);
  try_each(site,
           {
               {"captive portal", R"("fault":"captive_portal")"},
               {"captive portal, after the work", R"("fault":"captive_portal","commit":true)"},
               {"HTML and 200", R"("fault":"html","status":200)"},
               {"HTML and 503", R"("fault":"html","status":503)"},
               {"302", R"("fault":302,"to":"https://login.contoso.example/")"},
               {"307", R"("fault":307,"to":"/v1/elsewhere","commit":true)"},
               {"wrong type", R"("fault":"wrong_content_type")"},
               {"gzip", R"("fault":"gzip")"},
               {"100 MB", R"("fault":"oversized")"},
               {"no length", R"("fault":"no_length")"},
               {"two lengths", R"("fault":"duplicate_length")"},
               {"half a body", R"("fault":"truncated")"},
           });
}

TEST_CASE("N5: a proxy that wants a sign-in pauses the account and loses nothing", "[rows_n]") {
  Site site;
  create_batch(site);
  site.sandbox().set_rules(rule_for("POST", "/devices", R"("fault":407)"));
  site.drop("a.csv", rows_of(11, 2));
  const auto is_paused = [&site] {
    return site.status().at("accounts").at(0).as_object().contains("paused");
  };
  REQUIRE(eventually(is_paused));
  CHECK(site.verdicts() == Verdicts{{"pending", 2}, {"registered", 2}});
  site.daemon().signal(SIGHUP);  // a person has acted
  site.wait_finished(2);
  site.check_promises(4);
}

TEST_CASE("C2: a daemon that is stopped in the middle and goes on later loses nothing",
          "[rows_n]") {
  SiteOptions options;
  options.sandbox = {"--latency-ms", "400", "--token-seconds", "2"};
  options.service = ", connect_timeout: 500ms, first_byte_timeout: 1s, request_timeout: 1s";
  options.delivery = "chunk_devices: 2, ";
  Site site(std::move(options));
  site.start();
  const SystemClock clock;
  std::int64_t files = 0;
  for (const char* moment : {"an upload is under way", "jobs are followed", "nothing is to do"}) {
    INFO(moment);
    const std::size_t requests = site.sandbox().requests("/v1/").size();
    site.drop("file-" + std::to_string(files) + ".csv",
              rows_of(static_cast<std::uint64_t>(files * 10 + 1), 6));
    ++files;
    if (files == 3) site.wait_finished(files);
    REQUIRE(eventually([&] { return site.sandbox().requests("/v1/").size() > requests; }));
    site.daemon().signal(SIGSTOP);
    const MonoTime begin = clock.now_mono();
    // Longer than a request may take and a token lives.
    REQUIRE(eventually([&] { return clock.now_mono() - begin > std::chrono::seconds(3); }));
    site.daemon().signal(SIGCONT);
    site.wait_finished(files);
  }
  CHECK(site.verdicts() == Verdicts{{"registered", 18}});
  site.check_promises(18);
}

}  // namespace devicebatch::integration
