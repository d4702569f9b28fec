#include "record/product_key.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <optional>

namespace devicebatch::record {
namespace {

constexpr std::size_t kKeyLetters = 25;
constexpr std::size_t kGroupLetters = 5;
constexpr int kGroups = 5;
// Keys with groups around them; one of these with dashes of three bytes is within the context.
constexpr int kMostGroups = 20;
// Letters of base64 around a key. An address with a key in it is shorter, a hash much longer.
constexpr std::size_t kLongBase64 = 160;
static_assert(kLongBase64 < kKeyContextBytes);
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
  // The last ones are those of UTF-16 in either byte order, without its zero bytes.
  constexpr std::string_view kDashes[] = {
      "\xE2\x80\x90", "\xE2\x80\x91", "\xE2\x80\x92", "\xE2\x80\x93", "\xE2\x80\x94",
      "\xE2\x80\x95", "\xE2\x88\x92", "\xC2\xA0",     "\x10\x20",     "\x11\x20",
      "\x12\x20",     "\x13\x20",     "\x14\x20",     "\x15\x20",     "\x12\x22",
      "\x20\x10",     "\x20\x11",     "\x20\x12",     "\x20\x13",     "\x20\x14",
      "\x20\x15",     "\x22\x12",     "\xA0"};
  for (std::string_view dash : kDashes) {
    if (text.starts_with(dash)) return dash.size();
  }
  return kPlain.find(text.front()) != std::string_view::npos ? 1 : 0;
}

// Length of five groups of five that begin at `at`, or 0. With plain dashes any letters and digits
// will do; with other separators only the key alphabet, or five short words would be a secret.
// Further groups belong to it: they may be the end of the key, and the first group none.
std::size_t grouped_key_length(std::string_view text, std::size_t at) {
  bool only_dashes = true;
  bool only_key_letters = true;
  std::size_t end = at;
  for (int group = 0; group < kMostGroups; ++group) {
    const std::size_t separator = group == 0 ? 0 : separator_length(text.substr(end));
    const bool goes_on = group == 0 || separator != 0;
    if (!goes_on || run_length(text, end + separator) != kGroupLetters) {
      if (group < kGroups) return 0;
      break;
    }
    if (group < kGroups) {
      only_dashes = only_dashes && (group == 0 || text[end] == '-');
      only_key_letters =
          only_key_letters && all_key_letters(text.substr(end + separator, kGroupLetters));
    }
    end += separator + kGroupLetters;
  }
  return only_dashes || only_key_letters ? end - at : 0;
}

// Is the run of letters part of a base64 text that is longer than anything with a key in it?
bool is_inside_base64(std::string_view text, std::size_t at, std::size_t length) {
  constexpr std::string_view kLinks = "+/";
  const auto is_link = [&](std::size_t where) {
    return where < text.size() && kLinks.find(text[where]) != std::string_view::npos;
  };
  std::size_t first = at;
  std::size_t last = at + length;
  if ((first == 0 || !is_link(first - 1)) && !is_link(last)) return false;
  const auto is_base64 = [&](std::size_t where) { return is_alnum(text[where]) || is_link(where); };
  while (first > 0 && at - first <= kLongBase64 && is_base64(first - 1)) --first;
  while (last < text.size() && last - at <= kLongBase64 && is_base64(last)) ++last;
  return last - first > kLongBase64;
}

}  // namespace

std::optional<KeyPlace> find_product_key(std::string_view text, std::size_t from) {
  std::size_t at = from;
  if (at > 0 && is_alnum(text[at - 1])) at += run_length(text, at);
  while (at + kKeyLetters <= text.size()) {
    const std::size_t run = run_length(text, at);
    if (run == kKeyLetters && all_key_letters(text.substr(at, run)) &&
        !is_inside_base64(text, at, run)) {
      return KeyPlace{at, run};
    }
    if (run == kGroupLetters) {
      const std::size_t length = grouped_key_length(text, at);
      if (length != 0) return KeyPlace{at, length};
    }
    at += std::max<std::size_t>(run, 1);
  }
  return std::nullopt;
}

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
