// sandbox/service/access.hpp - who may call, and for whom.
//
// Threading: the loop.
// Source:    docs/protocol.md, "Errors": the published codes of 401 and 403.
#pragma once

#include "sandbox/world.hpp"

#include <optional>
#include <string>

namespace devicebatch::sandbox {

// The refusal of a request that has no good token, or whose customer may not be served.
// `creates`: it would create a batch, which needs a user.
std::optional<Answer> find_denial(const World& world, const Request& request,
                                  const std::string& customer, bool creates);

}  // namespace devicebatch::sandbox
