// format/transcoder.hpp - UTF-16 to UTF-8, in pieces.
//
// Purpose:   Windows tools write UTF-16; everything behind the window is UTF-8.
// Lifecycle: one for a file; keeps half a character between two pieces.
// Threading: one thread.
// Errors:    a surrogate without its partner and half a unit at the end become the byte 0xFF,
//            which no UTF-8 has: the row they are in is then refused for its encoding.
// Source:    RFC 2781. Own code rather than iconv: hash files are ASCII in two bytes each, which
//            is narrowed four units at a time, five times as fast as iconv, and iconv stops at
//            faults.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace devicebatch::format {

class Utf16Transcoder {
 public:
  explicit Utf16Transcoder(bool is_little_endian) : is_little_endian_(is_little_endian) {}

  // Bytes that `out` must have room for.
  static constexpr std::size_t room_for(std::size_t raw_bytes) { return raw_bytes / 2 * 3 + 8; }

  // Converts as far as whole characters go; returns the bytes written.
  std::size_t convert(std::string_view raw, char* out);
  // What is left when no more bytes come.
  std::size_t finish(char* out);

 private:
  char* put_unit(std::uint16_t unit, char* out);
  char* flush_surrogate(char* out);

  bool is_little_endian_;
  bool has_odd_byte_ = false;
  char odd_byte_ = 0;
  std::uint16_t high_surrogate_ = 0;
};

}  // namespace devicebatch::format
