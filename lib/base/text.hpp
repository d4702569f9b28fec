// base/text.hpp - small, locale-free operations on ASCII text.
//
// Threading: pure; any thread.
// Source:    identifying fields are ASCII (docs/formats.md); the C locale functions depend on the
//            environment and are undefined for negative chars.
#pragma once

#include <string>
#include <string_view>

namespace devicebatch {

constexpr bool is_ascii_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}
constexpr bool is_ascii_digit(char c) {
  return c >= '0' && c <= '9';
}
constexpr char ascii_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}
constexpr char ascii_upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
}

std::string_view trim(std::string_view text);
std::string to_lower(std::string_view text);
bool equals_ignoring_case(std::string_view left, std::string_view right);

// For logs, receipts and terminals: control characters, DEL, invalid UTF-8 and bidirectional
// overrides become \xNN; at most `max_bytes` of input are shown, a cut is marked with "...".
std::string printable(std::string_view bytes, std::size_t max_bytes = 200);

}  // namespace devicebatch
