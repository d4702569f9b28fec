// sandbox/identity/token_endpoint.hpp - the identity platform's addresses, v1 and v2.
//
// Threading: the loop.
// Source:    docs/protocol.md, "Tokens": v1 writes numbers as texts, v2 as numbers; no BOM.
#pragma once

#include "sandbox/world.hpp"

namespace devicebatch::sandbox {

bool is_token_request(const Request& request);
Answer issue_token(World& world, const Request& request);

}  // namespace devicebatch::sandbox
