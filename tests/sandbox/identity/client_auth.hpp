// sandbox/identity/client_auth.hpp - is the client who it says it is?
//
// Threading: the loop.
#pragma once

#include "sandbox/identity/aadsts.hpp"
#include "sandbox/identity/token_request.hpp"
#include "sandbox/world.hpp"

#include <optional>

namespace devicebatch::sandbox {

bool brings_credential(const TokenRequest& request);
// A secret or an assertion must be there and good.
std::optional<TokenError> refuse_client(World& world, const TokenRequest& request);

}  // namespace devicebatch::sandbox
