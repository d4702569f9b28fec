// format/json/mismatch_data.hpp - HardwareMismatchRemediationData as devices show it.
//
// Purpose:   an enrolled device whose hardware changed offers a base64 text; inside is JSON with
//            the hardware hash that the service knows and the one that the device has.
// Threading: pure; any thread.
// Source:    docs/formats.md, "Mismatch data".
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace devicebatch::format {

// The JSON inside, in the encoding that it has there. nullopt when `file` is anything else. A whole
// one is some 11 KB, so a file that is longer than the first window is none.
std::optional<std::string> decode_mismatch_data(std::string_view file);

}  // namespace devicebatch::format
