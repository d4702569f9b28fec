#include "sandbox/service/capacity.hpp"

#include <algorithm>
#include <iterator>

namespace devicebatch::sandbox {

std::optional<MonoTime> Capacity::admit(MonoTime now, const Limits& limits) {
  ends_.erase(ends_.begin(), ends_.upper_bound(now));
  const std::uint64_t inside = ends_.size();
  MonoTime start = now;
  if (limits.at_once != 0 && inside >= limits.at_once) {
    const std::uint64_t before = inside - limits.at_once;
    if (before >= limits.waiting) {
      ++refused_;
      return std::nullopt;
    }
    start = *std::next(ends_.begin(), static_cast<std::ptrdiff_t>(before));
  }
  most_ = std::max(most_, inside + 1);
  return *ends_.insert(start + limits.each);
}

}  // namespace devicebatch::sandbox
