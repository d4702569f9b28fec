// partner_center/token.hpp - access tokens of the identity platform, app-only.
//
// Threading: pure; any thread.
// Errors:    Errc::unauthorized - a person must act (wrong or expired secret, consent);
//            Errc::transient or Errc::throttled - later; Errc::corrupt - not a token reply.
// Source:    docs/protocol.md, "Tokens": v1 endpoint, numbers as strings or numbers.
#pragma once

#include <memory>
#include <string>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "http/transport.hpp"

namespace devicebatch::partner_center {

struct TokenOptions {
  std::string authority_url = "https://login.microsoftonline.com";
  std::string tenant;     // the partner's tenant GUID or domain
  std::string client_id;
  std::string resource = "https://api.partnercenter.microsoft.com";
};

struct Token {
  std::shared_ptr<const Secret> access;
  std::chrono::seconds lifetime{0};
};

http::Request token_request(const TokenOptions& options, const Secret& client_secret);
Result<Token> read_token(const http::Response& response, UtcTime now);

}  // namespace devicebatch::partner_center
