// base/hex.hpp - bytes as lower-case hexadecimal text and back.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace devicebatch {

std::string to_hex(std::span<const std::uint8_t> bytes);

// Fills `out` completely; false when the text has another length or a character outside
// [0-9a-fA-F].
bool from_hex(std::string_view text, std::span<std::uint8_t> out);

}  // namespace devicebatch
