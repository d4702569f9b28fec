// record/base64.hpp - base64 over OpenSSL, without its surprises.
//
// Threading: pure; any thread.
// Source:    RFC 4648 section 4. EVP_DecodeBlock (1.9 GB/s, docs/performance.md) forgives line
//            breaks and dashes at either end and `=` anywhere; these functions do not.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace devicebatch::record {

constexpr std::size_t base64_length(std::size_t bytes) {
  return (bytes + 2) / 3 * 4;
}

bool is_base64_letter(char c);

// Decodes whole groups of four letters, no padding, into exactly 3 bytes each. False when a
// character is outside the alphabet; `out` is then undefined.
bool decode_base64_groups(std::string_view groups, std::span<std::uint8_t> out);

// Encodes with padding.
std::string encode_base64(std::span<const std::uint8_t> bytes);

}  // namespace devicebatch::record
