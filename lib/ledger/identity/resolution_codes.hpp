// ledger/identity/resolution_codes.hpp - the codes of what a person decided about a conflict.
#pragma once

#include <string_view>

namespace devicebatch::ledger {

inline constexpr std::string_view kKeptCode = "conflict.kept";
inline constexpr std::string_view kSentCode = "conflict.sent";
inline constexpr std::string_view kDroppedCode = "conflict.dropped";

}  // namespace devicebatch::ledger
