#include "base/random.hpp"

#include <catch2/catch.hpp>

using namespace devicebatch;

TEST_CASE("the same seed gives the same numbers") {
  SeededRandom one(7);
  SeededRandom other(7);
  for (int draw = 0; draw < 10; ++draw) CHECK(one.next() == other.next());
}

TEST_CASE("unit stays in its half-open range and spreads over it") {
  SeededRandom random(1);
  double sum = 0;
  for (int draw = 0; draw < 10'000; ++draw) {
    const double value = random.unit();
    REQUIRE(value >= 0.0);
    REQUIRE(value < 1.0);
    sum += value;
  }
  CHECK(sum / 10'000 == Approx(0.5).margin(0.02));
}
