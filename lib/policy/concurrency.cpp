#include "policy/concurrency.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace devicebatch::policy {
namespace {

// A window ends when its mean is sure enough to see one request waiting, or after so many answers.
constexpr int kAnswersLeast = 4;
constexpr int kAnswersMost = 100;
constexpr double kErrorOfOneWaiting = 0.15;
// Windows without waiting before one more is tried.
constexpr int kQuietWindows = 40;
// Half of what one request too many would show.
constexpr double kHalf = 0.5;

}  // namespace

ConcurrencyLimit::ConcurrencyLimit(ConcurrencyRules rules, int start)
    : rules_(rules),
      limit_(std::clamp(start, rules.least, rules.most)),
      known_(static_cast<std::size_t>(rules.most) + 1) {}

void ConcurrencyLimit::answered(std::chrono::nanoseconds took, int in_flight, MonoTime now) {
  // Sent under another limit: it says nothing about this one.
  if (now - took < limit_since_) return;
  const double seconds = std::chrono::duration<double>(took).count();
  if (answers_ == 0) begin_ = now - took;
  ++answers_;
  sum_ += seconds;
  sum_of_squares_ += seconds * seconds;
  was_full_ = was_full_ || in_flight >= limit_;
  const double mean = sum_ / answers_;
  const double lasted = std::chrono::duration<double>(now - begin_).count();
  if (answers_ < std::max(kAnswersLeast, limit_) || lasted < mean) return;
  const double variance = std::max(0.0, sum_of_squares_ / answers_ - mean * mean);
  const double error = std::sqrt(variance / answers_);
  if (error <= kErrorOfOneWaiting * mean / limit_ || answers_ >= kAnswersMost) {
    close_window(mean, error, now);
  }
}

bool ConcurrencyLimit::is_one_too_many(int limit) const {
  const Known& here = known_[static_cast<std::size_t>(limit)];
  const Known& below = known_[static_cast<std::size_t>(limit) - 1];
  const double longer = here.mean - below.mean;
  const double noise = 2 * std::hypot(here.error, below.error);
  return longer > std::max(kHalf * below.mean / (limit - 1), noise);
}

void ConcurrencyLimit::close_window(double mean, double error, MonoTime now) {
  known_[static_cast<std::size_t>(limit_)] = {mean, error};
  const bool was_full = was_full_;
  begin_window();
  if (!was_full) return;  // it could not show what the limit does
  const bool was_comparing = std::exchange(is_comparing_, false);
  if (was_comparing && !is_one_too_many(limit_ + 1)) return change_to(limit_ + 1, now);
  if (limit_ > rules_.least) {
    is_comparing_ = known_[static_cast<std::size_t>(limit_) - 1].mean == 0;
    if (is_comparing_ || is_one_too_many(limit_)) return step_back_to(limit_ - 1, now);
  }
  const bool is_time_to_try = is_growing_ || ++quiet_windows_ >= kQuietWindows;
  if (!is_time_to_try || limit_ >= rules_.most) return;
  change_to(limit_ + 1, now);
}

void ConcurrencyLimit::begin_window() {
  answers_ = 0;
  was_full_ = false;
  sum_ = 0;
  sum_of_squares_ = 0;
}

void ConcurrencyLimit::change_to(int limit, MonoTime now) {
  limit_ = std::clamp(limit, rules_.least, rules_.most);
  limit_since_ = now;
  quiet_windows_ = 0;
  begin_window();
}

void ConcurrencyLimit::step_back_to(int limit, MonoTime now) {
  // One step for a comparison is no reason to grow slowly afterwards.
  is_growing_ = is_growing_ && is_comparing_;
  last_step_back_ = now;
  change_to(limit, now);
}

void ConcurrencyLimit::pushed_back(MonoTime now) {
  const double mean = known_[static_cast<std::size_t>(limit_)].mean;
  const auto round_trip = std::chrono::duration<double>(mean == 0 ? 1.0 : mean);
  if (last_step_back_ != MonoTime() && now - last_step_back_ < round_trip) return;
  is_comparing_ = false;
  step_back_to(limit_ / 2, now);
}

}  // namespace devicebatch::policy
