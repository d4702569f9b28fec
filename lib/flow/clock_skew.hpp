// flow/clock_skew.hpp - this machine's clock against the one of a server.
//
// Purpose:   notices a clock that is wrong, and says so once for each change.
// Threading: one thread.
// Units:     seconds; positive: we are ahead.
// Source:    RFC 9110 6.6.1 (Date has whole seconds). Assertions are valid for five minutes, so a
//            clock that is further off makes them worthless.
#pragma once

#include "base/clock.hpp"

#include <chrono>
#include <string>

namespace devicebatch::flow {

// How far we are ahead of a server that wrote `date` between `sent` and `received`: zero when that
// can be true.
std::chrono::seconds ahead_of(UtcTime date, UtcTime sent, UtcTime received);

// "this machine's clock is 7 min 0 s ahead of the identity service".
std::string describe_skew(std::chrono::seconds ahead);

class ClockSkew {
 public:
  enum class Change { none, wrong, right_again };
  Change observe(std::chrono::seconds ahead);

  std::chrono::seconds ahead() const { return ahead_; }
  // So far off that a signed assertion is not valid there.
  bool spoils_assertions() const;

 private:
  std::chrono::seconds ahead_{0};
  std::chrono::seconds said_{0};  // what was reported last
};

}  // namespace devicebatch::flow
