// spool/scan_debounce.hpp - two equal scans within some seconds are one.
//
// Purpose:   a scanner station beeps twice, or its operator pulls the trigger twice. The second
//            file waits until the first has its verdict, and then is answered as the repeat it is.
// Threading: one object for one folder, one thread at a time.
// Units:     MonoTime. Remembers at most kScansRemembered scans.
// Source:    docs/operations.md, "Scanner stations". Lost with a restart, and then the second scan
//            is what any equal row is: a duplicate.
#pragma once

#include "base/clock.hpp"
#include "base/sha256.hpp"
#include "spool/sighting.hpp"

#include <chrono>
#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

namespace devicebatch::spool {

inline constexpr std::size_t kScansRemembered = 10'000;
// The first may be held up itself; then the second is taken like any other file.
inline constexpr std::chrono::minutes kScanHeldAtMost{15};

class ScanDebounce {
 public:
  explicit ScanDebounce(std::chrono::milliseconds within) : within_(within) {}
  bool is_on() const { return within_.count() > 0; }

  // The digest of the content when another file with it came at most `within` before this one: wait
  // until that one is finished.
  std::optional<Digest> should_hold(const Sighting& file, std::string_view content, MonoTime now);

 private:
  // One file, however often it is looked at.
  using Identity = std::pair<std::uint64_t, std::int64_t>;
  struct Scan {
    Identity first;
    MonoTime seen_at;
  };
  struct Held {
    Digest digest;
    MonoTime until;
  };
  void forget_old(MonoTime now);

  std::chrono::milliseconds within_;
  std::map<Digest, Scan> scans_;
  std::deque<std::pair<MonoTime, Digest>> order_;
  std::map<Identity, Held> held_;
};

}  // namespace devicebatch::spool
