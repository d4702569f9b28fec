#include "record/pkid.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace devicebatch::record {
namespace {

constexpr std::size_t kProductIdLength = 23;

bool all_digits(std::string_view text) {
  return std::all_of(text.begin(), text.end(), is_ascii_digit);
}

bool is_alnum(char c) {
  return is_ascii_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z');
}

}  // namespace

bool is_pkid(std::string_view text) {
  return text.size() == kPkidDigits && all_digits(text);
}

bool is_empty_pkid(std::string_view text) {
  return text.empty() || (is_pkid(text) && text.find_first_not_of('0') == std::string_view::npos);
}

ProductIdKind product_id_kind(std::string_view text) {
  if (text.size() != kProductIdLength) return ProductIdKind::none;
  if (text[5] != '-' || text[11] != '-' || text[17] != '-') return ProductIdKind::none;
  const std::string_view ending = text.substr(18);
  if (!all_digits(text.substr(0, 5)) || !all_digits(text.substr(6, 5)) ||
      !all_digits(text.substr(12, 5)) || !std::all_of(ending.begin(), ending.end(), is_alnum)) {
    return ProductIdKind::none;
  }
  return equals_ignoring_case(ending, "AAOEM") ? ProductIdKind::oem : ProductIdKind::other;
}

std::optional<std::array<char, kPkidDigits>> pkid_of_product_id(std::string_view text) {
  if (product_id_kind(text) != ProductIdKind::oem || !text.starts_with("00")) return std::nullopt;
  std::array<char, kPkidDigits> pkid{};
  std::size_t at = 0;
  for (const char c : text.substr(2, 15)) {
    if (c != '-') pkid[at++] = c;
  }
  return pkid;
}

}  // namespace devicebatch::record
