// sandbox/service/token_endpoint.hpp - tokens of the identity platform, v1 and v2.
//
// Threading: the loop.
// Source:    docs/protocol.md, "Tokens": v1 writes numbers as texts, v2 as numbers; no BOM.
#pragma once

#include "sandbox/world.hpp"

#include <string>

namespace devicebatch::sandbox {

bool is_token_request(const Request& request);
Answer issue_token(World& world, const Request& request);

struct TokenError {
  unsigned status;
  std::string word;  // "invalid_client"
  int number;        // AADSTS...
  std::string text;
};
Answer token_error(World& world, const TokenError& error);

}  // namespace devicebatch::sandbox
