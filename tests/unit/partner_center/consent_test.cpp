#include "partner_center/consent.hpp"

#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::partner_center;
using namespace std::chrono_literals;

namespace {

const UtcTime kNow = *parse_utc("2026-11-24T12:00:00Z");

http::Response reply(int status, std::string body) {
  http::Response response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

TokenOptions options(TokenVersion version) {
  TokenOptions options;
  options.tenant = "contoso.example";
  options.client_id = "c1";
  options.version = version;
  return options;
}

PollAnswer poll(const char* word) {
  return judge_poll(reply(400, R"({"error":")" + std::string(word) + "\"}"));
}

std::string pasted(std::string_view text) {
  const Result<Secret> code = read_pasted_code(text, "s1");
  return code ? std::string(code->reveal()) : "refused: " + code.error().message();
}

}  // namespace

TEST_CASE("a device code is asked for at either endpoint, without a secret") {
  const http::Request v1 = device_code_request(options(TokenVersion::v1));
  CHECK(v1.url == "https://login.microsoftonline.com/contoso.example/oauth2/devicecode");
  CHECK(v1.secret_body->reveal() ==
        "client_id=c1&resource=https%3A%2F%2Fapi.partnercenter.microsoft.com&scope=openid");
  const http::Request v2 = device_code_request(options(TokenVersion::v2));
  CHECK(v2.url == "https://login.microsoftonline.com/contoso.example/oauth2/v2.0/devicecode");
  CHECK_THAT(std::string(v2.secret_body->reveal()), Catch::Contains("offline_access"));
}

TEST_CASE("a device code is read with numbers of either kind") {
  for (const char* body :
       {R"({"user_code":"ABCD-EFGH","device_code":"dc.1","verification_url":"https://a.example",)"
        R"("expires_in":"900","interval":"7","message":"m"})",
        R"({"user_code":"ABCD-EFGH","device_code":"dc.1","verification_uri":"https://a.example",)"
        R"("expires_in":900,"interval":7})"}) {
    const auto code = read_device_code(reply(200, body), kNow);
    REQUIRE(code);
    CHECK(code->code.reveal() == "dc.1");
    CHECK(code->user_code == "ABCD-EFGH");
    CHECK(code->address == "https://a.example");
    CHECK(code->expires_in == 900s);
    CHECK(code->interval == 7s);
  }
}

TEST_CASE("a device code reply that is none is corrupt; a refusal says why") {
  for (const char* body : {"", "<html>", "[]", R"({"user_code":"A"})",
                           R"({"user_code":"A","device_code":"SECRET"})"}) {
    const auto code = read_device_code(reply(200, body), kNow);
    REQUIRE_FALSE(code);
    CHECK(code.error().code() == Errc::corrupt);
    CHECK_THAT(code.error().message(), !Catch::Contains("SECRET"));
  }
  const auto refused =
      read_device_code(reply(400, R"({"error":"invalid_request","error_codes":[90002]})"), kNow);
  CHECK(refused.error().code() == Errc::unauthorized);
}

TEST_CASE("what a server says about times is kept within reason") {
  const auto code = read_device_code(
      reply(200, R"({"user_code":"A\u001b[2J","device_code":"d","verification_uri":"https://a",)"
                 R"("expires_in":99999999,"interval":-4})"),
      kNow);
  REQUIRE(code);
  CHECK(code->expires_in == 3600s);
  CHECK(code->interval == 5s);
  CHECK(code->user_code.find('\x1b') == std::string::npos);
}

TEST_CASE("polls go on, slow down or end") {
  CHECK(poll("authorization_pending") == PollAnswer::pending);
  CHECK(poll("slow_down") == PollAnswer::slow_down);
  CHECK(poll("authorization_declined") == PollAnswer::declined);
  CHECK(poll("access_denied") == PollAnswer::declined);
  CHECK(poll("expired_token") == PollAnswer::expired);
  CHECK(poll("code_expired") == PollAnswer::expired);
  CHECK(poll("bad_verification_code") == PollAnswer::failed);
  CHECK(judge_poll(reply(503, "<html>")) == PollAnswer::failed);
}

TEST_CASE("a person signs in at an address that holds no secret") {
  CHECK(authorize_url(options(TokenVersion::v1), "http://localhost", "s1") ==
        "https://login.microsoftonline.com/contoso.example/oauth2/authorize?client_id=c1"
        "&response_type=code&redirect_uri=http%3A%2F%2Flocalhost&response_mode=query&prompt=login"
        "&state=s1&resource=https%3A%2F%2Fapi.partnercenter.microsoft.com&scope=openid");
  CHECK_THAT(authorize_url(options(TokenVersion::v2), "http://localhost", "s1"),
             Catch::Contains("/oauth2/v2.0/authorize?") && Catch::Contains("user_impersonation"));
}

TEST_CASE("what a person pastes is a code or the address with it") {
  CHECK(pasted("0.AXsynthetic-code") == "0.AXsynthetic-code");
  CHECK(pasted("  0.AXsynthetic-code\r\n") == "0.AXsynthetic-code");
  CHECK(pasted("http://localhost/?code=0.AX%2Fsyn&state=s1&session_state=x") == "0.AX/syn");
  CHECK(pasted("http://localhost/?state=s1&code=0.AXsynthetic") == "0.AXsynthetic");
  CHECK(pasted("http://localhost/#code=0.AXsynthetic&state=s1") == "0.AXsynthetic");
  CHECK(pasted("code=0.AXsynthetic") == "0.AXsynthetic");
}

TEST_CASE("what is no code is refused, and not repeated") {
  CHECK(pasted("http://localhost/?code=0.AXsynthetic&state=other") ==
        "refused: this is the answer to another sign-in; use the address above");
  CHECK(pasted("http://localhost/?error=access_denied&error_description=AADSTS65004%3A+no%1b&"
               "state=s1") ==
        "refused: the sign-in ended with access_denied: AADSTS65004: no\\x1b");
  const std::string nothing =
      "refused: there is no code in it; paste the whole address that the browser ended at";
  for (const char* text :
       {"", "yes", "http://localhost/", "http://localhost/?code=", "a b c d e f g",
        "http://localhost/?codes=0.AXsynthetic", "http://localhost/?code=a%0Ab12345"}) {
    CHECK(pasted(text) == nothing);
  }
}
