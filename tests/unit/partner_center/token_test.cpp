#include "partner_center/token.hpp"

#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::partner_center;
using namespace std::chrono_literals;

namespace {

const UtcTime kNow = *parse_utc("2026-11-24T12:00:00Z");
// Looks like a client secret of Entra ID; opens nothing.
const std::string kClientSecret = "Ab1~contoso-example-only-secret/+&=0123.";

http::Response reply(int status, std::string body) {
  http::Response response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

}  // namespace

TEST_CASE("a token is asked for with a form that only the secret body holds") {
  TokenOptions options;
  options.authority_url = "https://login.microsoftonline.com/";
  options.tenant = "contoso.example";
  options.client_id = "00000000-0000-0000-0000-0000000000c1";
  const Secret secret{std::string(kClientSecret)};
  const http::Request request = token_request(options, secret);
  CHECK(request.method == "POST");
  CHECK(request.url == "https://login.microsoftonline.com/contoso.example/oauth2/token");
  CHECK(request.body.empty());
  CHECK_FALSE(request.bearer);
  REQUIRE(request.headers.size() == 2);
  CHECK(request.headers[0].value == "application/json");
  CHECK(request.headers[1].value == "application/x-www-form-urlencoded");
  REQUIRE(request.secret_body);
  CHECK(request.secret_body->reveal() ==
        "grant_type=client_credentials&client_id=00000000-0000-0000-0000-0000000000c1"
        "&client_secret=Ab1~contoso-example-only-secret%2F%2B%26%3D0123."
        "&resource=https%3A%2F%2Fapi.partnercenter.microsoft.com");
}

TEST_CASE("each way to a token has its form, at either endpoint") {
  TokenOptions options;
  options.tenant = "contoso.example";
  options.client_id = "c1";
  const auto body_of = [&](TokenVersion version, Grant::Kind kind) {
    options.version = version;
    Grant grant(kind, Secret("r/1"));
    if (kind == Grant::Kind::authorization_code) grant.redirect_uri = "http://localhost";
    const ClientProof proof(ClientProof::Kind::assertion, Secret("a.b.c"));
    const http::Request request = token_request(options, proof, grant);
    CHECK(request.url == std::string("https://login.microsoftonline.com/contoso.example/oauth2/") +
                             (version == TokenVersion::v1 ? "token" : "v2.0/token"));
    return std::string(request.secret_body->reveal());
  };
  const std::string proof =
      "&client_id=c1&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3A"
      "jwt-bearer&client_assertion=a.b.c";
  const std::string v1 = proof + "&resource=https%3A%2F%2Fapi.partnercenter.microsoft.com";
  const std::string v1_user = v1 + "&scope=openid";
  const std::string v2 = proof + "&scope=https%3A%2F%2Fapi.partnercenter.microsoft.com%2F.default";
  const std::string v2_user =
      proof +
      "&scope=https%3A%2F%2Fapi.partnercenter.microsoft.com%2Fuser_impersonation%20offline_access"
      "%20openid";
  using Kind = Grant::Kind;
  CHECK(body_of(TokenVersion::v1, Kind::client_credentials) ==
        "grant_type=client_credentials" + v1);
  CHECK(body_of(TokenVersion::v2, Kind::client_credentials) ==
        "grant_type=client_credentials" + v2);
  CHECK(body_of(TokenVersion::v1, Kind::refresh_token) ==
        "grant_type=refresh_token&refresh_token=r%2F1" + v1_user);
  CHECK(body_of(TokenVersion::v2, Kind::refresh_token) ==
        "grant_type=refresh_token&refresh_token=r%2F1" + v2_user);
  CHECK(body_of(TokenVersion::v1, Kind::authorization_code) ==
        "grant_type=authorization_code&code=r%2F1&redirect_uri=http%3A%2F%2Flocalhost" + v1_user);
  CHECK(body_of(TokenVersion::v1, Kind::device_code) ==
        "grant_type=device_code&code=r%2F1" + v1_user);
  CHECK(body_of(TokenVersion::v2, Kind::device_code) ==
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&device_code=r%2F1" +
            v2_user);
}

TEST_CASE("a refresh token comes with the reply, or does not") {
  const auto refresh_of = [](std::string member) {
    const auto token =
        read_token(reply(200, R"({"expires_in":60,"access_token":"a.b.c")" + member + "}"), kNow);
    REQUIRE(token);
    return token->refresh ? std::string(token->refresh->reveal()) : std::string("none");
  };
  CHECK(refresh_of("") == "none");
  CHECK(refresh_of(R"(,"refresh_token":"0.AX-new")") == "0.AX-new");
  CHECK(refresh_of(R"(,"refresh_token":null)") == "none");
  CHECK(refresh_of(R"(,"refresh_token":"")") == "none");
  CHECK(refresh_of(R"(,"refresh_token":7)") == "none");
  CHECK(refresh_of(R"(,"refresh_token":"a\nb")") == "none");
}

TEST_CASE("a tenant cannot leave its path segment") {
  TokenOptions options;
  options.tenant = "../common/x?";
  CHECK(token_request(options, Secret()).url ==
        "https://login.microsoftonline.com/..%2Fcommon%2Fx%3F/oauth2/token");
}

TEST_CASE("tokens are read with numbers of either kind") {
  struct Row {
    const char* name;
    std::string body;
    std::chrono::seconds lifetime;
  };
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(kNow.time_since_epoch());
  const std::string ends_at = std::to_string(now.count() + 1800);
  for (const Row& row : {
           Row{"v1: strings",
               R"({"token_type":"Bearer","scope":"s","expires_in":"3600","ext_expires_in":"3600",)"
               R"("expires_on":"1547581389","not_before":"1","resource":"r",)"
               R"("access_token":"aaa.bbb.ccc","id_token":"x"})",
               3600s},
           Row{"v2: numbers",
               R"({"token_type":"bearer","expires_in":3599,"access_token":"aaa.bbb.ccc"})", 3599s},
           Row{"BOM",
               "\xEF\xBB\xBF{\"token_type\":\"Bearer\",\"expires_in\":1,"
               "\"access_token\":\"aaa.bbb.ccc\"}",
               1s},
           Row{"no type", R"({"expires_in":60,"access_token":"aaa.bbb.ccc"})", 60s},
           Row{"end instead of lifetime",
               R"({"expires_on":")" + ends_at + R"(","access_token":"aaa.bbb.ccc"})", 1800s},
           Row{"a life too long to believe",
               R"({"expires_in":99999999999,"access_token":"aaa.bbb.ccc"})", 24h},
       }) {
    INFO(row.name);
    const auto token = read_token(reply(200, row.body), kNow);
    REQUIRE(token);
    CHECK(token->access->reveal() == "aaa.bbb.ccc");
    CHECK(token->lifetime == row.lifetime);
  }
}

TEST_CASE("what is no token reply is corrupt, and never quoted") {
  struct Row {
    const char* name;
    const char* body;
  };
  for (const Row& row : {
           Row{"empty", ""},
           Row{"HTML", "<html>SECRETTOKEN</html>"},
           Row{"array", R"(["SECRETTOKEN"])"},
           Row{"no token", R"({"token_type":"Bearer","expires_in":"3600"})"},
           Row{"null token", R"({"access_token":null,"expires_in":"3600"})"},
           Row{"empty token", R"({"access_token":"","expires_in":"3600"})"},
           Row{"number as token", R"({"access_token":5,"expires_in":"3600"})"},
           Row{"line break in token", R"({"access_token":"SECRETTOKEN\r\nX: y","expires_in":1})"},
           Row{"another type",
               R"({"token_type":"mac","access_token":"SECRETTOKEN","expires_in":1})"},
           Row{"no lifetime", R"({"access_token":"SECRETTOKEN"})"},
           Row{"lifetime is a word", R"({"access_token":"SECRETTOKEN","expires_in":"soon"})"},
           Row{"lifetime is over", R"({"access_token":"SECRETTOKEN","expires_in":0})"},
           Row{"lifetime is negative", R"({"access_token":"SECRETTOKEN","expires_in":-5})"},
           Row{"end is past", R"({"access_token":"SECRETTOKEN","expires_on":"1547581389"})"},
           Row{"cut off", R"({"access_token":"SECRETTOKEN)"},
       }) {
    INFO(row.name);
    const auto token = read_token(reply(200, row.body), kNow);
    REQUIRE_FALSE(token);
    CHECK(token.error().code() == Errc::corrupt);
    CHECK(token.error().message().find("SECRETTOKEN") == std::string::npos);
  }
}

TEST_CASE("refusals are told apart by what to do") {
  struct Row {
    const char* name;
    int status;
    const char* body;
    Errc code;
  };
  for (const Row& row : {
           Row{"wrong secret", 401,
               R"({"error":"invalid_client","error_description":"AADSTS7000215: Invalid client )"
               R"(secret provided.\r\nTrace ID: 1","error_codes":[7000215]})",
               Errc::unauthorized},
           Row{"expired secret", 401, R"({"error":"invalid_client","error_codes":[7000222]})",
               Errc::unauthorized},
           Row{"bad assertion", 401, R"({"error":"invalid_client","error_codes":["700027"]})",
               Errc::unauthorized},
           Row{"consent missing", 400, R"({"error":"invalid_grant","error_codes":[65001]})",
               Errc::unauthorized},
           Row{"unknown refusal", 400, R"({"error":"invalid_request"})", Errc::unauthorized},
           Row{"refusal without a body", 401, "", Errc::unauthorized},
           Row{"wrong tenant", 400, R"({"error":"invalid_request","error_codes":[90002]})",
               Errc::unauthorized},
           Row{"busy, by number", 400, R"({"error":"invalid_request","error_codes":[90033]})",
               Errc::transient},
           Row{"busy, by word", 400, R"({"error":"temporarily_unavailable"})", Errc::transient},
           Row{"throttled", 429, "", Errc::throttled},
           Row{"server fault", 503, "<html>", Errc::transient},
           Row{"captive portal", 302, "", Errc::transient},
           Row{"no content", 204, "", Errc::transient},
       }) {
    INFO(row.name);
    const auto token = read_token(reply(row.status, row.body), kNow);
    REQUIRE_FALSE(token);
    CHECK(token.error().code() == row.code);
    CHECK(token.error().native() == row.status);
  }
}

TEST_CASE("a refusal says why and what to do") {
  const auto token = read_token(
      reply(401, R"({"error":"invalid_client","error_description":"AADSTS7000222: The provided )"
                 R"(client secret keys for app '00000000-0000-0000-0000-0000000000c1' are )"
                 R"(expired.\r\nTrace ID: x","error_codes":[7000222]})"),
      kNow);
  CHECK(token.error().message() ==
        "token endpoint: HTTP 401 invalid_client: AADSTS7000222: The provided client secret keys "
        "for app '00000000-0000-0000-0000-0000000000c1' are expired. - Make a new client secret in "
        "Entra ID, put it in the account's secret file and resume.");
}

TEST_CASE("how long to stay away is handed on") {
  http::Response response = reply(429, "");
  response.headers.emplace_back("Retry-After", "57");
  CHECK(read_token(response, kNow).error().retry_after == 57s);
  response.status = 503;
  CHECK(read_token(response, kNow).error().retry_after == 57s);
}

TEST_CASE("an echo of the request does not get our secret into a message") {
  const std::string echo = "grant_type=client_credentials&client_secret=" + kClientSecret;
  for (const std::string& body :
       {echo, "<html>" + echo + "</html>",
        R"({"error":"bad","error_description":"cannot read )" + echo + "\"}",
        R"({"error":")" + kClientSecret + "\"}",
        R"({"error":"x","error_description":")" + kClientSecret + "\"}"}) {
    INFO(body);
    const auto token = read_token(reply(400, body), kNow);
    REQUIRE_FALSE(token);
    CHECK(token.error().message().find("contoso-example-only") == std::string::npos);
  }
}

TEST_CASE("a description is printable and cut") {
  std::string words;
  for (int i = 0; i < 500; ++i) words += "word ";
  const auto token = read_token(
      reply(400, R"({"error":"e\u001b[2J","error_description":")" + words + "\"}"), kNow);
  CHECK(token.error().message().size() < 600);
  CHECK(token.error().message().find('\x1b') == std::string::npos);
}

TEST_CASE("a reply that is given away is wiped") {
  http::Response response = reply(200, R"({"expires_in":60,"access_token":"aaa.bbb.ccc"})");
  const auto token = read_token(std::move(response), kNow);
  REQUIRE(token);
  CHECK(token->access->reveal() == "aaa.bbb.ccc");
  CHECK(response.body.empty());  // NOLINT(bugprone-use-after-move): wiped in place, not moved from
}
