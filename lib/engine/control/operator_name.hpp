// engine/control/operator_name.hpp - who asked, for the audit log.
//
// Threading: any thread. Asks the system's user database, which may be a slow server: not for the
//            loop's thread.
#pragma once

#include <sys/types.h>

#include <string>

namespace devicebatch::engine {

// "alice (uid 1001)", or "uid 1001" for a user nobody knows.
std::string operator_name(uid_t uid);

}  // namespace devicebatch::engine
