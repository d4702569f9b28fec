// record/product_key.hpp - the 25-character product key is a secret: find it, never keep it.
//
// Threading: pure; any thread.
// Source:    docs/formats.md, "The secret". 5x5 groups of letters and digits in either case, or 25
//            characters of the key alphabet in a row.
#pragma once

#include <string>
#include <string_view>

namespace devicebatch::record {

bool contains_product_key(std::string_view text);

// The text with every product key replaced by "[product key removed]".
std::string without_product_keys(std::string_view text);

}  // namespace devicebatch::record
