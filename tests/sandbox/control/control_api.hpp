// sandbox/control/control_api.hpp - /sandbox/...: what tests and people ask the sandbox itself.
//
// Threading: the loop.
// Source:    tests/sandbox/README.md, "Asking and steering". No token is needed, no fault applies.
#pragma once

#include "sandbox/world.hpp"

namespace devicebatch::sandbox {

bool is_control_request(const Request& request);
Answer call_control_api(World& world, const Request& request);

}  // namespace devicebatch::sandbox
