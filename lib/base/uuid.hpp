// base/uuid.hpp - 128-bit identifiers: submissions (v7), requests and correlations (v4), and GUIDs
// the service hands us.
//
// Threading: values; any thread.
// Source:    RFC 9562. Text form is lower case with dashes; parsing accepts either case, no braces.
#pragma once

#include "base/clock.hpp"
#include "base/random.hpp"

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace devicebatch {

class Uuid {
 public:
  Uuid() = default;  // all zero: "none"
  explicit Uuid(const std::array<std::uint8_t, 16>& bytes) : bytes_(bytes) {}

  static Uuid random(Random& random);                     // version 4
  static Uuid time_ordered(UtcTime now, Random& random);  // version 7: sorts by creation time
  static std::optional<Uuid> parse(std::string_view text);

  bool is_nil() const { return *this == Uuid(); }
  const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }
  std::string to_string() const;

  auto operator<=>(const Uuid&) const = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};
};

}  // namespace devicebatch
