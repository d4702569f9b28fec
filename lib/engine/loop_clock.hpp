// engine/loop_clock.hpp - the clock that the loop's timers go by.
//
// Purpose:   every wait of the engine ends by this clock, so that a simulation can move it.
// Lifecycle: real time, unless use() was called before the first timer was made.
// Threading: use() before anything runs; now() from any thread; the set of armed timers belongs to
//            the loop.
// Source:    the Clock requirements of asio's basic_waitable_timer.
#pragma once

#include "base/clock.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_waitable_timer.hpp>

#include <optional>
#include <set>

namespace devicebatch::engine {

namespace asio = boost::asio;

struct LoopClock {
  using duration = MonoTime::duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = MonoTime;
  static constexpr bool is_steady = true;
  static time_point now();

  // Goes by `clock` from now on; nullptr: real time again.
  static void use(const Clock* clock);
  // When the next timer under way ends: what a simulation advances to.
  static std::optional<MonoTime> next_end();
};

using LoopTimer = asio::basic_waitable_timer<LoopClock>;

// Waits for the timer's end, or for its cancellation.
asio::awaitable<void> wait_for_end(LoopTimer& timer);

}  // namespace devicebatch::engine
