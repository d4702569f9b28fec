// sandbox/service/device_api.hpp - from a path below /v1 to an endpoint.
//
// Threading: the loop.
// Source:    docs/protocol.md: path literals in any case, doubled slashes tolerated.
#pragma once

#include "sandbox/service/upload.hpp"
#include "sandbox/world.hpp"

#include <optional>
#include <string>
#include <vector>

namespace devicebatch::sandbox {

// The upload a request is, or nullopt.
std::optional<UploadCall> as_upload(const Request& request, const Misfortune& fault);

Answer call_device_api(World& world, const Request& request, const Misfortune& fault);

}  // namespace devicebatch::sandbox
