// record/product_key.hpp - the 25-character product key is a secret: find it, never keep it.
//
// Threading: pure; any thread.
// Source:    docs/formats.md, "The secret". 5x5 groups of letters and digits in either case, or 25
//            characters of the key alphabet in a row. In one of some ten thousand hardware hashes
//            25 such letters stand between two others of base64 by chance: in a long base64 text
//            they are none.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace devicebatch::record {

struct KeyPlace {
  std::size_t start;
  std::size_t length;
};
// The first key that begins at `from` or behind. What stands before `from` is looked at only to
// know whether a word begins there.
std::optional<KeyPlace> find_product_key(std::string_view text, std::size_t from = 0);

// So much text around a key decides whether it is one.
inline constexpr std::size_t kKeyContextBytes = 256;

bool contains_product_key(std::string_view text);

// The text with every product key replaced by "[product key removed]".
std::string without_product_keys(std::string_view text);

}  // namespace devicebatch::record
