#include "spool/scan_debounce.hpp"

namespace devicebatch::spool {

void ScanDebounce::forget_old(MonoTime now) {
  while (!order_.empty() &&
         (now - order_.front().first > within_ || order_.size() >= kScansRemembered)) {
    scans_.erase(order_.front().second);
    order_.pop_front();
  }
  if (held_.size() >= kScansRemembered) {
    std::erase_if(held_, [now](const auto& entry) { return now >= entry.second.until; });
  }
}

std::optional<Digest> ScanDebounce::should_hold(const Sighting& file, std::string_view content,
                                                MonoTime now) {
  if (!is_on()) return std::nullopt;
  const Identity identity{file.state.inode, file.state.changed_ns};
  const auto held = held_.find(identity);
  if (held != held_.end()) {
    return now < held->second.until ? std::optional(held->second.digest) : std::nullopt;
  }
  forget_old(now);
  const Digest digest = sha256(content);
  const auto [scan, is_first] = scans_.try_emplace(digest, Scan{identity, now});
  if (is_first) order_.emplace_back(now, digest);
  if (is_first || scan->second.first == identity) return std::nullopt;
  if (held_.size() >= kScansRemembered) return std::nullopt;
  held_.emplace(identity, Held{digest, now + kScanHeldAtMost});
  return digest;
}

}  // namespace devicebatch::spool
