#include "settings/units.hpp"

#include <catch2/catch.hpp>

using namespace devicebatch::settings;
using namespace std::chrono_literals;

TEST_CASE("durations are a number and a unit") {
  CHECK(parse_duration("250ms") == 250ms);
  CHECK(parse_duration("5s") == 5s);
  CHECK(parse_duration("10 m") == 10min);
  CHECK(parse_duration("2h") == 2h);
  CHECK(parse_duration("1d") == 24h);
  CHECK(parse_duration("0s") == 0ms);
  for (const char* text : {"", "5", "s", "5S", "5min", "1.5h", "-1s", "5 s m", "1e3s",
                           "99999999999999999s", "999999999999999d"}) {
    INFO(text);
    CHECK_FALSE(parse_duration(text));
  }
}

TEST_CASE("a duration is written in the largest unit that is exact, and read back") {
  CHECK(write_duration(0ms) == "0s");
  CHECK(write_duration(250ms) == "250ms");
  CHECK(write_duration(1500ms) == "1500ms");
  CHECK(write_duration(90s) == "90s");
  CHECK(write_duration(600s) == "10m");
  CHECK(write_duration(48h) == "2d");
  for (std::int64_t ms = 1; ms < 2'000'000'000; ms = ms * 7 + 3) {
    CHECK(parse_duration(write_duration(std::chrono::milliseconds(ms))) ==
          std::chrono::milliseconds(ms));
  }
}

TEST_CASE("sizes are bytes, or thousands, or powers of two") {
  CHECK(parse_bytes("2500000") == 2'500'000U);
  CHECK(parse_bytes("2.5MB") == 2'500'000U);
  CHECK(parse_bytes("2 MiB") == 2'097'152U);
  CHECK(parse_bytes("1kb") == 1'000U);
  CHECK(parse_bytes("0.001kB") == 1U);
  CHECK(parse_bytes("1GiB") == 1'073'741'824U);
  CHECK(parse_bytes("12B") == 12U);
  for (const char* text : {"", "MB", ".5MB", "1.MB", "1.2345MB", "1.5", "-1", "1 2", "0x10", "1PB",
                           "9999999999999999999"}) {
    INFO(text);
    CHECK_FALSE(parse_bytes(text));
  }
}

TEST_CASE("counts are whole numbers") {
  CHECK(parse_count("0") == 0U);
  CHECK(parse_count("500") == 500U);
  for (const char* text : {"", "-1", "+1", "1.0", "1k", " 1", "1234567890123456"}) {
    INFO(text);
    CHECK_FALSE(parse_count(text));
  }
}
