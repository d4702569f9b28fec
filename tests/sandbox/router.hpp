// sandbox/router.hpp - one request in, one answer out.
//
// Purpose:   picks the endpoint, lets the fault rules spoil the answer, and dresses it as the
//            service does: BOM, MS-* headers, Date.
// Threading: the loop.
#pragma once

#include "sandbox/world.hpp"

namespace devicebatch::sandbox {

Answer answer_request(World& world, Request& request);

}  // namespace devicebatch::sandbox
