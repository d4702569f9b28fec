// spool/retention.hpp - what of an archive has been kept long enough.
//
// Purpose:   the decision, apart from the disk.
// Threading: pure; any thread.
// Units:     bytes; milliseconds. Zero is for ever, or no limit.
// Source:    docs/operations.md, "The archive".
#pragma once

#include "base/clock.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace devicebatch::spool {

struct RetentionRule {
  std::chrono::milliseconds keep{0};
  std::uint64_t bytes = 0;
  std::uint64_t files = 0;  // submissions, each with its receipts
  bool keeps_everything() const { return keep.count() == 0 && bytes == 0 && files == 0; }
};

// One submission with its receipts.
struct KeptSubmission {
  std::string name;
  UtcTime finished_at{};  // by the time of its result, which is by our clock
  std::uint64_t bytes = 0;
};

struct ArchiveTotals {
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
};

struct Pruned {
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  bool has_more = false;  // the call reached its bound
};

// Younger ones are never removed, whatever the limits: their submission may be on its last step.
inline constexpr std::chrono::hours kFreshFor{1};

// How many of `oldest`, counted from its front, may go. `totals` are those of the whole place, of
// which `oldest` may be a part, sorted by time.
std::size_t count_expired(std::span<const KeptSubmission> oldest, const ArchiveTotals& totals,
                          const RetentionRule& rule, UtcTime now);

}  // namespace devicebatch::spool
