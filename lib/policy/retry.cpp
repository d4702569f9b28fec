#include "policy/retry.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <vector>

namespace devicebatch::policy {

using std::chrono::milliseconds;

namespace {

// Longer wishes than this are typing errors; the sum with any stored time still fits.
constexpr std::chrono::hours kLongestWish{24 * 366 * 10};

milliseconds backoff_bound(const RetryRules& rules, int attempt) {
  const double doublings = std::clamp(attempt - 1, 0, 62);
  const double bound = static_cast<double>(rules.first.count()) * std::exp2(doublings);
  return bound < static_cast<double>(rules.ceiling.count())
             ? milliseconds(static_cast<milliseconds::rep>(bound))
             : rules.ceiling;
}

milliseconds fraction_of(milliseconds bound, double fraction) {
  return milliseconds(
      static_cast<milliseconds::rep>(static_cast<double>(bound.count()) * fraction));
}

}  // namespace

UtcTime next_attempt_at(const RetryRules& rules, int attempt, UtcTime now,
                        std::optional<milliseconds> retry_after, Random& random) {
  const milliseconds jittered = fraction_of(backoff_bound(rules, attempt), random.unit());
  const milliseconds wish = std::min(retry_after.value_or(milliseconds(0)), rules.retry_after_cap);
  return now + std::max({jittered, wish, milliseconds(1)});
}

milliseconds poll_interval(milliseconds first, milliseconds ceiling, int polls, Random& random) {
  // 1.5^64 exceeds every ceiling; the clamp keeps the power finite.
  const double growths = std::clamp(polls - 1, 0, 64);
  const double grown = static_cast<double>(first.count()) * std::pow(1.5, growths);
  const double capped = std::min(grown, static_cast<double>(ceiling.count()));
  const double jittered = capped * (0.8 + 0.4 * random.unit());
  return std::max(milliseconds(static_cast<milliseconds::rep>(jittered)), milliseconds(1));
}

namespace {

std::optional<int> number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  // Seven words are one more than any date has; hostile values stop there.
  while (words.size() < 7) {
    const std::size_t begin = text.find_first_not_of(" ,-");
    if (begin == std::string_view::npos) break;
    text.remove_prefix(begin);
    words.push_back(text.substr(0, text.find_first_of(" ,-")));
    text.remove_prefix(words.back().size());
  }
  return words;
}

std::optional<std::chrono::month> month_of(std::string_view word) {
  constexpr std::array<std::string_view, 12> kNames{"jan", "feb", "mar", "apr", "may", "jun",
                                                    "jul", "aug", "sep", "oct", "nov", "dec"};
  for (std::size_t at = 0; at < kNames.size(); ++at) {
    if (equals_ignoring_case(word, kNames[at])) {
      return std::chrono::month(static_cast<unsigned>(at + 1));
    }
  }
  return std::nullopt;
}

std::optional<std::chrono::seconds> time_of_day(std::string_view word) {
  if (word.size() != 8 || word[2] != ':' || word[5] != ':') return std::nullopt;
  const auto hour = number(word.substr(0, 2));
  const auto minute = number(word.substr(3, 2));
  const auto second = number(word.substr(6, 2));
  if (!hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 60) {
    return std::nullopt;
  }
  return std::chrono::hours(*hour) + std::chrono::minutes(*minute) + std::chrono::seconds(*second);
}

// RFC 9110 5.6.7: two digits mean the year that is not more than 50 years ahead. 1970-2069 is the
// same for as long as this matters.
int full_year(std::string_view word, int year) {
  if (word.size() != 2) return year;
  return year < 70 ? 2000 + year : 1900 + year;
}

bool is_all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_ascii_digit);
}

}  // namespace

// All three forms that RFC 9110 asks a recipient to read:
//   Sun, 06 Nov 1994 08:49:37 GMT | Sunday, 06-Nov-94 08:49:37 GMT | Sun Nov  6 08:49:37 1994
std::optional<UtcTime> parse_http_date(std::string_view value) {
  const auto words = words_of(value);
  const bool is_asctime = words.size() == 5;
  if (!is_asctime && (words.size() != 6 || !equals_ignoring_case(words[5], "GMT"))) {
    return std::nullopt;
  }
  const auto month = month_of(is_asctime ? words[1] : words[2]);
  const auto day = number(is_asctime ? words[2] : words[1]);
  const auto clock = time_of_day(is_asctime ? words[3] : words[4]);
  const std::string_view year_word = is_asctime ? words[4] : words[3];
  const auto year = number(year_word);
  if (!month || !day || !clock || !year || *year > 9999) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(full_year(year_word, *year)), *month,
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return UtcTime(std::chrono::sys_days(date)) + *clock;
}

std::optional<milliseconds> parse_retry_after(std::string_view value, UtcTime now) {
  const std::string_view text = trim(value);
  constexpr milliseconds kLongest = kLongestWish;
  if (is_all_digits(text)) {
    const auto seconds = number(text);
    // More digits than an int holds is still a number: the longest wish.
    return seconds ? std::min(milliseconds(std::chrono::seconds(*seconds)), kLongest) : kLongest;
  }
  const auto date = parse_http_date(text);
  if (!date) return std::nullopt;
  return std::clamp(*date - now, milliseconds(0), kLongest);
}

}  // namespace devicebatch::policy
