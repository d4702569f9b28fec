#include "record/placeholder.hpp"

#include "base/text.hpp"
#include "record/placeholder_table.hpp"

#include <algorithm>
#include <array>

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

template <std::size_t Size>
bool contains(const std::string_view (&list)[Size], std::string_view text) {
  return std::find(std::begin(list), std::end(list), text) != std::end(list);
}

}  // namespace

bool is_placeholder_serial(std::string_view serial) {
  serial = trim(serial);
  if (serial.empty() || is_one_character(serial)) return true;
  const Squeezed squeezed = squeeze(serial);
  if (squeezed.length == 0) return true;
  // Zeros or letters in groups, such as 0000-0000.
  if (squeezed.length < kLongestFiller && is_one_character(squeezed.view())) return true;
  return contains(table::kSerials, squeezed.view());
}

bool is_placeholder_name(std::string_view name) {
  name = trim(name);
  if (name.empty()) return true;
  const Squeezed squeezed = squeeze(name);
  return squeezed.length == 0 || contains(table::kNames, squeezed.view());
}

bool is_placeholder_uuid(const SmbiosUuid& uuid) {
  const auto is_all = [&](auto first, std::uint8_t value) {
    return std::all_of(first, uuid.end(), [&](std::uint8_t byte) { return byte == value; });
  };
  // Some boards fill only the first six bytes, from a MAC address that they share.
  if (is_all(uuid.begin() + 6, 0x00) || is_all(uuid.begin(), 0xFF)) return true;
  return std::find(std::begin(table::kUuids), std::end(table::kUuids), uuid) !=
         std::end(table::kUuids);
}

std::string_view exact_manufacturer(std::string_view name) {
  for (const auto& [written, exact] : table::kManufacturers) {
    if (name == exact) return {};
    if (equals_ignoring_case(name, written) || equals_ignoring_case(name, exact)) return exact;
  }
  return {};
}

}  // namespace devicebatch::record
