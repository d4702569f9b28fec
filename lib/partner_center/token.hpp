// partner_center/token.hpp - access tokens of the identity platform, app-only.
//
// Threading: pure; any thread.
// Errors:    Errc::unauthorized - a person must act (wrong or expired secret, consent);
//            Errc::transient or Errc::throttled - later; Errc::corrupt - not a token reply.
// Source:    docs/protocol.md, "Tokens": v1 endpoint, numbers as strings or numbers.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "http/transport.hpp"

#include <memory>
#include <string>

namespace devicebatch::partner_center {

struct TokenOptions {
  std::string authority_url = "https://login.microsoftonline.com";
  std::string tenant;  // the partner's tenant GUID or domain
  std::string client_id;
  std::string resource = "https://api.partnercenter.microsoft.com";
};

struct Token {
  std::shared_ptr<const Secret> access;
  std::chrono::seconds lifetime{0};
};

http::Request token_request(const TokenOptions& options, const Secret& client_secret);
// `now` turns an absolute end of life or Retry-After into a duration. The token is copied out; what
// the reader used in between is wiped, the response is the caller's to wipe.
Result<Token> read_token(const http::Response& response, UtcTime now);
// The same, and wipes the body: the way to read a reply that nobody else needs.
Result<Token> read_token(http::Response&& response, UtcTime now);

}  // namespace devicebatch::partner_center
