#include "format/encoding.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace devicebatch::format {
namespace {

// Every second byte zero and the others not: ASCII in two bytes each.
bool has_zeros_at(std::string_view head, std::size_t first) {
  if (head.size() < 8) return false;
  for (std::size_t at = 0; at + 1 < head.size(); at += 2) {
    if (head[at + first] != '\0' || head[at + 1 - first] == '\0') return false;
  }
  return true;
}

std::size_t sequence_length(std::uint8_t lead) {
  if (lead < 0x80) return 1;
  if (lead < 0xC2) return 0;
  if (lead < 0xE0) return 2;
  if (lead < 0xF0) return 3;
  return lead < 0xF5 ? 4 : 0;
}

// Overlong forms, surrogates and values beyond U+10FFFF show in the second byte.
bool is_second_byte_possible(std::uint8_t lead, std::uint8_t second) {
  switch (lead) {
    case 0xE0:
      return second >= 0xA0;
    case 0xED:
      return second <= 0x9F;
    case 0xF0:
      return second >= 0x90;
    case 0xF4:
      return second <= 0x8F;
    default:
      return true;
  }
}

}  // namespace

DetectedEncoding detect_encoding(std::string_view head) {
  using std::string_view_literals::operator""sv;
  head = head.substr(0, kEncodingProbeBytes);
  if (head.starts_with("\xFF\xFE\0\0"sv) || head.starts_with("\0\0\xFE\xFF"sv)) {
    return {Encoding::unknown, 4, false};  // UTF-32
  }
  if (head.starts_with(kByteOrderMark)) return {Encoding::utf8_bom, 3, false};
  if (head.starts_with("\xFF\xFE"sv)) return {Encoding::utf16le, 2, false};
  if (head.starts_with("\xFE\xFF"sv)) return {Encoding::utf16be, 2, false};
  if (has_zeros_at(head, 1)) return {Encoding::utf16le, 0, true};
  if (has_zeros_at(head, 0)) return {Encoding::utf16be, 0, true};
  return {Encoding::utf8, 0, false};
}

std::string_view to_string(Encoding encoding) {
  switch (encoding) {
    case Encoding::utf8:
      return "utf-8";
    case Encoding::utf8_bom:
      return "utf-8-bom";
    case Encoding::utf16le:
      return "utf-16le";
    case Encoding::utf16be:
      return "utf-16be";
    case Encoding::unknown:
      break;
  }
  return "unknown";
}

bool is_plain_ascii(std::string_view text) {
  if (text.empty()) return true;
  if (std::memchr(text.data(), '\0', text.size()) != nullptr) return false;
  constexpr std::size_t kStep = 32;
  std::uint64_t seen = 0;
  std::size_t at = 0;
  for (; at + kStep <= text.size(); at += kStep) {
    std::uint64_t words[4];
    std::memcpy(words, text.data() + at, kStep);
    seen |= words[0] | words[1] | words[2] | words[3];
  }
  for (; at < text.size(); ++at) seen |= static_cast<std::uint8_t>(text[at]);
  return (seen & 0x8080808080808080U) == 0;
}

bool is_printable_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= ' ' && c <= '~') || c == '\t' || c == '\r' || c == '\n';
  });
}

bool is_valid_utf8(std::string_view text) {
  const auto byte = [&](std::size_t at) { return static_cast<std::uint8_t>(text[at]); };
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t length = sequence_length(byte(at));
    if (length == 0 || length > text.size() - at) return false;
    for (std::size_t next = 1; next < length; ++next) {
      if ((byte(at + next) & 0xC0) != 0x80) return false;
    }
    if (length > 1 && !is_second_byte_possible(byte(at), byte(at + 1))) return false;
    at += length;
  }
  return true;
}

}  // namespace devicebatch::format
