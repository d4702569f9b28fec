#include "policy/concurrency.hpp"

#include "base/random.hpp"
#include "policy/retry_budget.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <deque>

using namespace devicebatch;
using namespace devicebatch::policy;
using namespace std::chrono_literals;

namespace {

// A service that works on `capacity` requests at once, 200 ms each plus noise, the rest in a queue;
// the client keeps as many under way as its limit says. Returns the mean limit of the last half.
double mean_limit(int capacity, double noise, int answers, std::uint64_t seed) {
  ConcurrencyLimit limit({1, 8}, 1);
  SeededRandom random(seed);
  struct Sent {
    MonoTime at;
    MonoTime done;
    int in_flight;
  };
  std::deque<Sent> under_way;
  std::deque<MonoTime> free_at(static_cast<std::size_t>(capacity), MonoTime(1h));
  MonoTime now(1h);
  double sum = 0;
  for (int answered = 0; answered < answers; ++answered) {
    while (static_cast<int>(under_way.size()) < limit.limit()) {
      const auto worker = std::min_element(free_at.begin(), free_at.end());
      const std::chrono::duration<double> work(0.2 * (1 + noise * (random.unit() - 0.5)));
      const MonoTime done =
          std::max(now, *worker) + std::chrono::duration_cast<MonoTime::duration>(work);
      *worker = done;
      under_way.push_back({now, done, static_cast<int>(under_way.size()) + 1});
    }
    const auto next = std::min_element(
        under_way.begin(), under_way.end(),
        [](const Sent& left, const Sent& right) { return left.done < right.done; });
    now = next->done;
    limit.answered(next->done - next->at, next->in_flight, now);
    under_way.erase(next);
    if (answered >= answers / 2) sum += limit.limit();
  }
  return sum / (answers - answers / 2);
}

}  // namespace

TEST_CASE("the limit finds the capacity of a service within a tenth") {
  const int capacity = GENERATE(1, 2, 3, 4, 5, 6, 7, 8);
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    INFO("capacity " << capacity << ", seed " << seed);
    const double found = mean_limit(capacity, 0.05, 1000, seed);
    CHECK(found >= 0.9 * capacity);
    CHECK(found <= 1.1 * capacity);
  }
}

TEST_CASE("noise alone does not throttle a service that bears more") {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    INFO("seed " << seed);
    CHECK(mean_limit(64, 0.8, 2000, seed) >= 6);
  }
}

TEST_CASE("a push back halves the limit once for a round trip, never below the least") {
  ConcurrencyLimit limit({2, 8}, 8);
  const MonoTime now(1h);
  limit.pushed_back(now);
  limit.pushed_back(now + 1ms);
  CHECK(limit.limit() == 4);
  for (int times = 1; times < 5; ++times) limit.pushed_back(now + times * 10s);
  CHECK(limit.limit() == 2);
}

TEST_CASE("what an earlier run found is where the next one starts") {
  CHECK(ConcurrencyLimit({1, 8}, 5).limit() == 5);
  CHECK(ConcurrencyLimit({1, 4}, 5).limit() == 4);
  CHECK(ConcurrencyLimit({6, 8}, 5).limit() == 6);
}

TEST_CASE("a budget of quick tries is used up by trouble and comes back with success") {
  RetryBudget budget;
  int tries = 0;
  while (budget.take()) ++tries;
  CHECK(tries == 35);
  budget.succeeded(2);
  CHECK(budget.take());
  CHECK_FALSE(budget.take());
  for (int times = 0; times < 14; ++times) budget.succeeded(1);
  CHECK(budget.take());
}

TEST_CASE("quick tries come within milliseconds, a little later each") {
  SeededRandom random(1);
  for (int times = 0; times < 100; ++times) {
    CHECK(quick_delay(1, random) <= 50ms);
    CHECK(quick_delay(2, random) <= 100ms);
  }
}
