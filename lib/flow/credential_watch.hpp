// flow/credential_watch.hpp - credentials that are about to end, said in time and not too often.
//
// Purpose:   a certificate: 30, 14 and 3 days before its end. A refresh token: once a day while it
//            is older than it should get.
// Threading: one thread.
// Source:    wall time on purpose: both ends are dates.
#pragma once

#include "base/clock.hpp"

#include <chrono>
#include <limits>
#include <optional>

namespace devicebatch::flow {

// Whole days, negative when it has ended.
int days_until(UtcTime end, UtcTime now);

class CredentialWatch {
 public:
  // The days left, when it is time to say them.
  std::optional<int> certificate(UtcTime end, UtcTime now);
  // The days since it was stored, when it is time to say them.
  std::optional<int> refresh_token(UtcTime since, std::chrono::milliseconds max_age, UtcTime now);

 private:
  UtcTime certificate_end_;
  int said_threshold_ = std::numeric_limits<int>::max();
  std::optional<UtcTime> age_said_at_;
};

}  // namespace devicebatch::flow
