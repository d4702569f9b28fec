#include "base/uuid.hpp"

#include "base/hex.hpp"

#include <cstring>

namespace devicebatch {
namespace {

std::array<std::uint8_t, 16> random_bytes(Random& random) {
  std::array<std::uint8_t, 16> bytes;
  for (std::size_t at = 0; at < bytes.size(); at += sizeof(std::uint64_t)) {
    const std::uint64_t word = random.next();
    std::memcpy(bytes.data() + at, &word, sizeof word);
  }
  return bytes;
}

void stamp(std::array<std::uint8_t, 16>& bytes, unsigned version) {
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0F) | (version << 4));
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3F) | 0x80);
}

bool is_dash_position(std::size_t at) {
  return at == 8 || at == 13 || at == 18 || at == 23;
}

}  // namespace

Uuid Uuid::random(Random& random) {
  auto bytes = random_bytes(random);
  stamp(bytes, 4);
  return Uuid(bytes);
}

Uuid Uuid::time_ordered(UtcTime now, Random& random) {
  auto bytes = random_bytes(random);
  const auto ms = static_cast<std::uint64_t>(now.time_since_epoch().count());
  for (unsigned at = 0; at < 6; ++at) bytes[at] = static_cast<std::uint8_t>(ms >> (40 - 8 * at));
  stamp(bytes, 7);
  return Uuid(bytes);
}

std::optional<Uuid> Uuid::parse(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  std::string digits;
  digits.reserve(32);
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (is_dash_position(at) != (text[at] == '-')) return std::nullopt;
    if (text[at] != '-') digits.push_back(text[at]);
  }
  std::array<std::uint8_t, 16> bytes;
  if (!from_hex(digits, bytes)) return std::nullopt;
  return Uuid(bytes);
}

std::string Uuid::to_string() const {
  std::string text = to_hex(bytes_);
  for (const std::size_t at : {8U, 13U, 18U, 23U}) text.insert(at, 1, '-');
  return text;
}

}  // namespace devicebatch
