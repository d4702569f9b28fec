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
  if (high_surrogate_ != 0) out = put_code_point(high_surrogate_, out);
  high_surrogate_ = 0;
  return out;
}

char* Utf16Transcoder::put_unit(std::uint16_t unit, char* out) {
  is_at_line_start_ = unit == '\n' || unit == '\r';
  const bool is_low = (unit & 0xFC00) == 0xDC00;
  if (is_low && high_surrogate_ != 0) {
    const std::uint32_t high = high_surrogate_ & 0x3FFU;
    high_surrogate_ = 0;
    return put_code_point(0x10000 + (high << 10) + (unit & 0x3FFU), out);
  }
  out = flush_surrogate(out);
  if ((unit & 0xFC00) == 0xD800) {
    high_surrogate_ = unit;
    return out;
  }
  return put_code_point(unit, out);
}

// Asked at the beginning of a line whose first unit is not ASCII.
std::optional<DetectedEncoding> Utf16Transcoder::foreign(std::string_view raw) const {
  const std::string_view head = raw.substr(0, kLineProbeBytes);
  const DetectedEncoding found = detect_encoding(head);
  switch (found.encoding) {
    case Encoding::utf8:
      if (is_printable_ascii(head) && head.size() >= 4) return found;
      return std::nullopt;
    case Encoding::utf8_bom:
      return found;
    case Encoding::utf16le:
      return is_little_endian_ ? std::nullopt : std::optional(found);
    case Encoding::utf16be:
      return is_little_endian_ ? std::optional(found) : std::nullopt;
    case Encoding::unknown:
      break;
  }
  return std::nullopt;
}

Utf16Transcoder::Converted Utf16Transcoder::convert(std::string_view raw, bool is_last, char* out) {
  char* const start = out;
  const char* const first = raw.data();
  const auto unit_of = [&](char one, char two) {
    const auto low = static_cast<std::uint8_t>(is_little_endian_ ? one : two);
    const auto high = static_cast<std::uint8_t>(is_little_endian_ ? two : one);
    return static_cast<std::uint16_t>(low | high << 8);
  };
  const auto so_far = [&] {
    return Converted{static_cast<std::size_t>(raw.data() - first),
                     static_cast<std::size_t>(out - start)};
  };
  if (has_odd_byte_ && !raw.empty()) {
    out = put_unit(unit_of(odd_byte_, raw.front()), out);
    raw.remove_prefix(1);
    has_odd_byte_ = false;
  }
  while (raw.size() >= 2) {
    if (high_surrogate_ == 0) {
      const std::size_t taken = narrow_ascii(raw, is_little_endian_, out);
      out += taken / 2;
      raw.remove_prefix(taken);
      if (taken != 0) is_at_line_start_ = out[-1] == '\n' || out[-1] == '\r';
      if (raw.size() < 2) break;
    }
    const std::uint16_t unit = unit_of(raw[0], raw[1]);
    if (is_at_line_start_ && unit >= 0x80 && may_change_) {
      if (raw.size() < kLineProbeBytes && !is_last) return so_far();
      if (const auto change = foreign(raw)) {
        Converted converted = so_far();
        converted.change = change;
        return converted;
      }
    }
    out = put_unit(unit, out);
    raw.remove_prefix(2);
  }
  if (!raw.empty()) {
    has_odd_byte_ = true;
    odd_byte_ = raw.front();
    raw.remove_prefix(1);
  }
  return so_far();
}

std::size_t Utf16Transcoder::finish(char* out) {
  char* const start = out;
  out = flush_surrogate(out);
  if (has_odd_byte_) {
    *out++ = kNoText;
    *out++ = odd_byte_;
  }
  has_odd_byte_ = false;
  return static_cast<std::size_t>(out - start);
}

void append_utf16(std::string_view text, bool is_little_endian, std::string& out) {
  const auto put = [&](std::uint32_t unit) {
    const auto low = static_cast<char>(unit & 0xFF);
    const auto high = static_cast<char>(unit >> 8 & 0xFF);
    out.push_back(is_little_endian ? low : high);
    out.push_back(is_little_endian ? high : low);
  };
  std::size_t at = 0;
  const auto bits = [&](std::size_t ahead, unsigned mask) {
    return at + ahead < text.size() ? static_cast<std::uint8_t>(text[at + ahead]) & mask : 0U;
  };
  while (at < text.size()) {
    const unsigned lead = bits(0, 0xFF);
    if (lead == 0xFF) {
      if (at + 1 < text.size()) out.push_back(text[at + 1]);
      at += 2;
    } else if (lead < 0x80) {
      put(lead);
      at += 1;
    } else if (lead < 0xE0) {
      put((lead & 0x1F) << 6 | bits(1, 0x3F));
      at += 2;
    } else if (lead < 0xF0) {
      put((lead & 0x0F) << 12 | bits(1, 0x3F) << 6 | bits(2, 0x3F));
      at += 3;
    } else {
      const std::uint32_t code =
          ((lead & 0x07) << 18 | bits(1, 0x3F) << 12 | bits(2, 0x3F) << 6 | bits(3, 0x3F)) -
          0x10000;
      put(0xD800 | (code >> 10 & 0x3FF));
      put(0xDC00 | (code & 0x3FF));
      at += 4;
    }
  }
}

}  // namespace devicebatch::format
