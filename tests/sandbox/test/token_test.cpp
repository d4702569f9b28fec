#include "sandbox/test/running_sandbox.hpp"

#include <catch2/catch.hpp>

using namespace devicebatch::sandbox;

TEST_CASE("a v1 token reply writes its numbers as texts") {
  const RunningSandbox sandbox;
  const Reply reply = sandbox.ask_token();
  REQUIRE(reply.status == 200);
  CHECK_FALSE(reply.has_bom());
  const auto body = reply.json();
  CHECK(body.at("token_type") == "Bearer");
  CHECK(body.at("expires_in") == "600");
  CHECK(body.at("resource") == "https://api.partnercenter.microsoft.com");
  CHECK(body.at("access_token").as_string().size() > 40);
}

TEST_CASE("a v2 token reply writes its numbers as numbers") {
  const RunningSandbox sandbox;
  const Reply reply = sandbox.post("/contoso.example/oauth2/v2.0/token",
                                   "grant_type=client_credentials&client_id=client"
                                   "&client_secret=sandbox-secret"
                                   "&scope=https://api.partnercenter.microsoft.com/.default");
  REQUIRE(reply.status == 200);
  CHECK(reply.json().at("expires_in") == 600);
  const std::string token(std::string_view(reply.json().at("access_token").as_string()));
  CHECK(sandbox.get(batches_path(), {{"Authorization", "bearer " + token}}).status == 200);
}

TEST_CASE("a wrong secret is refused as the identity platform does") {
  const RunningSandbox sandbox;
  const Reply reply = sandbox.ask_token("wrong");
  CHECK(reply.status == 401);
  CHECK(reply.json().at("error") == "invalid_client");
  CHECK(reply.json().at("error_codes").at(0) == 7000215);
  const std::string text(std::string_view(reply.json().at("error_description").as_string()));
  CHECK_THAT(text, Catch::StartsWith("AADSTS7000215: "));
}

TEST_CASE("an unknown token, an expired one and none at all are answered 401") {
  Options options = quick_options();
  options.token_lifetime = std::chrono::seconds(0);
  const RunningSandbox sandbox(options);
  CHECK(sandbox.get(batches_path()).status == 401);
  CHECK(sandbox.get(batches_path()).code() == "400");
  CHECK(sandbox.get(batches_path(), {{"Authorization", "Bearer none"}}).status == 401);
  const Reply none = sandbox.get(batches_path(), {{"Authorization", ""}});
  CHECK(none.status == 401);
  CHECK(none.code() == "800001");
  CHECK_FALSE(none.header("WWW-Authenticate").empty());
}

TEST_CASE("a token for another resource is answered 900420") {
  const RunningSandbox sandbox;
  const Reply reply = sandbox.ask_token("sandbox-secret", "https%3A%2F%2Fgraph.windows.net");
  REQUIRE(reply.status == 200);
  const std::string token(std::string_view(reply.json().at("access_token").as_string()));
  const Reply denied = sandbox.get(batches_path(), {{"Authorization", "Bearer " + token}});
  CHECK(denied.status == 401);
  CHECK(denied.code() == "900420");
}

TEST_CASE("token requests are counted, good or bad") {
  const RunningSandbox sandbox;
  sandbox.ask_token("wrong");
  CHECK(sandbox.summary().at("token_requests") == 2);
  CHECK(sandbox.summary().at("tokens_issued") == 1);
}
