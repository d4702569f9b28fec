#include "settings/account_secrets.hpp"

#include "settings/store_secret.hpp"
#include "support/temp_dir.hpp"

#include <catch2/catch.hpp>
#include <sys/stat.h>

using namespace devicebatch;
using namespace devicebatch::settings;
using support::TempDir;

namespace {

// Everything in one folder, which is the credentials directory as well.
struct Place {
  Place() {
    account.name = "contoso";
    account.client_secret.file = dir / "secret";
    put("secret", "s3cret");
  }

  void put(const char* name, std::string_view text) const {
    support::write_file(dir / name, text);
    ::chmod((dir / name).c_str(), 0600);
  }
  void use_refresh_token() {
    account.mode = AccountMode::app_user;
    account.refresh_token = {"seed", dir / "token"};
  }
  Result<AccountSecrets> read() const { return read_account_secrets(account, dir.path()); }
  FilesStamp stamp() const { return stamp_of_secrets(account, dir.path()); }

  TempDir dir;
  Account account;
};

}  // namespace

TEST_CASE("an application alone needs its secret or its certificate") {
  Place place;
  CHECK(place.read()->proof.reveal() == "s3cret");
  CHECK(place.read()->refresh_token.is_empty());
  place.account.client_secret = {};
  place.account.certificate.credential = "pem";
  place.put("pem", "PEM");
  CHECK(place.read()->proof.reveal() == "PEM");
}

TEST_CASE("a refresh token comes from its file, or before there is one from the credential") {
  Place place;
  place.use_refresh_token();
  CHECK_THAT(place.read().error().message(), Catch::Contains("seed"));
  place.put("seed", "first");
  CHECK(place.read()->refresh_token.reveal() == "first");
  CHECK(place.read()->is_seed);
  CHECK_FALSE(place.read()->refreshed_at);
  REQUIRE(store_secret(place.dir / "token", Secret("second")));
  CHECK(place.read()->refresh_token.reveal() == "second");
  CHECK_FALSE(place.read()->is_seed);
  CHECK(place.read()->refreshed_at);
}

TEST_CASE("an account without a refresh token says how to get one") {
  Place place;
  place.use_refresh_token();
  place.account.refresh_token.credential = "";
  const auto secrets = place.read();
  REQUIRE_FALSE(secrets);
  CHECK_THAT(secrets.error().message(), Catch::EndsWith("fix: devicebatchd login contoso"));
}

TEST_CASE("a stamp changes with whatever could make another try succeed") {
  Place place;
  place.use_refresh_token();
  FilesStamp before = place.stamp();
  CHECK(place.stamp() == before);
  const auto changes = [&](auto change) {
    before = place.stamp();
    change();
    CHECK(place.stamp() != before);
    before = place.stamp();
    CHECK(place.stamp() == before);
  };
  changes([&] { place.put("secret", "another"); });
  changes([&] { ::chmod((place.dir / "secret").c_str(), 0640); });
  changes([&] { place.put("seed", "first"); });
  changes([&] { (void)store_secret(place.dir / "token", Secret("x")); });
  changes([&] { (void)store_secret(place.dir / "token", Secret("y")); });
  changes([&] { std::filesystem::remove(place.dir / "token"); });
}

TEST_CASE("fingerprints tell secrets apart and show none") {
  Place place;
  const std::string before = place.read()->fingerprint();
  CHECK_THAT(before, !Catch::Contains("s3cret"));
  place.put("secret", "another");
  CHECK(place.read()->fingerprint() != before);
}
