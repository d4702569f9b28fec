#include "policy/retry_budget.hpp"

#include <algorithm>

namespace devicebatch::policy {

bool RetryBudget::take() {
  if (tokens_ < kCost) return false;
  tokens_ -= kCost;
  return true;
}

void RetryBudget::succeeded(int tries) {
  const int back = tries > 1 ? (tries - 1) * kCost : 1;
  tokens_ = std::min(tokens_ + back, kTokensMax);
}

std::chrono::milliseconds quick_delay(int tries, Random& random) {
  constexpr double kFirst = 50;
  const double bound = kFirst * static_cast<double>(1 << std::clamp(tries - 1, 0, 8));
  return std::chrono::milliseconds(
      static_cast<std::chrono::milliseconds::rep>(bound * random.unit()));
}

}  // namespace devicebatch::policy
