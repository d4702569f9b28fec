// record/pkid.hpp - the product key id: 13 digits, what the service calls productKey.
//
// Threading: pure; any thread.
// Source:    docs/formats.md, "Product key id". Four digits of a group and a nine-digit serial.
//            The product id that Windows shows, 00330-50160-87943-AAOEM, holds the same 13 digits
//            when it ends in AAOEM; with other endings it belongs to a licence, not to a device.
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace devicebatch::record {

inline constexpr std::size_t kPkidDigits = 13;

bool is_pkid(std::string_view text);

// The thirteen zeros that a tool writes where there is no key, and the empty text.
bool is_empty_pkid(std::string_view text);

enum class ProductIdKind {
  none,   // not of the shape 5-5-5-5
  oem,    // one per device
  other,  // volume, retail
};
ProductIdKind product_id_kind(std::string_view text);

// The PKID inside an OEM product id; nullopt when it does not begin with 00.
std::optional<std::array<char, kPkidDigits>> pkid_of_product_id(std::string_view text);

}  // namespace devicebatch::record
