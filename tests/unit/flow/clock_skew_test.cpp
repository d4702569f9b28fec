#include "flow/clock_skew.hpp"

#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::flow;
using namespace std::chrono_literals;
using Change = ClockSkew::Change;

namespace {

const UtcTime kNoon = *parse_utc("2026-11-24T12:00:00Z");

}  // namespace

TEST_CASE("a date that fits into the time of the exchange is no difference") {
  CHECK(ahead_of(kNoon, kNoon + 999ms, kNoon + 1300ms) == 0s);  // cut to its second
  CHECK(ahead_of(kNoon, kNoon - 90s, kNoon + 1s) == 0s);        // a slow answer
  CHECK(ahead_of(kNoon, kNoon, kNoon) == 0s);
}

TEST_CASE("a clock is ahead of the date or behind it") {
  CHECK(ahead_of(kNoon, kNoon + 420s, kNoon + 421s) == 420s);
  CHECK(ahead_of(kNoon, kNoon - 421s, kNoon - 420s) == -420s);
  CHECK(describe_skew(420s) == "this machine's clock is 7 min 0 s ahead of the identity service");
  CHECK(describe_skew(-7200s) == "this machine's clock is 2 h 0 min behind the identity service");
}

TEST_CASE("a wrong clock is reported once for each change") {
  ClockSkew skew;
  CHECK(skew.observe(0s) == Change::none);
  CHECK(skew.observe(30s) == Change::none);
  CHECK(skew.observe(31s) == Change::wrong);
  CHECK(skew.observe(31s) == Change::none);
  CHECK(skew.observe(60s) == Change::none);  // drifting is no news
  CHECK(skew.observe(62s) == Change::wrong);
  CHECK(skew.observe(-62s) == Change::wrong);
  CHECK(skew.ahead() == -62s);
  CHECK(skew.observe(-5s) == Change::right_again);
  CHECK(skew.observe(5s) == Change::none);
  CHECK(skew.observe(-40s) == Change::wrong);
}

TEST_CASE("more than five minutes spoil assertions") {
  ClockSkew skew;
  skew.observe(300s);
  CHECK_FALSE(skew.spoils_assertions());
  skew.observe(-301s);
  CHECK(skew.spoils_assertions());
}
