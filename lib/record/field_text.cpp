#include "record/field_text.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <cstring>
#include <iterator>
#include <utility>

namespace devicebatch::record {
namespace {

// NBSP, zero-width space, non-joiner and joiner, marks of direction, word joiner, BOM.
constexpr std::string_view kInvisible[] = {"\xC2\xA0",     "\xE2\x80\x8B", "\xE2\x80\x8C",
                                           "\xE2\x80\x8D", "\xE2\x80\x8E", "\xE2\x80\x8F",
                                           "\xE2\x81\xA0", "\xEF\xBB\xBF"};

// Characters beyond ASCII and what is typed for them.
constexpr std::pair<std::string_view, std::string_view> kTypography[] = {
    {"\xC2\xA0", " "},     {"\xC2\xAD", ""},      {"\xE2\x80\x8B", ""},  {"\xE2\x80\x8C", ""},
    {"\xE2\x80\x8D", ""},  {"\xE2\x80\x8E", ""},  {"\xE2\x80\x8F", ""},  {"\xE2\x80\x90", "-"},
    {"\xE2\x80\x91", "-"}, {"\xE2\x80\x92", "-"}, {"\xE2\x80\x93", "-"}, {"\xE2\x80\x94", "-"},
    {"\xE2\x80\x98", ""},  {"\xE2\x80\x99", ""},  {"\xE2\x80\x9C", ""},  {"\xE2\x80\x9D", ""},
    {"\xE2\x80\xAF", " "}, {"\xE2\x81\xA0", ""},  {"\xE3\x80\x80", " "}, {"\xEF\xBB\xBF", ""},
};

// Digits of a number that a spreadsheet keeps.
constexpr std::size_t kSpreadsheetDigits = 15;

std::size_t invisible_at_front(std::string_view text) {
  if (is_ascii_space(text.front())) return 1;
  if (static_cast<signed char>(text.front()) >= 0) return 0;
  for (std::string_view character : kInvisible) {
    if (text.starts_with(character)) return character.size();
  }
  return 0;
}

std::size_t invisible_at_back(std::string_view text) {
  if (is_ascii_space(text.back())) return 1;
  if (static_cast<signed char>(text.back()) >= 0) return 0;
  for (std::string_view character : kInvisible) {
    if (text.ends_with(character)) return character.size();
  }
  return 0;
}

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_ascii_digit);
}

std::string_view without_leading_zeros(std::string_view digits) {
  return digits.substr(std::min(digits.find_first_not_of('0'), digits.size()));
}

}  // namespace

std::string_view trim_field(std::string_view text) {
  while (!text.empty()) {
    const std::size_t length = invisible_at_front(text);
    if (length == 0) break;
    text.remove_prefix(length);
  }
  while (!text.empty()) {
    const std::size_t length = invisible_at_back(text);
    if (length == 0) break;
    text.remove_suffix(length);
  }
  return text;
}

std::string_view without_spreadsheet_guard(std::string_view text) {
  if (text.size() >= 3 && text.starts_with("=\"") && text.ends_with('"')) {
    return trim_field(text.substr(2, text.size() - 3));
  }
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
    return trim_field(text.substr(1, text.size() - 2));
  }
  if (text.size() >= 2 && text.front() == '\'') return trim_field(text.substr(1));
  return text;
}

std::string plain_form(std::string_view text) {
  std::string plain;
  while (!text.empty()) {
    // U+FF01 to U+FF5E are ASCII in full width.
    const auto unit = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
    if (text.size() >= 3 && unit(0) == 0xEF && (unit(1) == 0xBC || unit(1) == 0xBD)) {
      const int narrow = (unit(1) - 0xBC) * 0x40 + unit(2) - 0x80 + 0x20;
      if (narrow > 0x20 && narrow < 0x7F) {
        plain.push_back(static_cast<char>(narrow));
        text.remove_prefix(3);
        continue;
      }
    }
    const auto* known = std::find_if(std::begin(kTypography), std::end(kTypography),
                                     [&](const auto& one) { return text.starts_with(one.first); });
    if (known != std::end(kTypography)) {
      plain.append(known->second);
      text.remove_prefix(known->first.size());
    } else {
      plain.push_back(text.front());
      text.remove_prefix(1);
    }
  }
  return std::string(trim_field(plain));
}

Characters characters_of(std::string_view text) {
  Characters found;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    found.has_control |= byte < 0x20 || byte == 0x7F;
    found.has_non_ascii |= byte >= 0x80;
  }
  return found;
}

bool is_scientific_number(std::string_view text) {
  std::size_t at = 0;
  const auto skip_digits = [&] {
    const std::size_t start = at;
    while (at < text.size() && is_ascii_digit(text[at])) ++at;
    return at > start;
  };
  if (!skip_digits()) return false;
  if (at < text.size() && (text[at] == '.' || text[at] == ',')) {
    ++at;
    if (!skip_digits()) return false;
  }
  if (at + 1 >= text.size() || ascii_upper(text[at]) != 'E' || text[at + 1] != '+') return false;
  at += 2;
  return skip_digits() && at == text.size();
}

bool is_same_number_damaged(std::string_view cell, std::string_view original) {
  if (!all_digits(cell) || !all_digits(original) || cell == original) return false;
  if (original.front() == '0' && cell.front() != '0' && without_leading_zeros(original) == cell) {
    return true;
  }
  return cell.size() == original.size() && cell.size() > kSpreadsheetDigits &&
         cell.substr(0, kSpreadsheetDigits) == original.substr(0, kSpreadsheetDigits) &&
         cell.find_first_not_of('0', kSpreadsheetDigits) == std::string_view::npos;
}

bool differs_in_spelling_only(std::string_view left, std::string_view right) {
  std::size_t a = 0;
  std::size_t b = 0;
  while (a < left.size() && b < right.size()) {
    const bool is_gap = is_ascii_space(left[a]);
    if (is_gap != is_ascii_space(right[b])) return false;
    if (is_gap) {
      while (a < left.size() && is_ascii_space(left[a])) ++a;
      while (b < right.size() && is_ascii_space(right[b])) ++b;
    } else if (ascii_lower(left[a++]) != ascii_lower(right[b++])) {
      return false;
    }
  }
  return a == left.size() && b == right.size();
}

bool looks_like_hash(std::string_view text) {
  constexpr std::size_t kShortestHash = 500;
  return text.size() >= kShortestHash && text.starts_with("T0");
}

}  // namespace devicebatch::record
