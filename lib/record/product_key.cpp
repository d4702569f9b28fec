#include "record/product_key.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <optional>

namespace devicebatch::record {
namespace {

constexpr std::size_t kKeyLetters = 25;
constexpr std::size_t kGroupLetters = 5;
constexpr int kGroups = 5;
constexpr std::string_view kMark = "[product key removed]";

bool is_alnum(char c) {
  return is_ascii_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z');
}

// No vowels, no 0, 1, 5: words and PKIDs cannot be made of it.
bool is_key_letter(char c) {
  constexpr std::string_view kAlphabet = "BCDFGHJKMNPQRTVWXY2346789";
  return kAlphabet.find(ascii_upper(c)) != std::string_view::npos;
}

std::size_t run_length(std::string_view text, std::size_t at) {
  std::size_t end = at;
  while (end < text.size() && is_alnum(text[end])) ++end;
  return end - at;
}

bool all_key_letters(std::string_view text) {
  return std::all_of(text.begin(), text.end(), is_key_letter);
}

// What stands between two groups: a dash, or what spreadsheets, mails and people make of one.
// Returns its length in bytes, 0 when there is none.
std::size_t separator_length(std::string_view text) {
  constexpr std::string_view kPlain = "- _.:";
  if (text.empty()) return 0;
  if (kPlain.find(text.front()) != std::string_view::npos) return 1;
  constexpr std::string_view kDashes[] = {"\xE2\x80\x90", "\xE2\x80\x91", "\xE2\x80\x92",
                                          "\xE2\x80\x93", "\xE2\x80\x94", "\xE2\x80\x95",
                                          "\xE2\x88\x92", "\xC2\xA0"};
  for (std::string_view dash : kDashes) {
    if (text.starts_with(dash)) return dash.size();
  }
  return 0;
}

// Length of five groups of five that begin at `at`, or 0. With plain dashes any letters and digits
// will do; with other separators only the key alphabet, or five short words would be a secret.
std::size_t grouped_key_length(std::string_view text, std::size_t at) {
  bool only_dashes = true;
  bool only_key_letters = true;
  std::size_t end = at;
  for (int group = 0; group < kGroups; ++group) {
    if (group > 0) {
      const std::size_t separator = separator_length(text.substr(end));
      if (separator == 0) return 0;
      only_dashes = only_dashes && text[end] == '-';
      end += separator;
    }
    if (run_length(text, end) != kGroupLetters) return 0;
    only_key_letters = only_key_letters && all_key_letters(text.substr(end, kGroupLetters));
    end += kGroupLetters;
  }
  return only_dashes || only_key_letters ? end - at : 0;
}

struct Found {
  std::size_t start;
  std::size_t length;
};

std::optional<Found> find_product_key(std::string_view text, std::size_t from) {
  std::size_t at = from;
  while (at + kKeyLetters <= text.size()) {
    const std::size_t run = run_length(text, at);
    if (run == kKeyLetters && all_key_letters(text.substr(at, run))) return Found{at, run};
    if (run == kGroupLetters) {
      const std::size_t length = grouped_key_length(text, at);
      if (length != 0) return Found{at, length};
    }
    at += std::max<std::size_t>(run, 1);
  }
  return std::nullopt;
}

}  // namespace

bool contains_product_key(std::string_view text) {
  return find_product_key(text, 0).has_value();
}

std::string without_product_keys(std::string_view text) {
  std::string result;
  std::size_t at = 0;
  while (const auto found = find_product_key(text, at)) {
    result.append(text.substr(at, found->start - at)).append(kMark);
    at = found->start + found->length;
  }
  return result.append(text.substr(at));
}

}  // namespace devicebatch::record
