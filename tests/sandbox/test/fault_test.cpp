#include "base/clock.hpp"
#include "sandbox/test/running_sandbox.hpp"
#include "support/temp_dir.hpp"

#include <boost/json/value.hpp>
#include <catch2/catch.hpp>

#include <future>

using namespace devicebatch::sandbox;

namespace {

Reply post_under(const RunningSandbox& sandbox, std::string_view rule) {
  sandbox.set_rules("[" + std::string(rule) + "]");
  sandbox.set_option(R"({"existing_batch":"append"})");
  return sandbox.post(batches_path(), create_body("T", {"A"}));
}

}  // namespace

TEST_CASE("an upload is dropped before or after it was processed") {
  const RunningSandbox sandbox;
  const Reply before = post_under(sandbox, R"({"fault":"drop_before"})");
  CHECK_FALSE(before.is_answered);
  CHECK_FALSE(before.was_reset);
  CHECK(sandbox.summary().at("devices") == 0);
  CHECK_FALSE(post_under(sandbox, R"({"fault":"drop_after"})").is_answered);
  CHECK(sandbox.summary().at("devices") == 1);
  CHECK(sandbox.ledger().at("posts").at(1).at("fault") == "drop_after");
}

TEST_CASE("a connection is reset") {
  const RunningSandbox sandbox;
  CHECK(post_under(sandbox, R"({"fault":"reset"})").was_reset);
  CHECK(sandbox.summary().at("devices") == 0);
  CHECK(post_under(sandbox, R"({"fault":"reset_after"})").was_reset);
  CHECK(sandbox.summary().at("devices") == 1);
}

TEST_CASE("a throttled request gets the gateway's body and a time to wait") {
  const RunningSandbox sandbox;
  const Reply reply = post_under(sandbox, R"({"fault":429,"retry_after":57})");
  CHECK(reply.status == 429);
  CHECK(reply.header("Retry-After") == "57");
  CHECK(reply.body ==
        R"({"statusCode":429,"message":"Rate limit is exceeded. Try again in 57 seconds."})");
  CHECK(reply.header("MS-RequestId").empty());
  const Reply dated = post_under(sandbox, R"({"fault":429,"retry_after_date":true})");
  CHECK_THAT(std::string(dated.header("Retry-After")), Catch::EndsWith(" GMT"));
  const Reply silent = post_under(sandbox, R"({"fault":429,"retry_after":false})");
  CHECK(silent.header("Retry-After").empty());
}

TEST_CASE("any status can be answered, before or after the work") {
  const RunningSandbox sandbox;
  for (const unsigned status : {500U, 502U, 503U, 504U, 408U, 403U}) {
    CHECK(post_under(sandbox, R"({"fault":)" + std::to_string(status) + "}").status == status);
  }
  CHECK(sandbox.summary().at("devices") == 0);
  CHECK(post_under(sandbox, R"({"fault":500})").code() == "800003");
  const Reply own = post_under(sandbox, R"({"fault":"status","status":400,"code":"2055"})");
  CHECK(own.code() == "2055");
  CHECK(post_under(sandbox, R"({"fault":504,"commit":true})").status == 504);
  CHECK(sandbox.summary().at("devices") == 1);
}

TEST_CASE("any status can have any body, type and headers") {
  const RunningSandbox sandbox;
  const Reply reply =
      post_under(sandbox, R"({"fault":418,"body":"short and stout","content_type":"text/teapot",)"
                          R"("headers":{"X-Spout":"left"}})");
  CHECK(reply.status == 418);
  CHECK(reply.body == "short and stout");
  CHECK(reply.header("Content-Type") == "text/teapot");
  CHECK(reply.header("X-Spout") == "left");
  const Reply json = post_under(sandbox, R"({"fault":200,"body":{"code":7}})");
  CHECK(json.body == R"({"code":7})");
  CHECK(post_under(sandbox, R"({"fault":500,"body":""})").body.empty());
}

TEST_CASE("Retry-After can be garbage, negative, huge or long ago") {
  const RunningSandbox sandbox;
  const auto retry_after = [&](std::string_view value) {
    const Reply reply =
        post_under(sandbox, R"({"fault":503,"retry_after":)" + std::string(value) + "}");
    CHECK(reply.status == 503);
    return std::string(reply.header("Retry-After"));
  };
  CHECK(retry_after("120") == "120");
  CHECK(retry_after("-5") == "-5");
  CHECK(retry_after("\"soon\"") == "soon");
  CHECK(retry_after("\"99999999999999999999\"") == "99999999999999999999");
  CHECK(retry_after("\"\"").empty());
  const std::string past = retry_after(R"(-86400,"retry_after_date":true)");
  CHECK_THAT(past, Catch::EndsWith(" GMT"));
}

TEST_CASE("redirects, proxies and captive portals come in between") {
  const RunningSandbox sandbox;
  const Reply redirect = post_under(sandbox, R"({"fault":302})");
  CHECK(redirect.status == 302);
  CHECK(redirect.header("Location") == "http://portal.example/login");
  CHECK(
      post_under(sandbox, R"({"fault":307,"to":"https://contoso.example/"})").header("Location") ==
      "https://contoso.example/");
  const Reply proxy = post_under(sandbox, R"({"fault":407})");
  CHECK(proxy.status == 407);
  CHECK(proxy.header("Proxy-Authenticate") == "Basic realm=\"proxy\"");
  const Reply portal = post_under(sandbox, R"({"fault":"captive_portal"})");
  CHECK(portal.status == 200);
  CHECK(portal.header("MS-ServerId").empty());
  CHECK_THAT(portal.body, Catch::Contains("log in"));
  CHECK(sandbox.summary().at("devices") == 0);
}

TEST_CASE("a body can be gzipped, of another type, or in another casing") {
  const RunningSandbox sandbox;
  const auto get_under = [&](std::string_view rule) {
    sandbox.set_rules("[" + std::string(rule) + "]");
    return sandbox.get(batches_path());
  };
  const Reply zipped = get_under(R"({"fault":"gzip"})");
  CHECK(zipped.header("Content-Encoding") == "gzip");
  CHECK_THAT(zipped.body, Catch::StartsWith("\x1F\x8B"));
  CHECK(get_under(R"({"fault":"wrong_content_type"})").header("Content-Type") == "text/plain");
  const Reply pascal = get_under(R"({"fault":"pascal_case"})");
  CHECK(pascal.json().at("TotalCount") == 0);
  CHECK(pascal.json().at("Attributes").at("ObjectType") == "Collection");
  sandbox.set_rules(R"([])");
  sandbox.set_option(R"({"casing":"pascal"})");
  const Reply refused = sandbox.get(devices_path("none"));
  CHECK(refused.has_bom());
  CHECK(refused.json().at("Code") == 1000);
}

TEST_CASE("an error page is HTML") {
  const RunningSandbox sandbox;
  const Reply reply = post_under(sandbox, R"({"fault":"html"})");
  CHECK(reply.status == 503);
  CHECK_THAT(reply.body, Catch::StartsWith("<!DOCTYPE html>"));
}

TEST_CASE("a token can be refused once, or forgotten for good") {
  const RunningSandbox sandbox;
  CHECK(post_under(sandbox, R"({"fault":"expired_token","when":{"nth":1}})").status == 401);
  CHECK(sandbox.get(batches_path()).status == 200);
  CHECK(post_under(sandbox, R"({"fault":"expired_token","revoke":true,"when":{"nth":1}})").code() ==
        "400");
  CHECK(sandbox.get(batches_path()).status == 401);
}

TEST_CASE("the token endpoint fails in its own words") {
  const RunningSandbox sandbox;
  sandbox.set_rules(R"([{"match":{"path":"/oauth2/token"},"fault":500}])");
  const Reply reply = sandbox.ask_token();
  CHECK(reply.status == 500);
  CHECK(reply.json().at("error") == "temporarily_unavailable");
  CHECK(sandbox.get(batches_path()).status == 200);
}

TEST_CASE("Location can be missing or stand in the body") {
  const RunningSandbox sandbox;
  const Reply none = post_under(sandbox, R"({"fault":"no_location"})");
  CHECK(none.status == 202);
  CHECK(none.header("Location").empty());
  CHECK(none.body.empty());
  const Reply link = post_under(sandbox, R"({"fault":"link_body"})");
  CHECK(link.header("Location").empty());
  const std::string uri(std::string_view(link.json().at("uri").as_string()));
  CHECK_THAT(uri, Catch::Contains("/batchJobStatus/"));
}

TEST_CASE("a body can be truncated and an answer cut off") {
  const RunningSandbox sandbox;
  sandbox.set_rules(R"([{"match":{"method":"GET"},"when":{"nth":1},"fault":"truncated"},
                        {"match":{"method":"GET"},"when":{"nth":2},"fault":"cut_answer"}])");
  const Reply truncated = sandbox.get(batches_path());
  CHECK(truncated.is_answered);
  CHECK(truncated.json().is_null());
  CHECK_FALSE(sandbox.get(batches_path()).is_answered);
  CHECK(sandbox.get(batches_path()).json().is_object());
}

TEST_CASE("slow answers wait side by side") {
  const RunningSandbox sandbox;
  sandbox.set_option(R"({"latency_ms":300})");
  const devicebatch::SystemClock clock;
  const auto started = clock.now_mono();
  std::vector<std::future<Reply>> replies;
  for (int i = 0; i < 8; ++i) {
    replies.push_back(std::async(std::launch::async, [&sandbox, i] {
      const std::string name = "B" + std::to_string(i);
      return sandbox.post(batches_path(), create_body(name, {name}));
    }));
  }
  for (auto& each : replies) CHECK(each.get().status == 202);
  const auto took = clock.now_mono() - started;
  CHECK(took >= std::chrono::milliseconds(300));
  CHECK(took < std::chrono::milliseconds(8 * 300));
}

TEST_CASE("rules fire for the nth, every nth and the first requests that match") {
  const RunningSandbox sandbox;
  const auto statuses = [&](std::string_view when) {
    sandbox.set_rules(R"([{"match":{"method":"get","regex":"device(batches)$"},"when":)" +
                      std::string(when) + R"(,"fault":503}])");
    std::vector<unsigned> seen;
    for (int i = 0; i < 5; ++i) {
      sandbox.get(devices_path("none"));
      seen.push_back(sandbox.get(batches_path()).status);
    }
    return seen;
  };
  CHECK(statuses(R"({"nth":2})") == std::vector<unsigned>{200, 503, 200, 200, 200});
  CHECK(statuses(R"({"every":2})") == std::vector<unsigned>{200, 503, 200, 503, 200});
  CHECK(statuses(R"({"first":2})") == std::vector<unsigned>{503, 503, 200, 200, 200});
  CHECK(statuses(R"({"after":2})") == std::vector<unsigned>{200, 200, 503, 503, 503});
  CHECK(statuses(R"({"after":1,"first":2})") == std::vector<unsigned>{200, 503, 200, 200, 200});
  CHECK(statuses(R"({"probability":0})") == std::vector<unsigned>{200, 200, 200, 200, 200});
  CHECK(statuses(R"({"probability":1})") == std::vector<unsigned>{503, 503, 503, 503, 503});
  CHECK(sandbox.get("/sandbox/rules").json().at("rules").at(0).at("fired") == 5);
}

TEST_CASE("a rule that is misspelled is refused and changes nothing") {
  const RunningSandbox sandbox;
  sandbox.set_rules(R"([{"fault":503}])");
  for (const std::string_view bad : {R"([{"fault":"drop"}])",
                                     R"([{"fault":503,"ms":"x"}])",
                                     R"([{"match":{"verb":"GET"}}])",
                                     R"([{"fault":503,"when":{"nth":-1}}])",
                                     R"([{"fault":"slow","retry_after":1}])",
                                     R"([{"fault":503,"match":{"regex":"("}}])",
                                     R"([{"fault":99}])",
                                     R"({"faults":1})",
                                     R"([{"fault":503,"when":{"every":0}}])",
                                     R"([{"fault":"location","form":"odd"}])",
                                     R"([{"fault":503,"when":{"probability":2}}])",
                                     R"([{"fault":503,"when":{"third":1}}])",
                                     R"([{"fault":"aadsts","number":-1}])",
                                     R"([{"fault":503,"headers":[]}])",
                                     R"([{}])",
                                     R"({"customers":{"lost":[]}})",
                                     R"({"customers":{"locked":[1]}})",
                                     R"({"rules":[]})",
                                     "[",
                                     "7"}) {
    CAPTURE(bad);
    CHECK(sandbox.post("/sandbox/rules", bad).status == 400);
  }
  CHECK(sandbox.get(batches_path()).status == 503);
}

TEST_CASE("rules are read from YAML") {
  const devicebatch::support::TempDir folder;
  const auto path = folder / "rules.yaml";
  devicebatch::support::write_file(path,
                                   "faults:\n"
                                   "  - match: {method: POST, path: deviceBatches}\n"
                                   "    when: {nth: 1}\n"
                                   "    fault: 429\n"
                                   "    retry_after: 3\n"
                                   "customers:\n"
                                   "  unknown: [22222222-2222-4222-8222-222222222222]\n");
  Options options = quick_options();
  options.rules_file = path.string();
  const RunningSandbox sandbox(options);
  CHECK(sandbox.post(batches_path(), create_body("T", {"A"})).header("Retry-After") == "3");
  CHECK(sandbox.get(batches_path(kOtherCustomer)).code() == "60003");
}

TEST_CASE("Expect can be honoured, ignored or refused") {
  const RunningSandbox sandbox;
  const std::string body = create_body("T", {"A"});
  sandbox.set_option(R"({"expect":"refuse"})");
  const Reply refused = sandbox.post(batches_path(), body, {{"Expect", "100-continue"}});
  CHECK(refused.status == 417);
  sandbox.set_option(R"({"expect":"ignore"})");
  CHECK(sandbox.post(batches_path(), body, {{"Expect", "100-continue"}}).status == 202);
}
