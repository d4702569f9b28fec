// format/encoding.hpp - which text encoding the bytes of a file are in.
//
// Threading: pure; any thread.
// Source:    docs/formats.md, "Encodings". The byte order mark decides; without one the text is
//            UTF-8, or UTF-16 when every other byte of the beginning is zero. No other guess is
//            safe.
#pragma once

#include <cstddef>
#include <string_view>

namespace devicebatch::format {

enum class Encoding { utf8, utf8_bom, utf16le, utf16be, unknown };

struct DetectedEncoding {
  Encoding encoding = Encoding::utf8;
  std::size_t mark_bytes = 0;  // of the byte order mark
  bool is_guess = false;       // UTF-16 without a mark
};

// Bytes of a file that detect_encoding wants to see, if there are as many.
inline constexpr std::size_t kEncodingProbeBytes = 64;
// Of a line in the middle, where a merged file may change its encoding.
inline constexpr std::size_t kLineProbeBytes = 16;

DetectedEncoding detect_encoding(std::string_view head);

// "utf-8", "utf-8-bom", "utf-16le", "utf-16be".
std::string_view to_string(Encoding encoding);

inline constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// No zero byte and nothing beyond ASCII. Fast enough for whole windows.
bool is_plain_ascii(std::string_view text);

// Letters, digits, signs and blanks, tabs and line breaks.
bool is_printable_ascii(std::string_view text);

bool is_valid_utf8(std::string_view text);

}  // namespace devicebatch::format
