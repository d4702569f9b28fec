#include "flow/credential_watch.hpp"

#include <array>

namespace devicebatch::flow {
namespace {

using Days = std::chrono::days;

// From near to far.
constexpr std::array kThresholds{3, 14, 30};

}  // namespace

int days_until(UtcTime end, UtcTime now) {
  return static_cast<int>(std::chrono::floor<Days>(end - now).count());
}

std::optional<int> CredentialWatch::certificate(UtcTime end, UtcTime now) {
  if (end != certificate_end_) {
    certificate_end_ = end;
    said_threshold_ = std::numeric_limits<int>::max();
  }
  const int left = days_until(end, now);
  for (const int threshold : kThresholds) {
    if (left > threshold) continue;
    if (threshold >= said_threshold_) return std::nullopt;
    said_threshold_ = threshold;
    return left;
  }
  return std::nullopt;
}

std::optional<int> CredentialWatch::refresh_token(UtcTime since, std::chrono::milliseconds max_age,
                                                  UtcTime now) {
  if (now - since <= max_age) {
    age_said_at_.reset();
    return std::nullopt;
  }
  if (age_said_at_ && now - *age_said_at_ < Days(1) && now >= *age_said_at_) return std::nullopt;
  age_said_at_ = now;
  return days_until(now, since);
}

}  // namespace devicebatch::flow
