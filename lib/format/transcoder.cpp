#include "format/transcoder.hpp"

#include <bit>
#include <cstring>

namespace devicebatch::format {
namespace {

constexpr char kNoText = '\xFF';
constexpr std::size_t kBlockBytes = 8;

char* put_code_point(std::uint32_t code, char* out) {
  const auto put = [&](std::uint32_t byte) { *out++ = static_cast<char>(byte); };
  const auto put_rest = [&](unsigned shift) { put(0x80 | ((code >> shift) & 0x3F)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0 | code >> 6);
    put_rest(0);
  } else if (code < 0x10000) {
    put(0xE0 | code >> 12);
    put_rest(6);
    put_rest(0);
  } else {
    put(0xF0 | code >> 18);
    put_rest(12);
    put_rest(6);
    put_rest(0);
  }
  return out;
}

// Narrows four ASCII units at once; returns how many bytes of `raw` it took.
std::size_t narrow_ascii(std::string_view raw, bool is_little_endian, char* out) {
  if constexpr (std::endian::native != std::endian::little) return 0;
  const std::uint64_t others = is_little_endian ? 0xFF80FF80FF80FF80U : 0x80FF80FF80FF80FFU;
  const unsigned shift = is_little_endian ? 0 : 8;
  std::size_t at = 0;
  for (; at + kBlockBytes <= raw.size(); at += kBlockBytes) {
    std::uint64_t units = 0;
    std::memcpy(&units, raw.data() + at, kBlockBytes);
    if ((units & others) != 0) break;
    units >>= shift;
    units = (units | units >> 8) & 0x0000FFFF0000FFFFU;
    const auto letters = static_cast<std::uint32_t>(units | units >> 16);
    std::memcpy(out + at / 2, &letters, sizeof letters);
  }
  return at;
}

}  // namespace

char* Utf16Transcoder::flush_surrogate(char* out) {
  if (high_surrogate_ != 0) *out++ = kNoText;
  high_surrogate_ = 0;
  return out;
}

char* Utf16Transcoder::put_unit(std::uint16_t unit, char* out) {
  const bool is_low = (unit & 0xFC00) == 0xDC00;
  if (is_low && high_surrogate_ != 0) {
    const std::uint32_t high = high_surrogate_ & 0x3FFU;
    high_surrogate_ = 0;
    return put_code_point(0x10000 + (high << 10) + (unit & 0x3FFU), out);
  }
  out = flush_surrogate(out);
  if (is_low) {
    *out++ = kNoText;
  } else if ((unit & 0xFC00) == 0xD800) {
    high_surrogate_ = unit;
  } else {
    out = put_code_point(unit, out);
  }
  return out;
}

std::size_t Utf16Transcoder::convert(std::string_view raw, char* out) {
  char* const start = out;
  const auto put = [&](char first, char second) {
    const auto low = static_cast<std::uint8_t>(is_little_endian_ ? first : second);
    const auto high = static_cast<std::uint8_t>(is_little_endian_ ? second : first);
    out = put_unit(static_cast<std::uint16_t>(low | high << 8), out);
  };
  if (has_odd_byte_ && !raw.empty()) {
    put(odd_byte_, raw.front());
    raw.remove_prefix(1);
    has_odd_byte_ = false;
  }
  while (raw.size() >= 2) {
    if (high_surrogate_ == 0) {
      const std::size_t taken = narrow_ascii(raw, is_little_endian_, out);
      out += taken / 2;
      raw.remove_prefix(taken);
      if (raw.size() < 2) break;
    }
    put(raw[0], raw[1]);
    raw.remove_prefix(2);
  }
  if (!raw.empty()) {
    has_odd_byte_ = true;
    odd_byte_ = raw.front();
  }
  return static_cast<std::size_t>(out - start);
}

std::size_t Utf16Transcoder::finish(char* out) {
  char* const start = out;
  out = flush_surrogate(out);
  if (has_odd_byte_) *out++ = kNoText;
  has_odd_byte_ = false;
  return static_cast<std::size_t>(out - start);
}

}  // namespace devicebatch::format
