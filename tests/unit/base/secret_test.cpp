#include "base/secret.hpp"

#include <catch2/catch.hpp>

#include <type_traits>

using namespace devicebatch;

TEST_CASE("a secret cannot be copied") {
  CHECK_FALSE(std::is_copy_constructible_v<Secret>);
  CHECK_FALSE(std::is_copy_assignable_v<Secret>);
}

TEST_CASE("making and moving a secret wipes where it came from") {
  std::string source = "canary-short";
  Secret secret(std::move(source));
  CHECK(source.empty());
  Secret moved = std::move(secret);
  CHECK(secret.is_empty());
  CHECK(moved.reveal() == "canary-short");
}

TEST_CASE("wiping overwrites the bytes before it lets them go") {
  std::string text(64, 'x');
  const char* bytes = text.data();
  wipe(text);
  for (std::size_t at = 0; at < 16; ++at) CHECK(bytes[at] == '\0');
}

TEST_CASE("a fingerprint tells secrets apart and shows none of them") {
  const Secret one(std::string("one"));
  const Secret two(std::string("two"));
  CHECK(one.fingerprint() != two.fingerprint());
  CHECK(one.fingerprint() == "sha256:7692c3ad");
}
