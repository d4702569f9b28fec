// sim/virtual_clock.hpp - time that only moves when the simulation says so.
//
// Units: MonoTime never goes back; the wall clock can jump against it.
#pragma once

#include "base/check.hpp"
#include "base/clock.hpp"

namespace devicebatch::sim {

class VirtualClock final : public Clock {
 public:
  UtcTime now_utc() const override {
    const auto run = std::chrono::floor<std::chrono::milliseconds>(mono_.time_since_epoch());
    return kBegin + run + offset_;
  }
  MonoTime now_mono() const override { return mono_; }

  void advance_to(MonoTime time) {
    DEVICEBATCH_CHECK(time >= mono_);
    mono_ = time;
  }
  void jump(std::chrono::milliseconds by) { offset_ += by; }

 private:
  static constexpr UtcTime kBegin{std::chrono::seconds(1'800'000'000)};
  MonoTime mono_{std::chrono::hours(1)};  // the epoch itself means "never" in places
  std::chrono::milliseconds offset_{0};
};

}  // namespace devicebatch::sim
