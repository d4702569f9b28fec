#include "spool/retention.hpp"

#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::spool;
using std::chrono::hours;

namespace {

constexpr UtcTime kNow{std::chrono::milliseconds(1'700'000'000'000)};

// Oldest first: 10 bytes each, 100, 50, 20, 2 hours and 10 minutes old.
std::vector<KeptSubmission> some() {
  return {{"a", kNow - hours(100), 10},
          {"b", kNow - hours(50), 10},
          {"c", kNow - hours(20), 10},
          {"d", kNow - hours(2), 10},
          {"e", kNow - std::chrono::minutes(10), 10}};
}

std::size_t expired(const RetentionRule& rule) {
  return count_expired(some(), {5, 50}, rule, kNow);
}

}  // namespace

TEST_CASE("without a rule everything is kept for ever") {
  CHECK(RetentionRule{}.keeps_everything());
  CHECK(expired({}) == 0);
}

TEST_CASE("what is older than the rule says may go") {
  CHECK(expired({hours(101), 0, 0}) == 0);
  CHECK(expired({hours(50), 0, 0}) == 2);
  CHECK(expired({hours(1), 0, 0}) == 4);
}

TEST_CASE("the oldest go first until few enough are left") {
  CHECK(expired({hours(0), 0, 5}) == 0);
  CHECK(expired({hours(0), 0, 3}) == 2);
  CHECK(expired({hours(0), 25, 0}) == 3);
  CHECK(expired({hours(60), 35, 4}) == 2);
}

TEST_CASE("nothing of the last hour goes, whatever the limits") {
  CHECK(expired({hours(0), 1, 1}) == 4);
  CHECK(expired({std::chrono::milliseconds(1), 1, 1}) == 4);
}

TEST_CASE("a result that seems to come from the future is young") {
  const std::vector<KeptSubmission> one{{"a", kNow + hours(1'000), 10}};
  CHECK(count_expired(one, {1, 10}, {hours(1), 1, 0}, kNow) == 0);
}

TEST_CASE("the candidates may be a part of the whole") {
  CHECK(count_expired(some(), {100, 1'000}, {hours(0), 0, 98}, kNow) == 2);
  CHECK(count_expired(some(), {100, 1'000}, {hours(0), 990, 0}, kNow) == 1);
  CHECK(count_expired({}, {100, 1'000}, {hours(0), 0, 1}, kNow) == 0);
}
