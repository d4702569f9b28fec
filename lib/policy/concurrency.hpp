// policy/concurrency.hpp - how many requests a service bears at once.
//
// Purpose:   finds the number beyond which requests only wait for each other, and stays there.
// Lifecycle: one object for one account; `start` is what an earlier run found.
// Threading: one thread.
// Units:     MonoTime; a window is about one round trip with at least as many answers as the limit.
// Source:    docs/architecture.md, "How many at once". Up to the capacity of a service that queues,
//            n requests take as long as n - 1; beyond it they take n/(n - 1) as long. The mean of a
//            window at one limit is compared with the last one a step below: half of that or more
//            means one too many. What the service pushes back (429, 503, no answer) halves the
//            limit.
#pragma once

#include "base/clock.hpp"

#include <chrono>
#include <vector>

namespace devicebatch::policy {

struct ConcurrencyRules {
  ConcurrencyRules(int lowest, int highest) : least(lowest), most(highest) {}
  int least;
  int most;
};

class ConcurrencyLimit {
 public:
  ConcurrencyLimit(ConcurrencyRules rules, int start);

  int limit() const { return limit_; }

  // An answer came after `took`; `in_flight` were under way when it was sent, itself included.
  void answered(std::chrono::nanoseconds took, int in_flight, MonoTime now);
  // At most one step back for one round trip: many refusals at once are one message.
  void pushed_back(MonoTime now);

 private:
  // The latest mean at one limit, in seconds, and how sure it is.
  struct Known {
    double mean = 0;
    double error = 0;
  };
  void close_window(double mean, double error, MonoTime now);
  void change_to(int limit, MonoTime now);
  void step_back_to(int limit, MonoTime now);
  void begin_window();
  bool is_one_too_many(int limit) const;

  ConcurrencyRules rules_;
  int limit_;
  bool is_growing_ = true;     // until the first step back
  bool is_comparing_ = false;  // one less for a window, to have something to compare with
  int quiet_windows_ = 0;      // since the last change
  std::vector<Known> known_;   // by limit; mean 0: not measured
  MonoTime last_step_back_{};
  MonoTime limit_since_{};
  // The window under way.
  MonoTime begin_{};
  int answers_ = 0;
  bool was_full_ = false;
  double sum_ = 0;
  double sum_of_squares_ = 0;
};

}  // namespace devicebatch::policy
