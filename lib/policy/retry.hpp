// policy/retry.hpp - when to try again.
//
// Threading: pure; any thread. Time and randomness are arguments.
// Units:     std::chrono; `attempt` is 1 for the try that just failed.
// Source:    RFC 9110 10.2.3 (Retry-After); full jitter is our choice, so that many daemons
//            restarted together do not return together.
#pragma once

#include "base/clock.hpp"
#include "base/random.hpp"

#include <chrono>
#include <optional>
#include <string_view>

namespace devicebatch::policy {

struct RetryRules {
  RetryRules(std::chrono::milliseconds first_delay, std::chrono::milliseconds longest_delay,
             std::chrono::milliseconds longest_obeyed_wait)
      : first(first_delay), ceiling(longest_delay), retry_after_cap(longest_obeyed_wait) {}
  std::chrono::milliseconds first;            // upper bound of the delay after the first failure
  std::chrono::milliseconds ceiling;          // caps our backoff, never what the server asked for
  std::chrono::milliseconds retry_after_cap;  // what the server asks is obeyed in full up to this
};

// The earliest time of the next try: full jitter below first * 2^(attempt-1) capped at the ceiling,
// never before the server's wish. Never in the past, at least 1 ms ahead.
UtcTime next_attempt_at(const RetryRules& rules, int attempt, UtcTime now,
                        std::optional<std::chrono::milliseconds> retry_after, Random& random);

// Time until the next look at a job: first * 1.5^(polls-1), capped, times a factor in [0.8, 1.2).
// `polls` is the number of looks so far.
std::chrono::milliseconds poll_interval(std::chrono::milliseconds first,
                                        std::chrono::milliseconds ceiling, int polls,
                                        Random& random);

// The three forms of RFC 9110 5.6.7, as in Date and Retry-After.
std::optional<UtcTime> parse_http_date(std::string_view value);

// Retry-After in either form: seconds or an HTTP-date. nullopt for anything else; never negative.
std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view value, UtcTime now);

}  // namespace devicebatch::policy
