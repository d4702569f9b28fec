#include "spool/retention.hpp"

namespace devicebatch::spool {

std::size_t count_expired(std::span<const KeptSubmission> oldest, const ArchiveTotals& totals,
                          const RetentionRule& rule, UtcTime now) {
  ArchiveTotals left = totals;
  std::size_t expired = 0;
  for (const KeptSubmission& each : oldest) {
    const auto age = now - each.finished_at;
    if (age < kFreshFor) break;
    const bool is_old = rule.keep.count() > 0 && age >= rule.keep;
    const bool are_too_many = rule.files > 0 && left.files > rule.files;
    const bool is_too_much = rule.bytes > 0 && left.bytes > rule.bytes;
    if (!is_old && !are_too_many && !is_too_much) break;
    left.files -= left.files > 0 ? 1 : 0;
    left.bytes -= left.bytes > each.bytes ? each.bytes : left.bytes;
    ++expired;
  }
  return expired;
}

}  // namespace devicebatch::spool
