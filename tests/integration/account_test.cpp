// Who we are: certificates, a person's consent, secrets that are replaced on disk.
#include "support/client_identity.hpp"

#include "integration/device_rows.hpp"
#include "integration/site.hpp"
#include <boost/json/serialize.hpp>
#include <catch2/catch.hpp>
#include <sys/stat.h>

namespace devicebatch::integration {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using support::ClientIdentity;

const std::string kSecret = "client_secret: {file: DIR/client-secret}";
// Longer than any test: what heals, heals because the file was seen to change.
const std::string kNoRetry = "retry_ceiling: 1h, ";

void write_private(const fs::path& path, std::string_view text) {
  const fs::path part = path.string() + ".part";
  support::write_file(part, text);
  ::chmod(part.c_str(), 0600);
  fs::rename(part, path);
}

std::string token_in(const Site& site) {
  return support::read_file(site.dir() / "token");
}

// An account of a person; the first refresh token is one that the sandbox knows.
SiteOptions person(const std::string& more = "") {
  SiteOptions options;
  options.account = kSecret + ", mode: app_user, refresh_token: {file: DIR/token}" + more;
  return options;
}

std::unique_ptr<Site> site_of_person(const std::string& more = "",
                                     std::vector<std::string> sandbox = {}) {
  SiteOptions options = person(more);
  options.sandbox = std::move(sandbox);
  auto site = std::make_unique<Site>(std::move(options));
  write_private(site->dir() / "token", "sandbox-refresh-token\n");
  return site;
}

std::string first_failure(const Site& site) {
  REQUIRE(eventually([&] { return !site.log("token.failed").empty(); }));
  const json::object line = site.log("token.failed").front();
  CHECK(line.at("reason").as_string() == "unauthorized");
  return json::serialize(line);
}

// `devicebatchd login contoso ...` with this text on its standard input.
Ended login(const Site& site, const std::string& arguments, const std::string& typed) {
  const std::string command = "printf '%s\\n' '" + typed + "' | " DEVICEBATCHD " login contoso " +
                              arguments + " --config " + site.config().string();
  return run_to_end({"/bin/sh", "-c", command}, site.dir());
}

}  // namespace

TEST_CASE("a certificate stands for the secret, at either endpoint, in either way to sign",
          "[accounts]") {
  const std::string endpoint = GENERATE("v1", "v2");
  const std::string algorithm = GENERATE("PS256", "RS256");
  const support::TempDir folder;
  const ClientIdentity identity;
  write_private(folder / "public.pem", identity.certificate_pem());
  write_private(folder / "client.pem", identity.pem());
  SiteOptions options;
  options.sandbox = {"--client-certificate", folder / "public.pem"};
  options.account = "certificate: {file: " + (folder / "client.pem").string() +
                    "}, token_endpoint: " + endpoint + ", assertion_algorithm: " + algorithm;
  Site site(std::move(options));
  site.start();
  site.drop("a.csv", rows_of(1, 2));
  site.wait_finished(1);
  CHECK(site.sandbox().requests("oauth2").size() == 1);
  site.check_promises(2);
}

TEST_CASE("A2: a secret that was replaced on disk is noticed without a word to the daemon",
          "[accounts]") {
  SiteOptions options;
  options.delivery = kNoRetry;
  Site site(std::move(options));
  site.start();
  site.drop("a.csv", rows_of(1, 2));
  site.wait_finished(1);
  site.sandbox().set_options(R"({"client_secret":"the-next-secret"})");
  site.sandbox().post("/sandbox/revoke", R"({"access_tokens":"all"})");
  site.drop("b.csv", rows_of(11, 2));
  CHECK_THAT(first_failure(site), Catch::Contains("7000215"));
  write_private(site.dir() / "client-secret", "the-next-secret\n");
  site.wait_finished(2);
  CHECK(site.log("token.secret_changed").size() == 1);
  CHECK(site.verdicts() == Verdicts{{"registered", 4}});
  site.check_promises(4);
}

TEST_CASE("A2: a secret that cannot be read is said with its fix, and is read when it can be",
          "[accounts]") {
  SiteOptions options;
  options.delivery = kNoRetry;
  Site site(std::move(options));
  std::string expected;
  SECTION("missing") {
    fs::remove(site.dir() / "client-secret");
    expected = "No such file";
  }
  SECTION("open to everybody") {
    ::chmod((site.dir() / "client-secret").c_str(), 0644);
    expected = "fix: chmod 0640";
  }
  if (expected.empty()) return;
  site.start();
  site.drop("a.csv", rows_of(1, 2));
  CHECK_THAT(first_failure(site), Catch::Contains(expected));
  REQUIRE(eventually([&] { return site.verdicts() == Verdicts{{"pending", 2}}; }));
  CHECK(site.sandbox().count("token_requests") == 0);
  write_private(site.dir() / "client-secret", site.options().secret);
  site.wait_finished(1);
  site.check_promises(2);
}

TEST_CASE("A2: without credentials of systemd everything waits", "[accounts]") {
  SiteOptions options;
  options.account = "client_secret: {credential: client-secret}";
  Site site(std::move(options));
  site.start();
  site.drop("a.csv", rows_of(1, 2));
  CHECK_THAT(first_failure(site), Catch::Contains("LoadCredential="));
  REQUIRE(eventually([&] { return site.verdicts() == Verdicts{{"pending", 2}}; }));
  CHECK(site.sandbox().count("token_requests") == 0);
  CHECK(site.stop() == 0);
}

TEST_CASE("A2: a certificate that has ended waits for a new one, which is noticed", "[accounts]") {
  const support::TempDir folder;
  ClientIdentity::Options ended;
  ended.valid_from_s = -7'200;
  ended.valid_until_s = -3'600;
  ClientIdentity::Options soon;
  soon.valid_until_s = 2 * 86'400 + 60;
  const ClientIdentity next(soon);
  write_private(folder / "public.pem", next.certificate_pem());
  write_private(folder / "client.pem", ClientIdentity(ended).pem());
  SiteOptions options;
  options.delivery = kNoRetry;
  options.sandbox = {"--client-certificate", folder / "public.pem"};
  options.account = "certificate: {file: " + (folder / "client.pem").string() + "}";
  Site site(std::move(options));
  site.start();
  site.drop("a.csv", rows_of(1, 2));
  CHECK_THAT(first_failure(site), Catch::Contains("it ended on ") && !Catch::Contains("PRIVATE"));
  CHECK(site.sandbox().count("token_requests") == 0);
  write_private(folder / "client.pem", next.pem());
  site.wait_finished(1);
  REQUIRE(site.log("token.certificate_ends").size() == 1);
  CHECK(site.log("token.certificate_ends").front().at("days_left").to_number<int>() == 2);
  site.check_promises(2);
}

TEST_CASE("A1: a clock that spoils assertions is named as the reason", "[accounts]") {
  const support::TempDir folder;
  const ClientIdentity identity;
  write_private(folder / "public.pem", identity.certificate_pem());
  write_private(folder / "client.pem", identity.pem());
  SiteOptions options;
  options.sandbox = {"--client-certificate", folder / "public.pem"};
  options.account = "certificate: {file: " + (folder / "client.pem").string() + "}";
  Site site(std::move(options));
  site.sandbox().set_rules(R"([{"match":{"path":"oauth2"},"fault":"aadsts","number":700024,)"
                           R"("when":{"first":2}}])");
  site.sandbox().set_options(R"({"date_offset_s":-3600})");
  site.start();
  site.drop("a.csv", rows_of(1, 2));
  CHECK_THAT(first_failure(site),
             Catch::Contains("this machine's clock is 1 h 0 min ahead of the identity service"));
  site.sandbox().set_options(R"({"date_offset_s":0})");
  site.wait_finished(1);
  site.check_promises(2);
}

TEST_CASE("a refresh token is replaced by its successor before anything is sent", "[accounts]") {
  const auto site = site_of_person();
  // Killed while the first request that uses the access token is at the service.
  site->sandbox().set_rules(R"([{"match":{"path":"/v1/"},"fault":"slow","ms":2000}])");
  site->start();
  site->drop("a.csv", rows_of(1, 2));
  REQUIRE(eventually([&] { return !site->sandbox().requests("/v1/").empty(); }));
  site->kill();
  CHECK(token_in(*site) != "sandbox-refresh-token\n");
  site->sandbox().set_rules("[]");
  site->start();
  site->wait_finished(1);
  site->check_promises(2);
}

TEST_CASE("each use of a refresh token leaves the next one, private and nowhere else",
          "[accounts]") {
  const auto site = site_of_person();
  site->start();
  site->drop("a.csv", rows_of(1, 2));
  site->wait_finished(1);
  const std::string successor = token_in(*site);
  CHECK(successor != "sandbox-refresh-token\n");
  struct stat found = {};
  REQUIRE(::stat((site->dir() / "token").c_str(), &found) == 0);
  CHECK((found.st_mode & 07777) == 0600);
  site->sandbox().post("/sandbox/revoke", R"({"access_tokens":"all"})");
  site->drop("b.csv", rows_of(11, 2));
  site->wait_finished(2);
  CHECK(token_in(*site) != successor);
  CHECK(site->sandbox().count("tokens_refreshed") == 2);
  for (const char* name : {"daemon-1.log", "ledger.db"}) {
    const std::string kept = support::read_file(site->dir() / name);
    CHECK(kept.find(successor.substr(0, successor.size() - 1)) == std::string::npos);
    CHECK(kept.find("sandbox-refresh-token") == std::string::npos);
  }
  site->check_promises(4);
}

TEST_CASE("a refresh token that comes back unchanged stays", "[accounts]") {
  const auto site = site_of_person("", {"--refresh-token-rotation", "no"});
  site->start();
  site->drop("a.csv", rows_of(1, 2));
  site->wait_finished(1);
  CHECK(token_in(*site) == "sandbox-refresh-token\n");
  site->check_promises(2);
}

TEST_CASE("a successor that cannot be stored is an alarm, and the old token goes on",
          "[accounts]") {
  const auto site = site_of_person();
  fs::create_directory(site->dir() / ".token.new");
  site->start();
  site->drop("a.csv", rows_of(1, 2));
  site->wait_finished(1);
  CHECK(token_in(*site) == "sandbox-refresh-token\n");
  REQUIRE(site->log("token.refresh_token_not_stored").size() == 1);
  CHECK(site->log("token.refresh_token_not_stored").front().at("level").as_string() == "error");
  fs::remove(site->dir() / ".token.new");
  site->sandbox().post("/sandbox/revoke", R"({"access_tokens":"all"})");
  site->drop("b.csv", rows_of(11, 2));
  site->wait_finished(2);
  CHECK(token_in(*site) != "sandbox-refresh-token\n");
  site->check_promises(4);
}

TEST_CASE("an idle account uses its refresh token in time, and says that one is old",
          "[accounts]") {
  const auto site = site_of_person(", keep_alive: 1s, refresh_token_max_age: 1h");
  const auto long_ago = fs::file_time_type::clock::now() - std::chrono::hours(49);
  fs::last_write_time(site->dir() / "token", long_ago);
  site->start();
  REQUIRE(eventually([&] { return site->sandbox().count("tokens_refreshed") >= 3; }));
  REQUIRE(site->log("token.refresh_token_old").size() == 1);
  CHECK(site->log("token.refresh_token_old").front().at("days_old").to_number<int>() == 2);
  const std::string page = "http://127.0.0.1:" + std::to_string(site->metrics_port()) + "/metrics";
  CHECK_THAT(site->sandbox().get(page).body,
             Catch::Contains("devicebatchd_credential_end_timestamp_seconds{account=\"contoso\","
                             "kind=\"refresh_token\"}"));
  CHECK(site->stop() == 0);
}

TEST_CASE("a consent that ended is renewed by a login while the daemon waits", "[accounts]") {
  SiteOptions options = person();
  options.delivery = kNoRetry;
  options.sandbox = {"--device-code-interval-s", "1"};
  Site site(std::move(options));
  write_private(site.dir() / "token", "sandbox-refresh-token\n");
  site.sandbox().post("/sandbox/revoke", R"({"refresh_tokens":"all","number":50173})");
  site.start();
  site.drop("a.csv", rows_of(1, 2));
  CHECK_THAT(first_failure(site), Catch::Contains("50173"));
  const bool by_code = GENERATE(true, false);
  const Ended ended =
      by_code ? login(site, "--device-code", "")
              : login(site, "--paste", "http://localhost/?code=sandbox-code&session_state=x");
  INFO(ended.out << ended.err);
  CHECK(ended.exit_code == 0);
  const std::string stored = token_in(site);
  CHECK(stored != "sandbox-refresh-token\n");
  CHECK_THAT(ended.out + ended.err, !Catch::Contains(stored.substr(0, stored.size() - 1)) &&
                                        !Catch::Contains("sandbox-code"));
  site.wait_finished(1);
  CHECK(site.verdicts() == Verdicts{{"registered", 2}});
  site.check_promises(2);
}

TEST_CASE("a login says what went wrong, and changes nothing", "[accounts]") {
  const auto site = site_of_person("", {"--device-code-interval-s", "1"});
  const auto fails = [&](const std::string& how, const std::string& typed, int exit_code,
                         const std::string& words) {
    const Ended ended = login(*site, how, typed);
    INFO(ended.out << ended.err);
    CHECK(ended.exit_code == exit_code);
    CHECK_THAT(ended.err, Catch::Contains(words));
    CHECK(token_in(*site) == "sandbox-refresh-token\n");
  };
  fails("", "http://localhost/?error=access_denied&state=x", 77, "access_denied");
  fails("", "", 77, "there is no code in it");
  fails("", "http://localhost/?code=sandbox-code&state=another", 77, "another sign-in");
  fails("", "0.AXwrong-code", 77, "70000");
  site->sandbox().set_options(R"({"device_code":"decline"})");
  fails("--device-code", "", 77, "declined");
  site->sandbox().set_options(R"({"device_code":"expire"})");
  fails("--device-code", "", 77, "not used in time");
  fs::create_directory(site->dir() / ".token.new");
  fails("", "sandbox-code", 74, "cannot store the refresh token");
  fs::remove(site->dir() / "client-secret");
  fails("", "0.AXsynthetic-code", 78, "client-secret: No such file");
}

TEST_CASE("A2: of two accounts only the one with the wrong secret waits", "[accounts]") {
  const std::string other = "44444444-7777-4888-9999-000000000000";
  SiteOptions options;
  options.delivery = kNoRetry;
  options.account = kSecret +
                    "}\n  - {name: fabrikam, tenant: fabrikam.example, client_id: "
                    "22222222-2222-3333-4444-555555555555, client_secret: {file: DIR/other-secret}";
  Site site(std::move(options));
  std::string config = support::read_file(site.config());
  const std::string second = "{name: second, account: contoso, customer: " + std::string(kCustomer);
  const std::size_t at = config.find(second);
  REQUIRE(at != std::string::npos);
  config.replace(at, second.size(), "{name: second, account: fabrikam, customer: " + other);
  support::write_file(site.config(), config);
  site.sandbox().post(
      "/sandbox/accounts",
      R"([{"tenant":"contoso.onmicrosoft.com","client_secrets":["sandbox-secret"],)"
      R"("customers":[")" +
          std::string(kCustomer) +
          R"("]},{"tenant":"fabrikam.example","client_secrets":["fabrikam-secret"],)"
          R"("customers":[")" +
          other + R"("]}])");
  write_private(site.dir() / "other-secret", "not-yet");
  site.start();
  site.drop_into(site.second_folder(), "b.csv", rows_of(11, 3));
  CHECK_THAT(first_failure(site), Catch::Contains("fabrikam"));
  site.drop("a.csv", rows_of(1, 2));
  const Verdicts half{{"pending", 3}, {"registered", 2}};
  REQUIRE(eventually([&] { return site.verdicts() == half; }));
  write_private(site.dir() / "other-secret", "fabrikam-secret");
  site.wait_finished(2);
  site.check_promises(5);
}

TEST_CASE("a login needs an account of a person", "[accounts]") {
  const Site site;
  const Ended ended = login(site, "", "");
  CHECK(ended.exit_code == 78);
  CHECK_THAT(ended.err, Catch::Contains("set mode: app_user"));
}

TEST_CASE("doctor says in one sentence what is wrong with an account", "[accounts]") {
  const auto site = site_of_person();
  const auto says = [&](int exit_code, const std::string& words) {
    const Ended ended = site->run({"doctor", "--auth", "--ask-service"});
    INFO(ended.out << ended.err);
    CHECK(ended.exit_code == exit_code);
    CHECK_THAT(ended.out, Catch::Contains("account contoso: ") && Catch::Contains(words));
  };
  says(0, "good   account contoso: gets tokens for a person, with a client secret");
  CHECK(token_in(*site) == "sandbox-refresh-token\n");
  site->sandbox().set_options(R"({"mfa":"no"})");
  says(77, "second factor");
  site->sandbox().set_options(R"({"mfa":"yes","token_audience":"https://graph.windows.net"})");
  says(78, "its tokens are for https://graph.windows.net, not for");
  site->sandbox().set_options(R"({"token_audience":"","date_offset_s":-600})");
  says(0, "this machine's clock is 10 min");
  site->sandbox().set_options(R"({"date_offset_s":0,"client_secret":"other"})");
  says(77, "7000215");
  site->sandbox().set_options(R"({"client_secret":"sandbox-secret"})");
  site->sandbox().set_rules(R"([{"match":{"path":"oauth2"},"fault":503}])");
  says(69, "gets no token now");
  site->sandbox().set_rules(R"({"customers":{"forbidden":[")" + std::string(kCustomer) + "\"]}}");
  says(77, "service.20002");
  site->sandbox().set_rules("[]");
  fs::remove(site->dir() / "token");
  says(78, "there is no refresh token in ");
}

TEST_CASE("doctor answers in JSON, too", "[accounts]") {
  const Site site;
  const Ended ended = site.run({"doctor", "--auth", "--json"});
  CHECK(ended.exit_code == 0);
  const json::value report = parse_json(ended.out);
  CHECK(report.at("ok").as_bool());
  CHECK(report.at("diagnoses").at(0).at("about").as_string() == "account contoso");
  CHECK(report.at("diagnoses").at(0).at("health").as_string() == "good");
}

}  // namespace devicebatch::integration
