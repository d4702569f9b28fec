#include "sandbox/test/running_sandbox.hpp"
#include "sandbox/test/token_client.hpp"

#include <boost/json/value.hpp>
#include <catch2/catch.hpp>

using namespace devicebatch::sandbox;

namespace {

Reply create_with(const RunningSandbox& sandbox, const std::string& token) {
  static int number = 0;
  const std::string name = "B" + std::to_string(++number);
  return sandbox.post(batches_path(), create_body(name, {name}),
                      {{"Authorization", "Bearer " + token}});
}

std::string refresh_form(const std::string& token) {
  return "grant_type=refresh_token&client_id=client&client_secret=sandbox-secret&refresh_token=" +
         token;
}

}  // namespace

TEST_CASE("a refresh token gives a user's token and a fresh refresh token") {
  const RunningSandbox sandbox;
  const TokenClient client(sandbox);
  const Reply first = client.ask_v1(refresh_form("sandbox-refresh-token"));
  REQUIRE(first.status == 200);
  CHECK(first.json().at("scope") == "user_impersonation");
  CHECK(first.json().at("expires_in") == "600");
  const std::string fresh = text_at(first.json(), "refresh_token");
  CHECK(fresh != "sandbox-refresh-token");
  const std::string next = text_at(client.ask_v1(refresh_form(fresh)).json(), "refresh_token");
  CHECK(next != fresh);
  // The old ones stay valid.
  CHECK(client.ask_v1(refresh_form(fresh)).status == 200);
  CHECK(client.ask_v1(refresh_form("sandbox-refresh-token")).status == 200);
  sandbox.set_option(R"({"app_only_calls":"no"})");
  CHECK(create_with(sandbox, text_at(first.json(), "access_token")).status == 202);
  CHECK(sandbox.summary().at("tokens_refreshed") == 4);
}

TEST_CASE("rotation can be left out, as in a published sample") {
  const RunningSandbox sandbox;
  sandbox.set_option(R"({"refresh_token_rotation":"no"})");
  const Reply reply = TokenClient(sandbox).ask_v1(refresh_form("sandbox-refresh-token"));
  REQUIRE(reply.status == 200);
  CHECK_FALSE(reply.json().as_object().contains("refresh_token"));
}

TEST_CASE("a refresh token belongs to its tenant and client, and outlives the sandbox") {
  std::string fresh;
  {
    const RunningSandbox sandbox;
    fresh = text_at(TokenClient(sandbox).ask_v1(refresh_form("sandbox-refresh-token")).json(),
                    "refresh_token");
  }
  const RunningSandbox sandbox;
  const TokenClient client(sandbox);
  CHECK(client.ask_v1(refresh_form(fresh)).status == 200);
  CHECK(aadsts_of(client.ask_v1(refresh_form(fresh), "fabrikam.example")) == 70000);
  CHECK(aadsts_of(client.ask_v1(refresh_form(fresh) + "&client_id=other")) == 70000);
  CHECK(aadsts_of(client.ask_v1(refresh_form(fresh + "0"))) == 70000);
  CHECK(aadsts_of(client.ask_v1(refresh_form("guess"))) == 70000);
}

TEST_CASE("refresh tokens can be revoked, all or one") {
  const RunningSandbox sandbox;
  const TokenClient client(sandbox);
  const auto fresh = [&](const std::string& from) {
    return text_at(client.ask_v1(refresh_form(from)).json(), "refresh_token");
  };
  const std::string one = fresh("sandbox-refresh-token");
  const std::string two = fresh("sandbox-refresh-token");
  sandbox.steer("revoke", R"({"refresh_tokens":")" + one + R"(","number":700082})");
  const Reply refused = client.ask_v1(refresh_form(one));
  CHECK(refused.status == 400);
  CHECK(refused.json().at("error") == "invalid_grant");
  CHECK(aadsts_of(refused) == 700082);
  CHECK(client.ask_v1(refresh_form(two)).status == 200);
  sandbox.steer("revoke", R"({"refresh_tokens":"all"})");
  CHECK(aadsts_of(client.ask_v1(refresh_form(two))) == 50173);
  CHECK(aadsts_of(client.ask_v1(refresh_form("sandbox-refresh-token"))) == 50173);
  const Reply consent = client.ask_v1(TokenClient::code_form("sandbox-code"));
  CHECK(client.ask_v1(refresh_form(text_at(consent.json(), "refresh_token"))).status == 200);
}

TEST_CASE("a refresh token that was idle too long has expired") {
  Options options = quick_options();
  options.time_flow = TimeFlow::virtual_time;
  const RunningSandbox sandbox(options);
  const TokenClient client(sandbox);
  const std::string fresh =
      text_at(client.ask_v1(refresh_form("sandbox-refresh-token")).json(), "refresh_token");
  sandbox.steer("clock", R"({"advance_ms":7775000000})");
  CHECK(client.ask_v1(refresh_form(fresh)).status == 200);
  sandbox.steer("clock", R"({"advance_ms":1000000})");
  CHECK(aadsts_of(client.ask_v1(refresh_form(fresh))) == 700082);
}

TEST_CASE("access tokens can be revoked") {
  const RunningSandbox sandbox;
  CHECK(sandbox.get(batches_path()).status == 200);
  sandbox.steer("revoke", R"({"access_tokens":"all"})");
  CHECK(sandbox.get(batches_path()).status == 401);
}

TEST_CASE("the code of the interactive consent is good once") {
  const RunningSandbox sandbox;
  const TokenClient client(sandbox);
  CHECK(aadsts_of(client.ask_v1(TokenClient::code_form("wrong"))) == 70000);
  const Reply reply = client.ask_v1(TokenClient::code_form("sandbox-code"));
  REQUIRE(reply.status == 200);
  CHECK_FALSE(text_at(reply.json(), "refresh_token").empty());
  CHECK(aadsts_of(client.ask_v1(TokenClient::code_form("sandbox-code"))) == 54005);
  CHECK(aadsts_of(client.ask_v1("grant_type=authorization_code&client_id=client"
                                "&client_secret=sandbox-secret&code=sandbox-code")) == 900144);
}

TEST_CASE("a person at a browser is sent back with the code") {
  const RunningSandbox sandbox;
  const Reply reply = sandbox.get(
      "/contoso.example/oauth2/v2.0/authorize?client_id=client&response_type=code"
      "&redirect_uri=http%3A%2F%2Flocalhost%3A8400%2Fback&state=s%201");
  CHECK(reply.status == 302);
  CHECK(reply.header("Location") == "http://localhost:8400/back?code=sandbox-code&state=s%201");
  CHECK(sandbox.get("/contoso.example/oauth2/authorize?client_id=client").status == 400);
  const std::string again = "/contoso.example/oauth2/authorize?redirect_uri=http%3A%2F%2Flocalhost";
  const TokenClient client(sandbox);
  for (int i = 0; i < 2; ++i) {
    REQUIRE(sandbox.get(again).status == 302);
    CHECK(client.ask_v1(TokenClient::code_form("sandbox-code")).status == 200);
  }
}

TEST_CASE("v2 gives a refresh token when it is asked for") {
  const RunningSandbox sandbox;
  const TokenClient client(sandbox);
  const std::string scope =
      "&scope=https%3A%2F%2Fapi.partnercenter.microsoft.com%2Fuser_impersonation%20openid";
  const Reply without = client.ask_v2(TokenClient::code_form("sandbox-code") + scope);
  REQUIRE(without.status == 200);
  CHECK(without.json().at("expires_in") == 600);
  CHECK(without.json().at("scope") == "https://api.partnercenter.microsoft.com/user_impersonation");
  CHECK_FALSE(without.json().as_object().contains("refresh_token"));
  CHECK_FALSE(text_at(without.json(), "id_token").empty());
  CHECK(create_with(sandbox, text_at(without.json(), "access_token")).status == 202);
  sandbox.set_option(R"({"authorization_code":"second"})");
  const Reply with = client.ask_v2(TokenClient::code_form("second") + scope + "%20offline_access");
  CHECK_FALSE(text_at(with.json(), "refresh_token").empty());
}

TEST_CASE("a sign-in by device code is pending until a person has agreed") {
  const RunningSandbox sandbox;
  const TokenClient client(sandbox);
  sandbox.set_option(R"({"device_code_pending":2,"device_code_interval_s":1})");
  const Reply begun = sandbox.post(
      "/contoso.example/oauth2/v2.0/devicecode",
      "client_id=client&scope=https%3A%2F%2Fapi.partnercenter.microsoft.com%2F.default");
  REQUIRE(begun.status == 200);
  CHECK(begun.json().at("interval") == 1);
  CHECK(begun.json().at("expires_in") == 900);
  CHECK(text_at(begun.json(), "user_code").size() == 9);
  CHECK_THAT(text_at(begun.json(), "message"),
             Catch::Contains(text_at(begun.json(), "user_code")) &&
                 Catch::Contains(text_at(begun.json(), "verification_uri")));
  const std::string form =
      "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Adevice_code&client_id=client"
      "&device_code=" +
      text_at(begun.json(), "device_code");
  for (int i = 0; i < 2; ++i) {
    const Reply pending = client.ask_v2(form);
    CHECK(pending.status == 400);
    CHECK(pending.json().at("error") == "authorization_pending");
    CHECK(aadsts_of(pending) == 70016);
  }
  const Reply done = client.ask_v2(form);
  REQUIRE(done.status == 200);
  CHECK(create_with(sandbox, text_at(done.json(), "access_token")).status == 202);
  CHECK(aadsts_of(client.ask_v2(form)) == 70000);
  // Its refresh token needs no secret, because the sign-in had none.
  const std::string refresh = text_at(done.json(), "refresh_token");
  CHECK(
      client.ask_v2("grant_type=refresh_token&client_id=client&refresh_token=" + refresh).status ==
      200);
}

TEST_CASE("v1 spells a device code in its own way") {
  const RunningSandbox sandbox;
  const Reply begun =
      sandbox.post("/contoso.example/oauth2/devicecode",
                   "client_id=client&resource=https%3A%2F%2Fapi.partnercenter.microsoft.com");
  CHECK(begun.json().at("interval") == "5");
  CHECK_FALSE(text_at(begun.json(), "verification_url").empty());
  const std::string form =
      "grant_type=device_code&client_id=client&code=" + text_at(begun.json(), "device_code");
  const TokenClient client(sandbox);
  CHECK(aadsts_of(client.ask_v1(form)) == 70016);
  const Reply done = client.ask_v1(form);
  REQUIRE(done.status == 200);
  CHECK(sandbox
            .get(batches_path(),
                 {{"Authorization", "Bearer " + text_at(done.json(), "access_token")}})
            .status == 200);
}

TEST_CASE("a sign-in can be declined or come too late") {
  const RunningSandbox sandbox;
  const TokenClient client(sandbox);
  const auto poll = [&](std::string_view end) {
    sandbox.set_option(R"({"device_code_pending":0,"device_code":")" + std::string(end) + "\"}");
    const Reply begun = sandbox.post("/contoso.example/oauth2/v2.0/devicecode", "client_id=client");
    return client.ask_v2("grant_type=device_code&client_id=client&device_code=" +
                         text_at(begun.json(), "device_code"));
  };
  CHECK(poll("decline").json().at("error") == "authorization_declined");
  CHECK(poll("expire").json().at("error") == "expired_token");
  CHECK(poll("approve").status == 200);
}

TEST_CASE("a user without a second factor is answered 900421, an app is not") {
  const RunningSandbox sandbox;
  sandbox.set_option(R"({"mfa":"no"})");
  const Reply reply = TokenClient(sandbox).ask_v1(refresh_form("sandbox-refresh-token"));
  const std::string token = text_at(reply.json(), "access_token");
  const Reply denied = create_with(sandbox, token);
  CHECK(denied.status == 401);
  CHECK(denied.code() == "900421");
  CHECK(sandbox.get(batches_path()).status == 200);
  const Reply checked = sandbox.get(batches_path(), {{"ValidateMfa", "true"}});
  CHECK(checked.header("isMfaCompliant") == "false");
}

TEST_CASE("app-only calls can be refused altogether") {
  const RunningSandbox sandbox;
  sandbox.set_option(R"({"app_only_calls":"no"})");
  CHECK(sandbox.get(batches_path()).code() == "900329");
  CHECK(sandbox.get(batches_path()).status == 403);
}

TEST_CASE("secrets are rotated: the new one and the old one, then the old one expires") {
  const RunningSandbox sandbox;
  sandbox.set_option(R"({"client_secret":"sandbox-secret second"})");
  CHECK(sandbox.ask_token("second").status == 200);
  CHECK(sandbox.ask_token("sandbox-secret").status == 200);
  sandbox.set_option(R"({"client_secret":"second","expired_client_secret":"sandbox-secret"})");
  const Reply expired = sandbox.ask_token("sandbox-secret");
  CHECK(expired.status == 401);
  CHECK(expired.json().at("error") == "invalid_client");
  CHECK(aadsts_of(expired) == 7000222);
  CHECK(aadsts_of(sandbox.ask_token("wrong")) == 7000215);
}

TEST_CASE("requests that miss something are refused with its number") {
  const RunningSandbox sandbox;
  const TokenClient client(sandbox);
  CHECK(aadsts_of(client.ask_v1("client_id=client")) == 900144);
  CHECK(aadsts_of(client.ask_v1("grant_type=client_credentials")) == 900144);
  CHECK(aadsts_of(client.ask_v1("grant_type=password&client_id=client")) == 70003);
  CHECK(aadsts_of(client.ask_v1("grant_type=client_credentials&client_id=client")) == 7000216);
  CHECK(aadsts_of(client.ask_v1("grant_type=refresh_token&client_id=client&refresh_token=x")) ==
        7000218);
  const std::string app = "grant_type=client_credentials&client_id=c&client_secret=sandbox-secret";
  CHECK(aadsts_of(client.ask_v2(app)) == 900144);
  CHECK(aadsts_of(client.ask_v2(app + "&scope=https%3A%2F%2Fx%2Fuser_impersonation")) == 1002012);
  CHECK(sandbox.get("/contoso.example/oauth2/token").status == 405);
}

TEST_CASE("tokens can be issued for another audience than was asked for") {
  const RunningSandbox sandbox;
  sandbox.set_option(R"({"token_audience":"https://graph.windows.net"})");
  const std::string token = text_at(sandbox.ask_token().json(), "access_token");
  CHECK(create_with(sandbox, token).code() == "900420");
}

TEST_CASE("each partner has tenants, clients and customers of its own") {
  const RunningSandbox sandbox;
  sandbox.steer("accounts", R"([
      {"tenant":"contoso.example","client_id":"client",
       "customers":["11111111-1111-4111-8111-111111111111"]},
      {"tenant":"fabrikam.example","client_secrets":["fabrikam-secret"]}])");
  const TokenClient client(sandbox);
  CHECK(aadsts_of(client.ask_v1(TokenClient::app_form(), "unknown.example")) == 90002);
  CHECK(aadsts_of(client.ask_v1(TokenClient::app_form("other"))) == 700016);
  CHECK(aadsts_of(client.ask_v1(TokenClient::app_form(), "fabrikam.example")) == 7000215);
  const std::string contoso =
      text_at(client.ask_v1(TokenClient::app_form()).json(), "access_token");
  const std::string fabrikam = text_at(
      client.ask_v1(TokenClient::app_form("any", "fabrikam-secret"), "fabrikam.example").json(),
      "access_token");
  const auto status = [&](const std::string& token, std::string_view customer) {
    return sandbox.get(batches_path(customer), {{"Authorization", "Bearer " + token}}).status;
  };
  CHECK(status(contoso, kCustomer) == 200);
  CHECK(status(contoso, kOtherCustomer) == 403);
  CHECK(status(fabrikam, kOtherCustomer) == 200);
  CHECK(sandbox.post("/sandbox/accounts", R"([{"tenant":"a","secret":"b"}])").status == 400);
}

TEST_CASE("a rule refuses a token with any number, in the words that belong to it") {
  const RunningSandbox sandbox;
  const auto refuse = [&](std::string_view members) {
    sandbox.set_rules(R"([{"match":{"path":"oauth2"},"fault":"aadsts",)" + std::string(members) +
                      "}]");
    return sandbox.ask_token();
  };
  const Reply mfa = refuse(R"("number":50076)");
  CHECK(mfa.status == 400);
  CHECK(mfa.json().at("error") == "interaction_required");
  CHECK_THAT(text_at(mfa.json(), "error_description"), Catch::StartsWith("AADSTS50076: "));
  CHECK(aadsts_of(mfa) == 50076);
  const Reply busy = refuse(R"("number":90033,"retry_after":7)");
  CHECK(busy.status == 503);
  CHECK(busy.header("Retry-After") == "7");
  const Reply unheard = refuse(R"("number":4711,"status":401,"description":"Words.")");
  CHECK(unheard.status == 401);
  CHECK(aadsts_of(unheard) == 4711);
}
