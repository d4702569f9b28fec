#include "base/uuid.hpp"

#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace std::chrono_literals;

TEST_CASE("a GUID reads back as itself, in either case") {
  const auto uuid = Uuid::parse("0AbCdEf0-1234-5678-9abc-def012345678");
  REQUIRE(uuid.has_value());
  CHECK(uuid->to_string() == "0abcdef0-1234-5678-9abc-def012345678");
}

TEST_CASE("what is no GUID is refused") {
  for (const auto* text :
       {"", "0abcdef0123456789abcdef012345678", "{0abcdef0-1234-5678-9abc-def012345678}",
        "0abcdef0-1234-5678-9abc-def01234567g", "0abcdef0-1234-5678-9abc-def0123456789",
        "0abcdef01-234-5678-9abc-def012345678"}) {
    INFO(text);
    CHECK_FALSE(Uuid::parse(text).has_value());
  }
}

TEST_CASE("versions are marked, and version 7 sorts by time") {
  SeededRandom random(3);
  CHECK(Uuid::random(random).to_string()[14] == '4');
  const Uuid earlier = Uuid::time_ordered(UtcTime(1'000ms), random);
  const Uuid later = Uuid::time_ordered(UtcTime(1'001ms), random);
  CHECK(earlier.to_string()[14] == '7');
  CHECK(earlier < later);
}
