#include "flow/token_flow.hpp"

#include <algorithm>

namespace devicebatch::flow {
namespace {

using std::chrono::milliseconds;

// A token refused within so long was never good: the next one will not be either.
constexpr std::chrono::minutes kYoung{1};
// Of the time a token is used, at most so much is given up to chance.
constexpr double kJitter = 0.1;

milliseconds scaled(milliseconds duration, double factor) {
  return milliseconds(static_cast<std::int64_t>(static_cast<double>(duration.count()) * factor));
}

}  // namespace

TokenFlow::Need TokenFlow::need(MonoTime now) {
  if (renew_at_ && now < *renew_at_) return Need::use;
  const bool is_good_still = renew_at_ && now < ends_at_;
  if (is_fetching_) return is_good_still ? Need::use : Need::join;
  if (blocked_until_ && now < *blocked_until_) return is_good_still ? Need::use : Need::wait;
  if (renew_at_) young_refusals_ = 0;  // the last one was good to its end
  is_fetching_ = true;
  return Need::fetch;
}

bool TokenFlow::try_renew(MonoTime now) {
  if (is_fetching_ || (blocked_until_ && now < *blocked_until_)) return false;
  is_fetching_ = true;
  return true;
}

void TokenFlow::fetched(std::chrono::seconds lifetime, MonoTime now, Random& random) {
  is_fetching_ = false;
  is_refused_ = false;
  failures_ = 0;
  blocked_until_.reset();
  last_error_.clear();
  ++generation_;
  // A token shorter than twice the margin is renewed after half its life.
  const auto useful =
      std::max<milliseconds>(lifetime - margin_, std::chrono::milliseconds(lifetime) / 2);
  fetched_at_ = now;
  renew_at_ = now + scaled(useful, 1.0 - kJitter * random.unit());
  ends_at_ = now + lifetime;
}

milliseconds TokenFlow::delay_after(int failures, Random& random) const {
  const int doublings = std::clamp(failures - 1, 0, 20);
  const auto delay = std::min(longest_delay_, first_delay_ * (std::int64_t{1} << doublings));
  return scaled(delay, 0.5 + random.unit() / 2);
}

void TokenFlow::failed(const Error& error, MonoTime now, Random& random) {
  is_fetching_ = false;
  is_refused_ = error.code() == Errc::unauthorized;
  last_error_ = error.message();
  ++failures_;
  const milliseconds delay = is_refused_ ? scaled(longest_delay_, 0.5 + random.unit() / 2)
                                         : delay_after(failures_, random);
  blocked_until_ = now + std::max(delay, error.retry_after.value_or(milliseconds(0)));
}

void TokenFlow::refused(std::uint64_t generation, MonoTime now, Random& random) {
  if (generation != generation_ || !renew_at_) return;
  renew_at_.reset();
  young_refusals_ = now - fetched_at_ < kYoung ? young_refusals_ + 1 : 0;
  if (young_refusals_ < 2) return;
  last_error_ = "the service refuses tokens that were just made";
  const MonoTime until = now + delay_after(young_refusals_ - 1, random);
  blocked_until_ = std::max(blocked_until_.value_or(until), until);
}

void TokenFlow::reset() {
  blocked_until_.reset();
  is_refused_ = false;
  failures_ = 0;
  young_refusals_ = 0;
}

}  // namespace devicebatch::flow
