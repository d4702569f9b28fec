// partner_center/token_claims.hpp - what an access token says about itself, for a diagnosis.
//
// Purpose:   names what is wrong with a token before the service does. Nothing is verified, so
//            nothing may be decided by it.
// Threading: pure; any thread.
// Source:    docs/protocol.md, "Tokens": tokens are JWTs today, and may be opaque tomorrow.
#pragma once

#include "base/secret.hpp"

#include <optional>
#include <string>
#include <vector>

namespace devicebatch::partner_center {

struct TokenClaims {
  std::string audience;              // aud
  std::string tenant;                // tid
  std::string application;           // appid (v1) or azp (v2)
  std::vector<std::string> methods;  // amr, of a person's sign-in
  bool is_of_person = false;         // has a scope (scp), as tokens of App+User do
};

// nullopt for a token that cannot be read.
std::optional<TokenClaims> read_claims(const Secret& token);

}  // namespace devicebatch::partner_center
