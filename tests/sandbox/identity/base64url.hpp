// sandbox/identity/base64url.hpp - base64 as tokens write it: '-' and '_', no padding.
//
// Threading: pure.
// Source:    RFC 7515, appendix C.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace devicebatch::sandbox {

std::string to_base64url(std::string_view bytes);
// nullopt for a character or a length that cannot be.
std::optional<std::string> from_base64url(std::string_view text);

}  // namespace devicebatch::sandbox
