// settings/units.hpp - durations and sizes as people write them.
//
// Threading: pure; any thread.
// Errors:    Errc::bad_config with a sentence that says how to write it.
#pragma once

#include "base/result.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace devicebatch::settings {

// "250ms", "5s", "10m", "2h", "1d": a whole number and one unit. A number alone is refused, because
// everybody reads another unit into it.
Result<std::chrono::milliseconds> parse_duration(std::string_view text);
// In the largest unit that is exact; parse_duration() reads it back.
std::string write_duration(std::chrono::milliseconds duration);

// Bytes: "2500000", or with kB, MB, GB (powers of 1000) or KiB, MiB, GiB (powers of 1024), then
// with up to three decimals: "2.5MB".
Result<std::uint64_t> parse_bytes(std::string_view text);

Result<std::uint64_t> parse_count(std::string_view text);

}  // namespace devicebatch::settings
