#include "policy/retry.hpp"

#include <catch2/catch.hpp>

#include <limits>

using namespace devicebatch;
using namespace devicebatch::policy;
using namespace std::chrono_literals;
using std::chrono::milliseconds;

namespace {

const UtcTime kNow = *parse_utc("2026-11-24T12:00:00Z");
const RetryRules kRules{1s, 15min, 1h};

// Answers one number for ever: the two ends of the jitter.
class FixedRandom final : public Random {
 public:
  explicit FixedRandom(std::uint64_t value) : value_(value) {}
  std::uint64_t next() override { return value_; }

 private:
  std::uint64_t value_;
};

milliseconds delay(int attempt, std::optional<milliseconds> wish, Random& random) {
  return next_attempt_at(kRules, attempt, kNow, wish, random) - kNow;
}

}  // namespace

TEST_CASE("the bound of the delay doubles up to the ceiling") {
  FixedRandom highest(std::numeric_limits<std::uint64_t>::max());
  struct Row {
    int attempt;
    milliseconds bound;
  };
  for (const Row& row :
       {Row{1, 1s}, Row{2, 2s}, Row{3, 4s}, Row{10, 512s}, Row{11, 15min}, Row{1000, 15min},
        Row{std::numeric_limits<int>::max(), 15min}, Row{0, 1s}, Row{-5, 1s}}) {
    INFO("attempt " << row.attempt);
    CHECK(delay(row.attempt, std::nullopt, highest) <= row.bound);
    CHECK(delay(row.attempt, std::nullopt, highest) >= row.bound - 1ms);
  }
}

TEST_CASE("a try is never due at once") {
  FixedRandom lowest(0);
  CHECK(delay(1, std::nullopt, lowest) == 1ms);
  CHECK(delay(1, 0ms, lowest) == 1ms);
  CHECK(delay(1, -5s, lowest) == 1ms);
}

TEST_CASE("delays are spread over the whole range") {
  SeededRandom random(7);
  milliseconds sum{0};
  for (int i = 0; i < 1000; ++i) sum += delay(4, std::nullopt, random);
  CHECK(sum / 1000 > 3600ms);
  CHECK(sum / 1000 < 4400ms);
}

TEST_CASE("what the server asks is obeyed up to the cap, beyond our own ceiling") {
  FixedRandom lowest(0);
  FixedRandom highest(std::numeric_limits<std::uint64_t>::max());
  CHECK(delay(1, 57s, lowest) == 57s);
  CHECK(delay(1, 57s, highest) == 57s);
  CHECK(delay(1, 30min, lowest) == 30min);
  CHECK(delay(1, 24h, lowest) == 1h);
  CHECK(delay(10, 1s, highest) > 500s);
}

TEST_CASE("looks at a job grow apart by half, with jitter of a fifth") {
  FixedRandom lowest(0);
  FixedRandom highest(std::numeric_limits<std::uint64_t>::max());
  struct Row {
    int polls;
    double seconds;
  };
  for (const Row& row : {Row{0, 2.0}, Row{1, 2.0}, Row{2, 3.0}, Row{3, 4.5}, Row{9, 51.2578125},
                         Row{10, 60.0}, Row{1'000'000, 60.0}, Row{-3, 2.0}}) {
    INFO("after " << row.polls << " looks");
    const auto low = poll_interval(2s, 60s, row.polls, lowest);
    const auto high = poll_interval(2s, 60s, row.polls, highest);
    CHECK(low == milliseconds(static_cast<int>(row.seconds * 800)));
    CHECK(high < milliseconds(static_cast<int>(row.seconds * 1200) + 1));
    CHECK(high >= milliseconds(static_cast<int>(row.seconds * 1200) - 1));
  }
  CHECK(poll_interval(0ms, 0ms, 1, lowest) == 1ms);
}

TEST_CASE("Retry-After is read in every form that the RFC knows") {
  struct Row {
    const char* name;
    const char* value;
    std::optional<milliseconds> expected;
  };
  const auto in_a_minute = std::optional<milliseconds>(1min);
  for (const Row& row : {
           Row{"seconds", "57", 57s},
           Row{"zero", "0", 0ms},
           Row{"surrounding space", " 57\t", 57s},
           Row{"leading zeros", "0057", 57s},
           Row{"a day", "86400", 24h},
           Row{"IMF date", "Tue, 24 Nov 2026 12:01:00 GMT", in_a_minute},
           Row{"IMF date, any case", "tue, 24 nov 2026 12:01:00 gmt", in_a_minute},
           Row{"RFC 850 date", "Tuesday, 24-Nov-26 12:01:00 GMT", in_a_minute},
           Row{"asctime date", "Tue Nov 24 12:01:00 2026", in_a_minute},
           Row{"asctime date, one digit", "Wed Nov  4 12:01:00 2026", 0ms},
           Row{"a date in the past", "Sun, 06 Nov 1994 08:49:37 GMT", 0ms},
           Row{"a date in the past, RFC 850", "Sunday, 06-Nov-94 08:49:37 GMT", 0ms},
           Row{"empty", "", std::nullopt},
           Row{"space only", "  ", std::nullopt},
           Row{"negative", "-1", std::nullopt},
           Row{"signed", "+1", std::nullopt},
           Row{"fraction", "1.5", std::nullopt},
           Row{"word", "soon", std::nullopt},
           Row{"number and unit", "5s", std::nullopt},
           Row{"no zone", "Tue, 24 Nov 2026 12:01:00", std::nullopt},
           Row{"another zone", "Tue, 24 Nov 2026 12:01:00 CET", std::nullopt},
           Row{"day of no month", "Tue, 31 Feb 2026 12:01:00 GMT", std::nullopt},
           Row{"hour of no day", "Tue, 24 Nov 2026 25:01:00 GMT", std::nullopt},
           Row{"no month", "Tue, 24 Foo 2026 12:01:00 GMT", std::nullopt},
           Row{"too many words", "a b c d e f g h i j k", std::nullopt},
           Row{"ISO date", "2026-11-24T12:01:00Z", std::nullopt},
       }) {
    INFO(row.name);
    CHECK(parse_retry_after(row.value, kNow) == row.expected);
  }
}

TEST_CASE("an absurd wait is a number still, and bounded") {
  const auto many_digits = parse_retry_after(std::string(400, '9'), kNow);
  const auto far_date = parse_retry_after("Fri, 31 Dec 9999 23:59:59 GMT", kNow);
  REQUIRE(many_digits);
  REQUIRE(far_date);
  CHECK(*many_digits == *far_date);
  CHECK(*many_digits > 24h * 365);
  CHECK(*many_digits < 24h * 366 * 11);
}
