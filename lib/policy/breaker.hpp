// policy/breaker.hpp - stop asking a service that does not answer, and find out when it does.
//
// Purpose:   after a row of failures only single probes go through, one at a time and far apart;
//            the first that works lets everybody in again.
// Lifecycle: one object for one customer, or one account.
// Threading: one thread.
// Units:     MonoTime: a jump of the wall clock neither opens nor closes anything.
// Source:    docs/architecture.md, "When the service is down".
#pragma once

#include "base/clock.hpp"
#include "base/random.hpp"

#include <chrono>
#include <optional>
#include <string_view>

namespace devicebatch::policy {

class Breaker {
 public:
  Breaker(int failures_max, std::chrono::milliseconds probe_interval)
      : failures_max_(failures_max), probe_interval_(probe_interval) {}

  enum class State { closed, open, probing };
  State state() const;

  // May a request go now? The one that is let through an open breaker is its probe.
  bool admit(MonoTime now);
  // When asking makes sense again; nullopt: at once. While a probe is under way, its end decides.
  std::optional<MonoTime> blocked_until(MonoTime now) const;

  void succeeded();
  // The next probe comes after the interval, up to a tenth later so that many do not come at once.
  void failed(MonoTime now, Random& random);
  // Neither: the request told nothing (it was never sent).
  void abandoned();

 private:
  int failures_max_;
  std::chrono::milliseconds probe_interval_;
  int failures_ = 0;
  bool is_probing_ = false;
  MonoTime probe_at_{};
};
std::string_view to_string(Breaker::State state);

}  // namespace devicebatch::policy
