#include "settings/load.hpp"

#include "base/random.hpp"
#include "support/temp_dir.hpp"

#include "sample.hpp"
#include <catch2/catch.hpp>

#include <algorithm>

using namespace devicebatch;
using namespace devicebatch::settings;
using namespace devicebatch::settings::test;
using namespace std::chrono_literals;

TEST_CASE("an empty file means the defaults") {
  for (const char* yaml :
       {"", "# nothing\n", "---\n", "delivery:\n# all commented out\nsources:\n"}) {
    const Loaded loaded = load_settings(yaml);
    CHECK(describe("f", loaded.problems).empty());
    CHECK(loaded.settings == Settings());
  }
}

TEST_CASE("every kind of value is read") {
  const Loaded loaded = load_settings(whole() + R"(    validation: documented
    settle: 0s
ledger: {path: /tmp/l.db}
drain_deadline: 1500ms
log: {level: debug, format: json}
partner_center: {proxy: , allow_plain_http: true, base_url: "http://127.0.0.1:8080"}
wire: {body: sdk, expect_continue: True}
delivery: {chunk_bytes: 1.5MiB, chunk_devices: 7, job_deadline: 1d}
)");
  CHECK(describe("f", loaded.problems).empty());
  const Settings& all = loaded.settings;
  CHECK(all.ledger_path == "/tmp/l.db");
  CHECK(all.drain_deadline == 1500ms);
  CHECK(all.log_level == "debug");
  CHECK(all.log_format == LogFormat::json);
  CHECK(all.service.proxy.empty());
  CHECK(all.service.allow_plain_http);
  CHECK(all.wire.body == BodyForm::sdk);
  CHECK(all.wire.expect_continue);
  CHECK(all.delivery.chunk_bytes == 1'572'864);
  CHECK(all.delivery.chunk_devices == 7);
  CHECK(all.delivery.job_deadline == 24h);
  REQUIRE(all.source("line-1") != nullptr);
  CHECK(all.source("line-1")->validation == Validation::documented);
  CHECK(all.source("line-1")->settle == 0ms);
  CHECK(all.source("line-1")->rescan == 30s);
  REQUIRE(all.account("contoso") != nullptr);
  CHECK(all.account("contoso")->client_secret.credential == "contoso");
  CHECK(all.destination("laptops")->batch == "Laptops 2026");
  CHECK(all.destination("absent") == nullptr);
}

TEST_CASE("an unknown key is named with its line and the key that was meant") {
  const auto [yaml, expected] = GENERATE(table<std::string, std::string>({
      {"deliverry:\n  x: 1\n", "1: unknown key deliverry; did you mean delivery?\n"},
      {"delivery:\n  chunk-devices: 5\n",
       "2: unknown key chunk-devices in delivery; did you mean chunk_devices?\n"},
      {"wire:\n  chunk_devices: 5\n",
       "2: unknown key chunk_devices in wire; it belongs in delivery:\n"},
      {"log:\n  drain_deadline: 5s\n",
       "2: unknown key drain_deadline in log; it belongs outside any section\n"},
      {"wire:\n  colour: red\n",
       "2: unknown key colour in wire; known here: body, expect_continue, contract_version\n"},
      {"wire:\n  \"a\\nb\": 1\n",
       "2: unknown key a\\x0ab in wire; known here: body, expect_continue, contract_version\n"},
  }));
  CHECK(problems_of(yaml) == expected);
}

TEST_CASE("an unknown key inside a list item is named with the item") {
  CHECK(problems_of(whole() + "    setle: 5s\n") ==
        "15: unknown key setle in sources[0]; did you mean settle?\n");
}

TEST_CASE("a value that is wrong is told with what would be right") {
  const auto [yaml, expected] = GENERATE(table<std::string, std::string>({
      {"drain_deadline: 5", "has no unit; write a whole number and its unit"},
      {"drain_deadline: 5 parsecs", "has the unknown unit parsecs"},
      {"drain_deadline: -5s", "is no duration"},
      {"drain_deadline: soon", "is no duration"},
      {"drain_deadline:", "has no value"},
      {"drain_deadline: [5s]", "must be a single value"},
      {"drain_deadline: 11m", "must be between 0s and 10m"},
      {"drain_deadline: 99999999999999999999d", "is too large"},
      {"delivery: {in_flight: 0}", "must be between 1 and 64"},
      {"delivery: {in_flight: four}", "is no whole number"},
      {"delivery: {in_flight: 4.5}", "is no whole number"},
      {"delivery: {chunk_bytes: 1}", "must be between 16384 and 16000000 bytes"},
      {"delivery: {chunk_bytes: 2.5XB}", "is no size"},
      {"wire: {body: sdkk}", "must be one of minimal, sdk; did you mean sdk?"},
      {"wire: {expect_continue: yes}", "must be true or false"},
      {"wire: true", "wire must be a map of keys"},
      {"log: {level: warn}", "must be trace, debug, info, warning, error or critical"},
      {"ledger: {path: ledger.db}", "must be an absolute path"},
      {"ledger: {path: }", "must be an absolute path"},
      {"ledger: {path: \"/a\\nb\"}", "contains a control character"},
      {"metrics: {listen: 9464}", "must be ADDRESS:PORT"},
      {"partner_center: {base_url: api.example.com}", "begins with https://"},
      {"partner_center: {base_url: \"http://api.example.com\"}", "must begin with https://"},
      {"partner_center: {base_url: \"http://api.example.com\", allow_plain_http: true}",
       "only to this machine"},
      {"partner_center: {base_url: \"https://api.example.com/v1\"}", "without /v1"},
      {"partner_center: {connect_timeout: 10m}", "(10m) is longer than request_timeout (3m)"},
      {"delivery: {retry_first: 1h}", "(1h) is longer than retry_ceiling (15m)"},
      {"delivery: {poll_ceiling: 1s}", "(2s) is longer than poll_ceiling (1s)"},
      {"sources: {name: x}", "must be a list"},
      {"sources: [x]", "sources[0] must be a map of keys"},
      {"- a", "must be a map of sections"},
      {"text", "must be a map of sections"},
  }));
  INFO(yaml);
  const Loaded loaded = load_settings(yaml);
  REQUIRE(loaded.problems.size() == 1);
  CHECK_THAT(loaded.problems[0].message, Catch::Contains(expected));
}

TEST_CASE("a required key that is missing is told at its item") {
  CHECK(problems_of("accounts:\n  -\n    name: contoso\n") ==
        "3: accounts[0].tenant is missing\n3: accounts[0].client_id is missing\n"
        "3: accounts[0] needs client_secret or certificate\n");
}

TEST_CASE("an account of a person's consent is read") {
  const Loaded loaded = load_settings(replaced(whole(), "client_secret: {credential: contoso}",
                                               R"(mode: app_user
    certificate: {file: /etc/contoso.pem}
    assertion_algorithm: RS256
    token_endpoint: v2
    refresh_token: {file: /var/lib/contoso.token, credential: seed}
    refresh_token_max_age: 30d
    keep_alive: 1d)"));
  CHECK(describe("f", loaded.problems).empty());
  const Account& account = loaded.settings.accounts.at(0);
  CHECK(account.mode == AccountMode::app_user);
  CHECK(account.certificate.file == "/etc/contoso.pem");
  CHECK_FALSE(account.client_secret.is_set());
  CHECK(account.assertion_algorithm == AssertionAlgorithm::rs256);
  CHECK(account.token_endpoint == TokenEndpoint::v2);
  CHECK(account.refresh_token.file == "/var/lib/contoso.token");
  CHECK(account.refresh_token.credential == "seed");
  CHECK(account.refresh_token_max_age == 30 * 24h);
  CHECK(account.keep_alive == 24h);
}

TEST_CASE("a key written twice is a problem at its second place") {
  CHECK(problems_of("log:\n  level: info\n  level: debug\n") == "3: log.level is written twice\n");
  CHECK(problems_of("log: {level: info}\nlog: {level: debug}\n") == "2: log is written twice\n");
}

TEST_CASE("all problems come at once, in the order of the lines") {
  CHECK(
      problems_of("log:\n  level: loud\nwire:\n  bodi: sdk\ndrain_deadline: 1\n"
                  "delivery:\n  in_flight: 0\n  linger: x\n") ==
      "2: log.level must be trace, debug, info, warning, error or critical\n"
      "4: unknown key bodi in wire; did you mean body?\n"
      "5: drain_deadline has no unit; write a whole number and its unit, like 250ms, 5s, 10m, 2h "
      "or 1d\n"
      "7: delivery.in_flight must be between 1 and 64\n"
      "8: delivery.linger is no duration; write a whole number and its unit, like 250ms, 5s, 10m, "
      "2h or 1d\n");
}

TEST_CASE("a secret in the file is refused without being repeated") {
  const std::string value = GENERATE(
      "canary-s3cret", "[canary-s3cret]", "{value: canary-s3cret}", "{canary-s3cret: x}",
      "{credential: x, file: /canary-s3cret}", "{}", "", "{credential: \"canary s3cret!\"}",
      "{file: canary-s3cret}", "!vault canary-s3cret", "|\n      canary-s3cret");
  INFO(value);
  const std::string problems = problems_of(replaced(whole(), "{credential: contoso}", value));
  CHECK_THAT(problems, Catch::Contains("accounts[0].client_secret"));
  CHECK_THAT(problems, !Catch::Contains("canary") && !Catch::Contains("s3cret"));
}

TEST_CASE("a secret pasted into a neighbouring key is not repeated either") {
  const std::string problems =
      problems_of(replaced(whole(), "11111111-2222-3333-4444-555555555555", "canary-s3cret"));
  CHECK(problems ==
        "4: accounts[0].client_id is not a GUID (8-4-4-4-12 hexadecimal digits, without "
        "braces)\n");
  CHECK_THAT(problems_of("partner_center: {proxy: \"http://user:canary@proxy:8080\"}"),
             !Catch::Contains("canary"));
}

TEST_CASE("a file that is not YAML is one problem with its line") {
  const std::string problems = problems_of("log:\n  level: [info\nwire: {\n");
  CHECK_THAT(problems, Catch::Contains("cannot be read as YAML"));
  CHECK(std::count(problems.begin(), problems.end(), '\n') == 1);
  CHECK(load_settings("a: b\n\tc: d\n").problems.at(0).line == 2);
}

TEST_CASE("what could make a small file large or unreadable is refused") {
  CHECK_THAT(problems_of("log: &l {level: info}\nwire: *l\n"), Catch::Contains("aliases"));
  CHECK_THAT(problems_of("log: {}\n---\nlog: {}\n"), Catch::Contains("second document"));
  CHECK_THAT(problems_of("? [a, b]\n: c\n"), Catch::Contains("plain word"));
  CHECK_THAT(problems_of("? {a: b}\n: c\n"), Catch::Contains("plain word"));
  CHECK_THAT(problems_of(std::string(2'000'000, '#')), Catch::Contains("larger than 1 MiB"));
  CHECK_FALSE(problems_of(std::string(100'000, '[')).empty());
  std::string many = "sources: [";
  for (int at = 0; at < 200'000; ++at) many += "x,";
  CHECK_THAT(problems_of(many + "]"), Catch::Contains("more than 100,000 values"));
}

TEST_CASE("a file full of mistakes is judged in reasonable time") {
  std::string yaml = "sources:\n";
  for (int at = 0; at < 9'000; ++at) {
    yaml += " - {name: s" + std::to_string(at) + ", destination: d" + std::to_string(at) +
            ", path: /p" + std::to_string(at) + ", wat: 1}\n";
  }
  CHECK(load_settings(yaml).problems.size() == 18'000);
}

TEST_CASE("damaged files are problems, never crashes") {
  SeededRandom random(20'261'124);
  const std::string original = whole() + "delivery: {chunk_bytes: 2.5MB, linger: 5s}\n";
  const std::string bytes = std::string(1, '\0') + "\t\n\r :-[]{}&*!|>'\"%@`#,?\xFF\xC3~";
  for (int round = 0; round < 2'000; ++round) {
    std::string yaml = original;
    for (std::uint64_t change = random.next() % 4 + 1; change > 0; --change) {
      const std::size_t at = random.next() % yaml.size();
      const char byte = bytes[random.next() % bytes.size()];
      switch (random.next() % 3) {
        case 0:
          yaml[at] = byte;
          break;
        case 1:
          yaml.insert(at, 1, byte);
          break;
        default:
          yaml.erase(at, random.next() % 20);
          break;
      }
    }
    for (const Problem& problem : load_settings(yaml).problems) {
      if (problem.message.empty()) FAIL("a problem without words");
    }
  }
}

TEST_CASE("a settings file is read from disk, or the reason is told") {
  support::TempDir dir;
  support::write_file(dir / "f.yaml", whole());
  const auto loaded = load_settings_file(dir / "f.yaml");
  REQUIRE(loaded);
  CHECK(loaded->problems.empty());
  CHECK(loaded->settings.sources.size() == 1);
  CHECK(load_settings_file(dir / "absent").error().code() == Errc::not_found);
  CHECK_FALSE(load_settings_file(dir.path()));
  support::write_file(dir / "large.yaml", std::string(1'500'000, '#'));
  CHECK(load_settings_file(dir / "large.yaml")->problems.size() == 1);
}

TEST_CASE("problems are described as file, line and message") {
  CHECK(describe("/etc/d.yaml", {{3, "is wrong"}, {0, "all of it"}}) ==
        "/etc/d.yaml:3: is wrong\n/etc/d.yaml: all of it\n");
}
