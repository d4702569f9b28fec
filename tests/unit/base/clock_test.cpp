#include "base/clock.hpp"

#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace std::chrono_literals;

TEST_CASE("a time is shown in UTC with milliseconds") {
  CHECK(format_utc(UtcTime(0ms)) == "1970-01-01T00:00:00.000Z");
  CHECK(format_utc(UtcTime(1'764'000'000'123ms)) == "2025-11-24T16:00:00.123Z");
}

TEST_CASE("a shown time reads back as itself") {
  const UtcTime time(1'764'000'000'123ms);
  CHECK(parse_utc(format_utc(time)) == time);
}

TEST_CASE("the service's three shapes of a date are read") {
  CHECK(parse_utc("2017-07-25T10:00:00") == parse_utc("2017-07-25T10:00:00.000Z"));
  CHECK(parse_utc("2018-07-24T15:03:40.3184992-07:00") == parse_utc("2018-07-24T22:03:40.318Z"));
  CHECK(parse_utc("0001-01-01T00:00:00").has_value());
}

TEST_CASE("what is no time is refused") {
  for (const auto* text : {"", "2017", "2017-13-01T00:00:00Z", "2017-02-30T00:00:00Z",
                           "2017-01-01 00:00:00", "2017-01-01T00:00:00.Z", "2017-01-01T24:00:00Z",
                           "2017-01-01T00:00:00Zx", "-017-01-01T00:00:00Z"}) {
    INFO(text);
    CHECK_FALSE(parse_utc(text).has_value());
  }
}

TEST_CASE("durations are shown in two units a person can read") {
  CHECK(format_duration(850ms) == "850 ms");
  CHECK(format_duration(4'200ms) == "4.2 s");
  CHECK(format_duration(200s) == "3 min 20 s");
  CHECK(format_duration(125min) == "2 h 5 min");
  CHECK(format_duration(76h) == "3 d 4 h");
}
