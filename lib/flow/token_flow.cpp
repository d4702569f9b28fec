#include "flow/token_flow.hpp"

#include <algorithm>

namespace devicebatch::flow {

TokenFlow::Need TokenFlow::need(MonoTime now) {
  if (renew_at_ && now < *renew_at_) return Need::use;
  if (is_fetching_) return Need::join;
  if (blocked_until_ && now < *blocked_until_) return Need::wait;
  is_fetching_ = true;
  return Need::fetch;
}

void TokenFlow::fetched(std::chrono::seconds lifetime, MonoTime now) {
  is_fetching_ = false;
  is_refused_ = false;
  failures_ = 0;
  blocked_until_.reset();
  last_error_.clear();
  ++generation_;
  // A token shorter than twice the margin is renewed after half its life.
  const auto useful = std::max<std::chrono::milliseconds>(lifetime - margin_,
                                                          std::chrono::milliseconds(lifetime) / 2);
  renew_at_ = now + useful;
}

void TokenFlow::failed(const Error& error, MonoTime now, Random& random) {
  is_fetching_ = false;
  is_refused_ = error.code() == Errc::unauthorized;
  last_error_ = error.message();
  ++failures_;
  const int doublings = std::min(failures_ - 1, 20);
  auto delay = std::min(longest_delay_, first_delay_ * (std::int64_t{1} << doublings));
  if (is_refused_) delay = longest_delay_;
  const auto jittered = std::chrono::milliseconds(
      static_cast<std::int64_t>(static_cast<double>(delay.count()) * (0.5 + random.unit() / 2)));
  blocked_until_ =
      now + std::max(jittered, error.retry_after.value_or(std::chrono::milliseconds(0)));
}

void TokenFlow::refused(std::uint64_t generation) {
  if (generation == generation_) renew_at_.reset();
}

void TokenFlow::reset() {
  blocked_until_.reset();
  is_refused_ = false;
  failures_ = 0;
}

}  // namespace devicebatch::flow
