// Tokens, secrets and rights: trouble that pauses, and loses nothing.
#include "integration/device_rows.hpp"
#include "integration/site.hpp"
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>

namespace devicebatch::integration {
namespace {

namespace json = boost::json;

json::object destination_of(const Site& site, std::string_view name) {
  const json::object status = site.status();
  for (const json::value& destination : status.at("destinations").as_array()) {
    if (destination.at("name").as_string() == name) return destination.as_object();
  }
  FAIL("no destination " << name);
  return {};
}

bool is_paused(const Site& site) {
  return destination_of(site, "line").contains("paused");
}

}  // namespace

TEST_CASE("A1: a token that ends with several uploads in flight is renewed once",
          "[authentication]") {
  SiteOptions options;
  options.sandbox = {"--latency-ms", "100"};
  options.delivery = "chunk_devices: 2, ";
  Site site(std::move(options));
  site.start();
  site.drop("first.csv", rows_of(1, 2));
  site.wait_finished(1);
  REQUIRE(site.sandbox().count("token_requests") == 1);
  site.sandbox().set_rules(R"([{"match":{"method":"POST","path":"/devices"},"when":{"nth":3},)"
                           R"("fault":"expired_token","revoke":true}])");
  site.drop("second.csv", rows_of(11, 16));
  site.wait_finished(2);
  CHECK(site.sandbox().count("token_requests") == 2);
  CHECK(site.verdicts() == Verdicts{{"registered", 18}});
  site.check_promises(18);
}

TEST_CASE("tokens that live for a second are renewed while jobs run", "[authentication]") {
  SiteOptions options;
  options.sandbox = {"--token-seconds", "1", "--job-ms", "1500"};
  Site site(std::move(options));
  site.start();
  site.drop("a.csv", rows_of(1, 3));
  site.wait_finished(1);
  CHECK(site.sandbox().count("token_requests") >= 2);
  CHECK(site.verdicts() == Verdicts{{"registered", 3}});
  site.check_promises(3);
}

TEST_CASE("a customer that we may not serve pauses the destination until somebody resumes it",
          "[authentication]") {
  Site site;
  const std::string forbidden =
      R"({"customers":{"forbidden":[")" + std::string(kCustomer) + "\"]}}";
  const std::string at_upload = R"([{"match":{"method":"POST","path":"/deviceBatches"},)"
                                R"("when":{"nth":1},"fault":403,"code":"20002"}])";
  site.sandbox().set_rules(GENERATE_COPY(forbidden, at_upload));
  site.start();
  site.drop("a.csv", rows_of(1, 3));
  REQUIRE(eventually([&] { return is_paused(site); }));
  const json::object paused = destination_of(site, "line").at("paused").as_object();
  INFO(json::serialize(paused));
  CHECK(paused.at("code").as_string() == "service.20002");
  CHECK_FALSE(paused.at("reason").as_string().empty());
  CHECK(site.verdicts() == Verdicts{{"pending", 3}});

  // Other work goes on meanwhile.
  site.sandbox().set_rules("[]");
  site.drop_into(site.second_folder(), "other.csv", rows_of(11, 2));
  const Verdicts others{{"pending", 3}, {"registered", 2}};
  REQUIRE(eventually([&] { return site.verdicts() == others; }));
  CHECK(is_paused(site));

  const Ended resumed = site.run({"resume", "line", "--reason", "a test"});
  CHECK(resumed.exit_code == 0);
  CHECK(resumed.out == "line is at work\n");
  site.wait_finished(2);
  CHECK(site.verdicts() == Verdicts{{"registered", 5}});
  site.check_promises(5);
}

TEST_CASE("a wrong secret keeps everything until the right one is there", "[authentication]") {
  Site site;
  support::write_file(site.dir() / "client-secret", "not-the-secret\n");
  site.start();
  site.drop("a.csv", rows_of(1, 3));
  REQUIRE(eventually([&] { return !site.log("token.failed").empty(); }));
  const std::string said = json::serialize(site.log("token.failed").front());
  CHECK(said.find("7000215") != std::string::npos);
  CHECK(said.find("not-the-secret") == std::string::npos);
  REQUIRE(eventually([&] { return site.verdicts() == Verdicts{{"pending", 3}}; }));

  support::write_file(site.dir() / "client-secret", site.options().secret + "\n");
  site.daemon().signal(SIGHUP);
  site.wait_finished(1);
  CHECK(site.verdicts() == Verdicts{{"registered", 3}});
  site.check_promises(3);
}

TEST_CASE("a paused destination keeps what comes, and goes on when it is resumed",
          "[authentication]") {
  Site site;
  site.start();
  CHECK(site.run({"pause", "line", "--reason", "a test"}).out == "line is paused\n");
  site.drop("a.csv", rows_of(1, 2));
  REQUIRE(eventually([&] { return site.verdicts() == Verdicts{{"pending", 2}}; }));
  site.daemon().signal(SIGHUP);
  REQUIRE(eventually([&] { return !site.log("settings.reloaded").empty(); }));
  CHECK(is_paused(site));  // by a person: nothing but a person ends it
  REQUIRE(site.stop() == 0);
  site.start();
  CHECK(is_paused(site));
  CHECK(site.sandbox().count("posts") == 0);
  const Ended resumed = site.run({"resume", "line", "--reason", "a test", "--json"});
  CHECK(parse_json(resumed.out).at("is_paused").as_bool() == false);
  site.wait_finished(1);
  site.check_promises(2);
  CHECK(site.run({"resume", "nowhere", "--reason", "a test"}).exit_code != 0);
}

TEST_CASE("A1: a token that ends in the middle of a file is renewed, and nothing is sent twice",
          "[authentication]") {
  SiteOptions options;
  options.delivery = "chunk_devices: 2, ";
  Site site(std::move(options));
  const std::string place =
      GENERATE(R"({"method":"POST","path":"/devices"})", R"({"path":"batchJobStatus"})",
               R"({"method":"GET","path":"deviceBatches"})");
  const std::string nth = place.find("GET") == std::string::npos ? "3" : "1";
  site.sandbox().set_rules(R"([{"match":)" + place + R"(,"when":{"nth":)" + nth +
                           R"(},"fault":"expired_token","revoke":true}])");
  site.start();
  site.drop("a.csv", rows_of(1, 12));
  site.wait_finished(1);
  CHECK(site.sandbox().count("token_requests") == 2);
  CHECK(site.verdicts() == Verdicts{{"registered", 12}});
  site.check_promises(12);
}

TEST_CASE("A1: a storm of 401 pauses the account, and costs a handful of tokens",
          "[authentication]") {
  Site site;
  site.sandbox().set_rules(R"([{"match":{"path":"/v1/"},"fault":"expired_token"}])");
  site.start();
  site.drop("a.csv", rows_of(1, 3));
  site.drop_into(site.second_folder(), "b.csv", rows_of(11, 3));
  REQUIRE(eventually([&] { return !site.log("account.paused").empty(); }));
  REQUIRE(eventually([&] { return site.verdicts() == Verdicts{{"pending", 6}}; }));
  CHECK(site.sandbox().count("token_requests") <= 6);
  site.sandbox().set_rules("[]");
  site.daemon().signal(SIGHUP);
  site.wait_finished(2);
  CHECK(site.verdicts() == Verdicts{{"registered", 6}});
  site.check_promises(6);
}

TEST_CASE("A1: an identity service in trouble is asked again, and nothing is lost",
          "[authentication]") {
  const std::string rule =
      GENERATE(R"({"when":{"first":3},"fault":503})", R"({"when":{"first":3},"fault":"aadsts"})",
               R"({"when":{"first":2},"fault":429,"retry_after":1})",
               R"({"when":{"first":3},"fault":"reset"})", R"({"when":{"first":3},"fault":"html"})",
               R"({"when":{"first":3},"fault":"captive_portal"})",
               R"({"when":{"first":3},"fault":"truncated"})");
  INFO(rule);
  Site site;
  std::string matched = rule;
  matched.replace(0, 1, R"({"match":{"path":"oauth2"},)");
  site.sandbox().set_rules("[" + matched + "]");
  site.start();
  site.drop("a.csv", rows_of(1, 2));
  site.wait_finished(1);
  CHECK(site.sandbox().requests("oauth2").size() >= 3);
  REQUIRE_FALSE(site.log("token.failed").empty());
  for (const json::object& line : site.log("token.failed")) {
    CHECK(line.at("reason").as_string() != "unauthorized");
  }
  CHECK(site.verdicts() == Verdicts{{"registered", 2}});
  site.check_promises(2);
}

TEST_CASE("A1: an absurd wish of the identity service is obeyed up to the cap",
          "[authentication]") {
  SiteOptions options;
  options.delivery = "retry_after_cap: 1s, ";
  Site site(std::move(options));
  site.sandbox().set_rules(
      R"([{"match":{"path":"oauth2"},"when":{"nth":1},"fault":429,"retry_after":100000}])");
  site.start();
  site.drop("a.csv", rows_of(1, 2));
  site.wait_finished(1);
  site.check_promises(2);
}

TEST_CASE("A1: a slow identity service is asked once by all", "[authentication]") {
  Site site;
  site.sandbox().set_rules(R"([{"match":{"path":"oauth2"},"fault":"slow","ms":2000}])");
  site.start();
  site.drop("a.csv", rows_of(1, 2));
  site.drop_into(site.second_folder(), "b.csv", rows_of(11, 2));
  site.wait_finished(2);
  CHECK(site.sandbox().count("token_requests") == 1);
  site.check_promises(4);
}

TEST_CASE("A1: a clock that is wrong neither ends nor prolongs a token, and is said once",
          "[authentication]") {
  const std::string offset = GENERATE("7200", "-7200");
  SiteOptions options;
  options.sandbox = {"--date-offset-s", offset, "--token-seconds", "2"};
  Site site(std::move(options));
  site.start();
  for (int at = 1; at <= 3; ++at) {
    site.drop("f" + std::to_string(at) + ".csv", rows_of(at * 10, 2));
    site.wait_finished(at);
  }
  CHECK(site.sandbox().count("token_requests") <= 12);
  REQUIRE(site.log("clock.wrong").size() == 1);
  const json::object said = site.log("clock.wrong").front();
  CHECK(std::abs(said.at("ahead_s").to_number<int>() + std::stoi(offset)) <= 2);
  CHECK(site.verdicts() == Verdicts{{"registered", 6}});
  site.check_promises(6);
}

TEST_CASE("A1: a client that is unknown waits for a person", "[authentication]") {
  Site site;
  site.sandbox().set_rules(R"([{"match":{"path":"oauth2"},"fault":"aadsts","number":7000222}])");
  site.start();
  site.drop("a.csv", rows_of(1, 2));
  REQUIRE(eventually([&] { return !site.log("token.failed").empty(); }));
  CHECK(site.log("token.failed").front().at("reason").as_string() == "unauthorized");
  REQUIRE(eventually([&] { return site.verdicts() == Verdicts{{"pending", 2}}; }));
  site.sandbox().set_rules("[]");
  site.wait_finished(1);
  site.check_promises(2);
}

}  // namespace devicebatch::integration
