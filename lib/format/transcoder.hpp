// format/transcoder.hpp - UTF-16 to UTF-8, in pieces, and back.
//
// Purpose:   Windows tools write UTF-16; everything behind the window is UTF-8.
// Lifecycle: one for a file; keeps half a character between two pieces.
// Threading: one thread.
// Errors:    a surrogate without its partner becomes the three bytes that UTF-8 would give it, half
//            a unit at the end the byte 0xFF and itself. No UTF-8 has either: the row they are in
//            is refused for its encoding, and append_utf16 gives back what there was.
// Source:    RFC 2781. Own code rather than iconv: hash files are ASCII in two bytes each, which
//            is narrowed four units at a time, five times as fast as iconv, and iconv stops at
//            faults.
#pragma once

#include "format/encoding.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace devicebatch::format {

class Utf16Transcoder {
 public:
  explicit Utf16Transcoder(bool is_little_endian) : is_little_endian_(is_little_endian) {}

  // Bytes that `out` must have room for.
  static constexpr std::size_t room_for(std::size_t raw_bytes) { return raw_bytes / 2 * 3 + 8; }

  struct Converted {
    std::size_t read = 0;
    std::size_t written = 0;
    // The line that begins behind `read` is in another encoding: a merged file.
    std::optional<DetectedEncoding> change = std::nullopt;
  };
  // Converts as far as whole characters go. Where a line begins that may be in another encoding
  // and `raw` is too short to tell, it is left for the next piece, unless `is_last`.
  Converted convert(std::string_view raw, bool is_last, char* out);
  // What is left when no more bytes come.
  std::size_t finish(char* out);

  // The rest is taken as UTF-16, whatever it looks like.
  void stay() { may_change_ = false; }

 private:
  char* put_unit(std::uint16_t unit, char* out);
  char* flush_surrogate(char* out);
  std::optional<DetectedEncoding> foreign(std::string_view raw) const;

  bool is_little_endian_;
  bool may_change_ = true;
  bool is_at_line_start_ = false;
  bool has_odd_byte_ = false;
  char odd_byte_ = 0;
  std::uint16_t high_surrogate_ = 0;
};

// The UTF-16 of whole characters that a Utf16Transcoder made, its marks of faults included.
void append_utf16(std::string_view text, bool is_little_endian, std::string& out);

}  // namespace devicebatch::format
