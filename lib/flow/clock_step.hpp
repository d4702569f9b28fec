// flow/clock_step.hpp - did the wall clock go back?
//
// Purpose:   what waits until a moment of the wall clock would wait for as long as that went back.
// Threading: one thread.
// Source:    docs/architecture.md, "Waiting". A monotonic clock that stands still in suspend only
//            makes the wall clock look as if it went forth, which shortens waits.
#pragma once

#include "base/clock.hpp"

#include <optional>

namespace devicebatch::flow {

class ClockStep {
 public:
  // True when it went back by more than slewing explains, since the last call.
  bool went_back(UtcTime utc, MonoTime mono) {
    const auto offset = utc.time_since_epoch() - mono.time_since_epoch();
    const bool is_back = offset_ && offset < *offset_ - std::chrono::seconds(1);
    offset_ = offset;
    return is_back;
  }

 private:
  std::optional<std::chrono::nanoseconds> offset_;
};

}  // namespace devicebatch::flow
