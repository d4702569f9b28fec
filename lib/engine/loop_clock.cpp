#include "engine/loop_clock.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace devicebatch::engine {
namespace {

const Clock* simulated_clock = nullptr;
std::multiset<MonoTime> armed_ends;

// Counts a timer as armed while it is waited for; only a simulation asks.
class Armed {
 public:
  explicit Armed(MonoTime end) : is_counted_(simulated_clock != nullptr) {
    if (is_counted_) place_ = armed_ends.insert(end);
  }
  ~Armed() {
    if (is_counted_) armed_ends.erase(place_);
  }
  Armed(const Armed&) = delete;
  Armed& operator=(const Armed&) = delete;

 private:
  bool is_counted_;
  std::multiset<MonoTime>::iterator place_;
};

}  // namespace

MonoTime LoopClock::now() {
  static const SystemClock real;
  return simulated_clock == nullptr ? real.now_mono() : simulated_clock->now_mono();
}

void LoopClock::use(const Clock* clock) {
  simulated_clock = clock;
}

std::optional<MonoTime> LoopClock::next_end() {
  if (armed_ends.empty()) return std::nullopt;
  return *armed_ends.begin();
}

asio::awaitable<void> wait_for_end(LoopTimer& timer) {
  const Armed armed(timer.expiry());
  constexpr auto token = asio::as_tuple(asio::use_awaitable);
  co_await timer.async_wait(token);
}

}  // namespace devicebatch::engine
