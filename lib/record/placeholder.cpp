#include "record/placeholder.hpp"

#include "base/text.hpp"
#include "record/placeholder_table.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace devicebatch::record {
namespace {

// Fillers are short; a longer text is none unless it is one character over and over.
constexpr std::size_t kLongestFiller = 32;

struct Squeezed {
  std::array<char, kLongestFiller> letters;
  std::size_t length = 0;
  std::string_view view() const { return {letters.data(), length}; }
};

// Lower case without dots, dashes, underscores and blanks: "To be filled by O.E.M." and
// "default_string" have many spellings.
Squeezed squeeze(std::string_view text) {
  Squeezed result;
  for (const char c : text) {
    if (c == '.' || c == '-' || c == '_' || is_ascii_space(c)) continue;
    if (result.length == kLongestFiller) break;
    result.letters[result.length++] = ascii_lower(c);
  }
  return result;
}

bool is_one_character(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [&](char c) { return ascii_lower(c) == ascii_lower(text.front()); });
}

bool contains(std::span<const std::string_view> list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

// The hash has the first three groups little-endian.
SmbiosUuid with_swapped_groups(SmbiosUuid uuid) {
  std::reverse(uuid.begin(), uuid.begin() + 4);
  std::reverse(uuid.begin() + 4, uuid.begin() + 6);
  std::reverse(uuid.begin() + 6, uuid.begin() + 8);
  return uuid;
}

}  // namespace

bool is_placeholder_serial(std::string_view serial) {
  serial = trim(serial);
  if (serial.empty() || is_one_character(serial)) return true;
  const Squeezed squeezed = squeeze(serial);
  if (squeezed.length == 0) return true;
  // Zeros or letters in groups, such as 0000-0000.
  if (squeezed.length < kLongestFiller && is_one_character(squeezed.view())) return true;
  return contains(table::serials(), squeezed.view());
}

bool is_placeholder_name(std::string_view name) {
  name = trim(name);
  if (name.empty()) return true;
  const Squeezed squeezed = squeeze(name);
  return squeezed.length == 0 || contains(table::names(), squeezed.view());
}

bool is_placeholder_uuid(const SmbiosUuid& uuid) {
  const auto is_all = [&](auto first, std::uint8_t value) {
    return std::all_of(first, uuid.end(), [&](std::uint8_t byte) { return byte == value; });
  };
  // Some boards fill only the first six bytes, from a MAC address that they share.
  if (is_all(uuid.begin() + 6, 0x00) || is_all(uuid.begin(), 0xFF)) return true;
  const auto known = table::uuids();
  return std::any_of(known.begin(), known.end(), [&](const SmbiosUuid& one) {
    return one == uuid || with_swapped_groups(one) == uuid;
  });
}

bool is_placeholder_mac(std::span<const std::uint8_t, 6> mac) {
  const auto is_first = [&](std::uint8_t byte) { return byte == mac.front(); };
  if (std::all_of(mac.begin(), mac.end(), is_first)) return true;
  const auto known = table::macs();
  return std::any_of(known.begin(), known.end(), [&](const auto& one) {
    return std::equal(one.begin(), one.end(), mac.begin());
  });
}

std::string_view exact_manufacturer(std::string_view name) {
  for (const auto& [written, exact] : table::manufacturers()) {
    if (name == exact) return {};
    if (equals_ignoring_case(name, written) || equals_ignoring_case(name, exact)) return exact;
  }
  return {};
}

}  // namespace devicebatch::record
