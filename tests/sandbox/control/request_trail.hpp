// sandbox/control/request_trail.hpp - what is remembered of a request: the last ones in memory, all
// of them in the request log, and a line on the terminal.
//
// Threading: the loop.
// Source:    tests/sandbox/README.md, "Asking and steering" and "The request log".
#pragma once

#include "sandbox/world.hpp"

namespace devicebatch::sandbox {

// Before it is answered: later the headers are completed.
RecentRequest remember(const World& world, const Request& request);
// Once it is.
void leave_trail(World& world, const Request& request, RecentRequest recent, const Answer& answer);

const char* ending_word(Ending ending);

}  // namespace devicebatch::sandbox
