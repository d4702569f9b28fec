// sandbox/identity/grants.hpp - who gets which token for what.
//
// Purpose:   the four grants: client_credentials, refresh_token, authorization_code, device_code;
//            each with a client secret or a certificate.
// Threading: the loop.
// Errors:    the AADSTS error that the platform answers.
// Source:    docs/protocol.md, "Tokens".
#pragma once

#include "sandbox/identity/aadsts.hpp"
#include "sandbox/identity/token_request.hpp"
#include "sandbox/world.hpp"

#include <optional>
#include <string>

namespace devicebatch::sandbox {

struct Grant {
  Token token;
  std::optional<RefreshToken> refresh;  // a fresh one goes with the token
  std::optional<TokenError> refusal;    // then the rest means nothing
};

Grant grant_token(World& world, const TokenRequest& request);

// {device_code, user_code, ...}: begins a sign-in on another device.
Answer begin_device_code(World& world, const TokenRequest& request);

// What every call must have: a tenant and a client that are known.
std::optional<TokenError> refuse_caller(const World& world, const TokenRequest& request);

}  // namespace devicebatch::sandbox
