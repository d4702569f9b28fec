#include "base/hex.hpp"

namespace devicebatch {
namespace {

int value_of(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

}  // namespace

std::string to_hex(std::span<const std::uint8_t> bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const std::uint8_t byte : bytes) {
    text.push_back(kDigits[byte >> 4]);
    text.push_back(kDigits[byte & 15]);
  }
  return text;
}

bool from_hex(std::string_view text, std::span<std::uint8_t> out) {
  if (text.size() != out.size() * 2) return false;
  for (std::size_t at = 0; at < out.size(); ++at) {
    const int high = value_of(text[2 * at]);
    const int low = value_of(text[2 * at + 1]);
    if (high < 0 || low < 0) return false;
    out[at] = static_cast<std::uint8_t>(high * 16 + low);
  }
  return true;
}

}  // namespace devicebatch
