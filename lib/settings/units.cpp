#include "settings/units.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

namespace devicebatch::settings {
namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

// Largest first: the order in which write_duration() tries them.
constexpr std::array<Unit, 5> kDurations = {
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}}};

constexpr std::array<Unit, 8> kSizes = {{{"", 1},
                                         {"B", 1},
                                         {"kB", 1'000},
                                         {"MB", 1'000'000},
                                         {"GB", 1'000'000'000},
                                         {"KiB", 1ULL << 10},
                                         {"MiB", 1ULL << 20},
                                         {"GiB", 1ULL << 30}}};

// Far above every bound of a setting, and far below what could overflow.
constexpr std::uint64_t kLargest = std::uint64_t{1} << 50;

tl::unexpected<Error> wrong(std::string message) {
  return fail(Errc::bad_config, std::move(message));
}

// Takes the digits off the front; at most 15 of them, so that nothing overflows.
std::string_view take_digits(std::string_view& text) {
  std::size_t count = 0;
  while (count < text.size() && is_ascii_digit(text[count])) ++count;
  const std::string_view digits = text.substr(0, count);
  text.remove_prefix(count);
  return digits;
}

Result<std::uint64_t> to_number(std::string_view digits) {
  std::uint64_t number = 0;
  if (digits.size() > 15) return wrong("is too large");
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

Result<std::uint64_t> times(std::uint64_t number, std::uint64_t factor) {
  if (number > kLargest / factor) return wrong("is too large");
  return number * factor;
}

}  // namespace

Result<std::chrono::milliseconds> parse_duration(std::string_view text) {
  constexpr std::string_view kHow =
      "write a whole number and its unit, like 250ms, 5s, 10m, 2h or 1d";
  std::string_view rest = text;
  const std::string_view digits = take_digits(rest);
  rest = trim(rest);
  if (digits.empty()) return wrong("is no duration; " + std::string(kHow));
  if (rest.empty()) return wrong("has no unit; " + std::string(kHow));
  const auto unit = std::ranges::find(kDurations, rest, &Unit::name);
  if (unit == kDurations.end()) {
    return wrong("has the unknown unit " + printable(rest, 20) + "; " + std::string(kHow));
  }
  auto total =
      to_number(digits).and_then([&](std::uint64_t number) { return times(number, unit->factor); });
  if (!total) return fail(std::move(total.error()));
  return std::chrono::milliseconds(static_cast<std::int64_t>(*total));
}

std::string write_duration(std::chrono::milliseconds duration) {
  const auto total = static_cast<std::uint64_t>(duration.count());
  if (total == 0) return "0s";
  const auto exact =
      std::ranges::find_if(kDurations, [&](const Unit& unit) { return total % unit.factor == 0; });
  return std::to_string(total / exact->factor) + std::string(exact->name);
}

Result<std::uint64_t> parse_bytes(std::string_view text) {
  constexpr std::string_view kHow = "write bytes like 2500000, 2.5MB or 2MiB";
  std::string_view rest = text;
  const std::string_view whole = take_digits(rest);
  std::string_view fraction;
  if (rest.starts_with('.')) {
    rest.remove_prefix(1);
    fraction = take_digits(rest);
    if (fraction.empty() || fraction.size() > 3) return wrong("is no size; " + std::string(kHow));
  }
  rest = trim(rest);
  const auto unit = std::ranges::find_if(
      kSizes, [&](const Unit& each) { return equals_ignoring_case(each.name, rest); });
  if (whole.empty() || unit == kSizes.end()) return wrong("is no size; " + std::string(kHow));
  if (!fraction.empty() && unit->factor == 1) return wrong("has a part of a byte");
  std::string thousandths(fraction);
  thousandths.resize(3, '0');
  auto total =
      to_number(whole).and_then([&](std::uint64_t number) { return times(number, unit->factor); });
  if (!total) return total;
  return *total + *to_number(thousandths) * unit->factor / 1'000;
}

Result<std::uint64_t> parse_count(std::string_view text) {
  std::string_view rest = text;
  const std::string_view digits = take_digits(rest);
  if (digits.empty() || !rest.empty()) return wrong("is no whole number");
  return to_number(digits);
}

}  // namespace devicebatch::settings
