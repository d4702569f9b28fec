// sandbox/clock.hpp - the time of the service.
//
// Purpose:   jobs, tokens and hidden windows live by it. It flows like the real one, or stands
//            still; either way it can be moved forward. Delays of answers are always real.
// Threading: the loop.
#pragma once

#include "base/clock.hpp"

namespace devicebatch::sandbox {

class SandboxClock final : public Clock {
 public:
  UtcTime now_utc() const override;
  MonoTime now_mono() const override;

  // Stops or starts the flow, at the time it is.
  void flow(bool flows);
  void advance(std::chrono::milliseconds time) { advanced_ += time; }
  bool flows() const { return flows_; }
  std::chrono::milliseconds advanced() const { return advanced_; }

 private:
  SystemClock real_;
  bool flows_ = true;
  UtcTime stopped_utc_{};
  MonoTime stopped_mono_{};
  // What was advanced, and what passed in reality while time stood still.
  std::chrono::milliseconds advanced_{0};
  std::chrono::milliseconds skipped_{0};
};

}  // namespace devicebatch::sandbox
