#include "record/base64.hpp"

#include "base/check.hpp"
#include "base/text.hpp"

#include <openssl/evp.h>

#include <cstring>
#include <limits>

namespace devicebatch::record {

bool is_base64_letter(char c) {
  return is_ascii_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || c == '+' ||
         c == '/';
}

bool decode_base64_groups(std::string_view groups, std::span<std::uint8_t> out) {
  DEVICEBATCH_CHECK(groups.size() % 4 == 0 && out.size() == groups.size() / 4 * 3);
  DEVICEBATCH_CHECK(groups.size() <= std::size_t{std::numeric_limits<int>::max()});
  if (groups.empty()) return true;
  if (std::memchr(groups.data(), '=', groups.size()) != nullptr) return false;
  const int decoded =
      EVP_DecodeBlock(out.data(), reinterpret_cast<const unsigned char*>(groups.data()),
                      static_cast<int>(groups.size()));
  return decoded == static_cast<int>(out.size());
}

std::string encode_base64(std::span<const std::uint8_t> bytes) {
  DEVICEBATCH_CHECK(bytes.size() <= std::size_t{std::numeric_limits<int>::max()} / 2);
  // EVP_EncodeBlock writes a NUL behind the text.
  std::string text(base64_length(bytes.size()) + 1, '\0');
  const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), bytes.data(),
                                     static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(length));
  return text;
}

}  // namespace devicebatch::record
