// Row C1 of the fault matrix: a wall clock that jumps.
#include "flow/clock_step.hpp"
#include "flow/delivery_flow.hpp"
#include "flow/token_flow.hpp"

#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::flow;
using namespace std::chrono_literals;

namespace {

const UtcTime kNow(1'800'000'000'000ms);
const MonoTime kStart(std::chrono::hours(100));

}  // namespace

TEST_CASE("C1: a wall clock that goes back is noticed once, whatever made it") {
  for (const auto back : {2s, 3600s, 86'400s}) {  // NTP, daylight saving, a wrong day
    ClockStep step;
    CHECK_FALSE(step.went_back(kNow, kStart));
    CHECK_FALSE(step.went_back(kNow + 60s, kStart + 60s));
    CHECK(step.went_back(kNow + 61s - back, kStart + 61s));
    CHECK_FALSE(step.went_back(kNow + 62s - back, kStart + 62s));
  }
}

TEST_CASE("C1: slewing, standing still and jumps forth are no step back") {
  ClockStep step;
  CHECK_FALSE(step.went_back(kNow, kStart));
  CHECK_FALSE(step.went_back(kNow + 59'900ms, kStart + 60s));
  CHECK_FALSE(step.went_back(kNow + 24h, kStart + 60s));  // forth, or resumed after a suspend
  CHECK_FALSE(step.went_back(kNow + 25h, kStart + 3660s));
}

TEST_CASE("C1: after a jump forth everything is due, one step at a time") {
  DeliveryView view;
  view.presence = Presence::present;
  for (int number = 1; number <= 100; ++number) {
    UnsentChunk chunk;
    chunk.id = ChunkId{number};
    chunk.not_before = kNow + 15min;
    view.unsent.push_back(chunk);
  }
  CHECK(std::holds_alternative<Idle>(next_delivery_step(view, {}, kNow)));
  const DeliveryStep step = next_delivery_step(view, {}, kNow + 24h);
  CHECK(std::get<PostChunk>(step).chunk == ChunkId{1});
  view.has_slot = false;
  CHECK(std::holds_alternative<AwaitSlot>(next_delivery_step(view, {}, kNow + 24h)));
}
