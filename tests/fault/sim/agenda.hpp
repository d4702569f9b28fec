// sim/agenda.hpp - what happens in the simulated world, by time.
//
// Threading: one thread. Entries of one moment run in the order they were made.
#pragma once

#include "base/clock.hpp"

#include <functional>
#include <map>
#include <optional>

namespace devicebatch::sim {

class Agenda {
 public:
  explicit Agenda(const Clock& clock) : clock_(clock) {}

  void at(MonoTime time, std::function<void()> event) {
    events_.emplace(std::max(time, clock_.now_mono()), std::move(event));
  }
  void in(std::chrono::milliseconds delay, std::function<void()> event) {
    at(clock_.now_mono() + delay, std::move(event));
  }
  std::optional<MonoTime> next() const {
    if (events_.empty()) return std::nullopt;
    return events_.begin()->first;
  }
  // Runs one event that is due; false: there is none.
  bool run_one() {
    if (events_.empty() || events_.begin()->first > clock_.now_mono()) return false;
    auto event = events_.extract(events_.begin());
    event.mapped()();
    return true;
  }

 private:
  const Clock& clock_;
  std::multimap<MonoTime, std::function<void()>> events_;
};

}  // namespace devicebatch::sim
