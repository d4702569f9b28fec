#include "sandbox/clock.hpp"

namespace devicebatch::sandbox {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

UtcTime SandboxClock::now_utc() const {
  return (flows_ ? real_.now_utc() : stopped_utc_) + advanced_ - skipped_;
}

MonoTime SandboxClock::now_mono() const {
  return (flows_ ? real_.now_mono() : stopped_mono_) + advanced_ - skipped_;
}

void SandboxClock::flow(bool flows) {
  if (flows == flows_) return;
  flows_ = flows;
  if (flows) {
    skipped_ += duration_cast<milliseconds>(real_.now_mono() - stopped_mono_);
  } else {
    stopped_utc_ = real_.now_utc();
    stopped_mono_ = real_.now_mono();
  }
}

}  // namespace devicebatch::sandbox
