#include "policy/breaker.hpp"

#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::policy;
using namespace std::chrono_literals;

namespace {

const MonoTime kStart{std::chrono::hours(1)};

Breaker an_open_one(SeededRandom& random) {
  Breaker breaker(3, 60s);
  for (int times = 0; times < 3; ++times) breaker.failed(kStart, random);
  return breaker;
}

}  // namespace

TEST_CASE("a breaker opens after its row of failures, not before") {
  SeededRandom random(1);
  Breaker breaker(3, 60s);
  for (int times = 0; times < 2; ++times) {
    breaker.failed(kStart, random);
    CHECK(breaker.admit(kStart));
  }
  breaker.failed(kStart, random);
  CHECK(breaker.state() == Breaker::State::open);
  CHECK_FALSE(breaker.admit(kStart));
}

TEST_CASE("a success in between begins the row anew") {
  SeededRandom random(1);
  Breaker breaker(2, 60s);
  breaker.failed(kStart, random);
  breaker.succeeded();
  breaker.failed(kStart, random);
  CHECK(breaker.state() == Breaker::State::closed);
}

TEST_CASE("an open breaker lets one probe through when its time has come") {
  SeededRandom random(1);
  Breaker breaker = an_open_one(random);
  CHECK(breaker.blocked_until(kStart) >= kStart + 60s);
  CHECK(breaker.blocked_until(kStart) <= kStart + 66s);
  CHECK_FALSE(breaker.admit(kStart + 59s));
  const MonoTime later = kStart + 66s;
  CHECK_FALSE(breaker.blocked_until(later).has_value());
  CHECK(breaker.admit(later));
  CHECK_FALSE(breaker.admit(later));
  CHECK(breaker.state() == Breaker::State::probing);
}

TEST_CASE("a probe that works lets everybody in, one that fails keeps them out") {
  SeededRandom random(1);
  Breaker breaker = an_open_one(random);
  REQUIRE(breaker.admit(kStart + 66s));
  breaker.failed(kStart + 67s, random);
  CHECK_FALSE(breaker.admit(kStart + 68s));
  REQUIRE(breaker.admit(kStart + 140s));
  breaker.succeeded();
  CHECK(breaker.admit(kStart + 140s));
  CHECK(breaker.admit(kStart + 140s));
}

TEST_CASE("a probe that was never sent leaves its place to another") {
  SeededRandom random(1);
  Breaker breaker = an_open_one(random);
  REQUIRE(breaker.admit(kStart + 66s));
  breaker.abandoned();
  CHECK(breaker.admit(kStart + 66s));
}
