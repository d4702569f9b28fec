// format/json/scan.hpp - where a JSON value ends.
//
// Purpose:   cuts one value out of a text of any size before a parser sees it. Brackets, commas,
//            names and quotes are checked; the inside of texts and the spelling of numbers and
//            words are left to the parser.
// Threading: pure; any thread.
// Errors:    JsonEnd says what is in the way. A line break inside a text is JSON's sign of a quote
//            that is never closed, so that a broken line does not swallow the lines after it.
// Source:    RFC 8259.
#pragma once

#include <cstddef>
#include <string_view>

namespace devicebatch::format {

// Containers in each other. Device records have three.
inline constexpr std::size_t kJsonDepth = 64;

enum class JsonEnd {
  complete,   // the value ends at `length`
  list,       // a list of devices begins in front of `length`
  need_more,  // the text ends first
  broken,     // at `length`, because of `why`
  too_deep,   // deeper than kJsonDepth, at `length`
};

struct JsonScan {
  JsonEnd end = JsonEnd::need_more;
  std::size_t length = 0;
  std::string_view why = {};
  std::string_view list_name = {};  // with JsonEnd::list, as it is spelled
};

// The value that `text` begins with, without blanks in front. A number or word that ends where the
// text ends needs more, unless the text is the last.
JsonScan scan_json_value(std::string_view text, bool is_last);

// The same for an object, but stops behind the `[` of a list of devices that is its member.
JsonScan scan_json_object(std::string_view text, bool is_last);

// What is left of an object behind one of its members, up to and including its `}`.
JsonScan scan_json_rest(std::string_view text, bool is_last);

// "Devices", "items", "value" and their like, in any letter case.
bool is_json_list_name(std::string_view name);

constexpr bool is_json_blank(char c) {
  return c == ' ' || c == '\n' || c == '\r' || c == '\t';
}

}  // namespace devicebatch::format
