// sandbox/identity/aadsts.hpp - how the identity platform says no.
//
// Threading: the loop.
// Source:    docs/protocol.md, "Tokens": {"error","error_description","error_codes",...}.
#pragma once

#include "sandbox/world.hpp"

#include <string>

namespace devicebatch::sandbox {

struct TokenError {
  unsigned status;
  std::string word;  // "invalid_client"
  int number;        // AADSTS...
  std::string text;
};

// What the platform says with this number; a number that is not in our table is an invalid grant.
TokenError published_token_error(int number);
Answer token_error(World& world, const TokenError& error);

}  // namespace devicebatch::sandbox
