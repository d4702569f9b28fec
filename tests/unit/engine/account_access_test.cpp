#include "engine/account_access.hpp"

#include "base/random.hpp"
#include "settings/store_secret.hpp"
#include "support/client_identity.hpp"
#include "support/temp_dir.hpp"

#include <catch2/catch.hpp>
#include <sys/stat.h>

namespace devicebatch::engine {
namespace {

using support::ClientIdentity;

const UtcTime kNow = SystemClock().now_utc();

struct Place {
  Place() {
    account.name = "contoso";
    account.tenant = "contoso.example";
    account.client_id = "11111111-2222-3333-4444-555555555555";
    account.client_secret.file = dir / "secret";
    put("secret", "s3cret");
  }

  void put(const char* name, std::string_view text) const {
    support::write_file(dir / name, text);
    ::chmod((dir / name).c_str(), 0600);
  }
  void use_refresh_token(std::string_view seed, std::string_view stored) {
    account.mode = settings::AccountMode::app_user;
    account.refresh_token.file = dir / "token";
    if (!seed.empty()) {
      account.refresh_token.credential = "seed";
      put("seed", seed);
    }
    if (!stored.empty()) put("token", stored);
  }
  void use_certificate(std::string_view pem) {
    account.client_secret = {};
    account.certificate.file = dir / "pem";
    put("pem", pem);
  }
  TokenAsking ask() const {
    SeededRandom random(1);
    const ProofMoment moment(kNow, Uuid::random(random));
    const settings::Service service;
    return prepare_asking(account, token_options(service, account), dir.path(), moment);
  }
  std::string refusal() const {
    const TokenAsking asking = ask();
    REQUIRE_FALSE(asking.request);
    CHECK(asking.request.error().code() == Errc::unauthorized);
    return asking.request.error().message();
  }
  // What is stored after a reply with this refresh token, empty for a reply without one.
  std::string stored_after(const std::string& fresh) const {
    const TokenAsking asking = ask();
    REQUIRE(asking.request);
    partner_center::Token token;
    if (!fresh.empty()) token.refresh = std::make_shared<const Secret>(std::string(fresh));
    const Result<void> kept = keep_refresh_token(account, asking, token);
    INFO((kept ? std::string() : kept.error().message()));
    CHECK(kept);
    const auto file = dir / "token";
    return std::filesystem::exists(file) ? support::read_file(file) : "none";
  }

  support::TempDir dir;
  settings::Account account;
};

}  // namespace

TEST_CASE("A2: what is wrong with a certificate is said in one sentence") {
  Place place;
  place.use_certificate("nothing");
  CHECK_THAT(place.refusal(),
             Catch::StartsWith("the certificate in ") && Catch::Contains("holds no private key"));
  ClientIdentity::Options ended;
  ended.valid_from_s = -100;
  ended.valid_until_s = -50;
  place.use_certificate(ClientIdentity(ended).pem());
  CHECK_THAT(place.refusal(),
             Catch::Contains("it ended on ") && Catch::Contains("register it in Entra ID"));
  ClientIdentity::Options early;
  early.valid_from_s = 3'600;
  place.use_certificate(ClientIdentity(early).pem());
  CHECK_THAT(place.refusal(), Catch::Contains("check this machine's clock"));
  place.use_certificate(ClientIdentity().pem());
  const TokenAsking asking = place.ask();
  REQUIRE(asking.request);
  CHECK(asking.certificate_ends);
  const std::string body(asking.request->secret_body->reveal());
  CHECK_THAT(body, Catch::Contains("client_assertion=ey") && !Catch::Contains("client_secret"));
}

TEST_CASE("a successor is stored in place of what was used, and nothing else changes") {
  Place place;
  place.use_refresh_token("", "first");
  CHECK(place.stored_after("second") == "second\n");
  CHECK(place.stored_after("second") == "second\n");
  CHECK(place.stored_after("") == "second\n");
}

TEST_CASE("a seed becomes the file's token when it worked, with or without a successor") {
  Place with;
  with.use_refresh_token("seed-token", "");
  CHECK(with.stored_after("second") == "second\n");
  Place without;
  without.use_refresh_token("seed-token", "");
  CHECK(without.stored_after("") == "seed-token\n");
}

TEST_CASE("a login that was faster than a rotation wins") {
  Place place;
  place.use_refresh_token("", "first");
  const TokenAsking asking = place.ask();
  REQUIRE(settings::store_secret(place.dir / "token", Secret("of-the-login")));
  partner_center::Token token;
  token.refresh = std::make_shared<const Secret>(std::string("of-the-rotation"));
  const Result<void> kept = keep_refresh_token(place.account, asking, token);
  REQUIRE_FALSE(kept);
  CHECK(kept.error().code() == Errc::busy);
  CHECK(support::read_file(place.dir / "token") == "of-the-login\n");
}

TEST_CASE("an application alone stores nothing, whatever comes") {
  const Place place;
  CHECK(place.stored_after("unasked") == "none");
}

}  // namespace devicebatch::engine
