// record/field_text.hpp - what spreadsheets, editors and collectors do to the text of a field.
//
// Threading: pure; any thread.
// Source:    docs/formats.md, "Damage".
#pragma once

#include <string>
#include <string_view>

namespace devicebatch::record {

// Without white space and invisible characters (NBSP, zero-width, BOM) at either end. Inside, both
// stay: the value is then refused, never repaired silently.
std::string_view trim_field(std::string_view text);

// ="00123", "00123" and '00123 protect a number from a spreadsheet: the value inside, or the text
// as it is.
std::string_view without_spreadsheet_guard(std::string_view text);

// What somebody meant who typed smart quotes, non-breaking or zero-width blanks, typographic dashes
// or full-width letters: quotes and invisible characters dropped, the rest in ASCII. A guess, only
// good for comparing with a value that is proven.
std::string plain_form(std::string_view text);

struct Characters {
  bool has_control = false;    // 0x00-0x1F, 0x7F
  bool has_non_ascii = false;  // 0x80-0xFF
};
Characters characters_of(std::string_view text);

// 3.55613E+12: what Excel makes of a long number; its digits are lost.
bool is_scientific_number(std::string_view text);

// Is `cell` what a spreadsheet makes of the all-digit `original`: without its leading zeros, or
// with zeros behind the 15th digit?
bool is_same_number_damaged(std::string_view cell, std::string_view original);

// The same but for letter case and the amount of white space.
bool differs_in_spelling_only(std::string_view left, std::string_view right);

// A hardware hash in a column of another name.
bool looks_like_hash(std::string_view text);

}  // namespace devicebatch::record
