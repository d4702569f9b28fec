// partner_center/encode.hpp - devices to the body of a POST.
//
// Purpose:   the same devices always give the same bytes: a retry rebuilds its body and compares
//            digests (promise I5).
// Threading: pure; any thread.
// Source:    docs/protocol.md, "Bodies".
#pragma once

#include "record/device.hpp"

#include <span>
#include <string>
#include <string_view>

namespace devicebatch::partner_center {

enum class WireBody {
  minimal,  // camelCase, identifying members only, nothing empty
  sdk,      // the documented request, member for member: PascalCase, nulls written
};

std::string encode_devices(WireBody form, std::span<const record::Device> devices);
std::string encode_batch(WireBody form, std::string_view batch,
                         std::span<const record::Device> devices);

// Bytes that a device costs beyond its values, for cutting chunks before encoding them.
std::size_t encoding_overhead(WireBody form);

}  // namespace devicebatch::partner_center
