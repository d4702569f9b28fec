// policy/retry_budget.hpp - quick tries within one attempt, as long as they help.
//
// Purpose:   a hiccup is repeated at once; a service in trouble is not hit three times as hard.
// Lifecycle: one object for one account.
// Threading: one thread.
// Source:    the token bucket and the delays of Amazon's standard retry mode: 500 tokens, 14 for a
//            try after trouble, all of them back when it works, one back for each plain success.
#pragma once

#include "base/random.hpp"

#include <chrono>

namespace devicebatch::policy {

// Requests of one attempt, the first included.
inline constexpr int kTriesMax = 3;

class RetryBudget {
 public:
  // False: the bucket is empty, the durable schedule takes over.
  bool take();
  // `tries` of one attempt; the last one worked.
  void succeeded(int tries);
  int tokens() const { return tokens_; }

 private:
  static constexpr int kTokensMax = 500;
  static constexpr int kCost = 14;
  int tokens_ = kTokensMax;
};

// Full jitter below 50 ms * 2^(tries-1); `tries` is 1 after the first.
std::chrono::milliseconds quick_delay(int tries, Random& random);

}  // namespace devicebatch::policy
