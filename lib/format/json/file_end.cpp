#include "format/json/file_end.hpp"

#include "format/encoding.hpp"
#include "format/json/scan.hpp"

#include <cstddef>

namespace devicebatch::format {
namespace {

std::string_view without_blanks_behind(std::string_view text) {
  while (!text.empty() && is_json_blank(text.back())) text.remove_suffix(1);
  return text;
}

// Is the quote at the end of `text` one that opens or closes a text?
bool is_plain_quote(std::string_view text) {
  std::size_t slashes = 0;
  while (slashes + 1 < text.size() && text[text.size() - 2 - slashes] == '\\') ++slashes;
  return slashes % 2 == 0;
}

// `text` stands in front of a value that is whole: does it leave a bracket open around it?
bool is_top_level(std::string_view text) {
  text = without_blanks_behind(text);
  // A byte order mark stands at the beginning, or where files were merged.
  if (text.ends_with(kByteOrderMark)) return true;
  return text.empty() || text.back() == '}' || text.back() == ']';
}

}  // namespace

bool is_complete_json(std::string_view tail) {
  tail = without_blanks_behind(tail);
  if (tail.empty() || (tail.back() != '}' && tail.back() != ']')) return false;
  std::size_t open = 0;
  bool is_in_text = false;
  for (std::size_t size = tail.size(); size > 0; --size) {
    const char c = tail[size - 1];
    if (c == '"') {
      is_in_text ^= is_plain_quote(tail.substr(0, size));
    } else if (is_in_text) {
      continue;
    } else if (c == '}' || c == ']') {
      ++open;
    } else if (c == '{' || c == '[') {
      if (--open == 0) return is_top_level(tail.substr(0, size - 1));
    }
  }
  // The value begins in front of the tail.
  return true;
}

}  // namespace devicebatch::format
