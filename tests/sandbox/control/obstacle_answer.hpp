// sandbox/control/obstacle_answer.hpp - what a client gets instead of the service's answer.
//
// Threading: the loop.
// Source:    docs/protocol.md, "Errors": gateway and service write different bodies.
#pragma once

#include "sandbox/world.hpp"

namespace devicebatch::sandbox {

Answer obstacle_answer(World& world, const Request& request, const Obstacle& obstacle);

}  // namespace devicebatch::sandbox
