// base/clock.hpp - time, handed in.
//
// Purpose:   the only source of time. UtcTime is for what is stored or shown, MonoTime for
// durations. Units:     UtcTime counts milliseconds since 1970-01-01T00:00:00Z. Threading:
// SystemClock may be used by any thread. Source:    our choice: decisions take `now` as an
// argument, so tests need no sleep. Wall time may
//            jump in either direction; MonoTime never goes back but may stand still in suspend.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace devicebatch {

using UtcTime = std::chrono::sys_time<std::chrono::milliseconds>;
using MonoTime = std::chrono::steady_clock::time_point;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual UtcTime now_utc() const = 0;
  virtual MonoTime now_mono() const = 0;
};

class SystemClock final : public Clock {
 public:
  UtcTime now_utc() const override;
  MonoTime now_mono() const override;
};

// "2026-11-24T05:41:25.000Z". Always UTC, always milliseconds, so that texts sort as times do.
std::string format_utc(UtcTime time);

// Reads what format_utc writes; the fraction (1 to 9 digits) and a missing zone (taken as UTC) or
// an offset are accepted too. nullopt for anything else.
std::optional<UtcTime> parse_utc(std::string_view text);

// "850 ms", "4.2 s", "3 min 20 s", "2 h 5 min", "3 d 4 h": for people.
std::string format_duration(std::chrono::milliseconds duration);

}  // namespace devicebatch
