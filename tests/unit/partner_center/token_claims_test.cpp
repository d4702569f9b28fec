#include "partner_center/token_claims.hpp"

#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::partner_center;

namespace {

std::optional<TokenClaims> claims_of(std::string token) {
  return read_claims(Secret(std::move(token)));
}

}  // namespace

TEST_CASE("a token says for whom and of whom it is") {
  // {"aud":"https://api.example","tid":"t","appid":"a","scp":"user_impersonation",
  //  "amr":["pwd","mfa"]}
  const auto person = claims_of(
      "eyJ9."
      "eyJhdWQiOiJodHRwczovL2FwaS5leGFtcGxlIiwidGlkIjoidCIsImFwcGlkIjoiYSIsInNjcCI6InVzZXJfaW1w"
      "ZXJzb25hdGlvbiIsImFtciI6WyJwd2QiLCJtZmEiXX0.sig");
  REQUIRE(person);
  CHECK(person->audience == "https://api.example");
  CHECK(person->tenant == "t");
  CHECK(person->application == "a");
  CHECK(person->methods == std::vector<std::string>{"pwd", "mfa"});
  CHECK(person->is_of_person);
  // {"aud":"x","azp":"b"}
  const auto application = claims_of("h.eyJhdWQiOiJ4IiwiYXpwIjoiYiJ9.s");
  REQUIRE(application);
  CHECK(application->application == "b");
  CHECK_FALSE(application->is_of_person);
}

TEST_CASE("a token that cannot be read has no claims") {
  for (const char* token :
       {"", "opaque", "a.b", "a.!!.c", "a.e30", "a..c", "a.e.c", "a.bm8.c", "a.W10.c", "a.eyJ.c"}) {
    INFO(token);
    CHECK_FALSE(claims_of(token));
  }
  CHECK(claims_of("a.e30.c"));
}
