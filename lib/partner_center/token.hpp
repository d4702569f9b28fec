// partner_center/token.hpp - tokens of the identity platform: asking and reading.
//
// Purpose:   app-only (client credentials) and App+User (refresh token, codes of a consent), with a
//            secret or a signed assertion, at the v1 and the v2 endpoint.
// Threading: pure; any thread.
// Errors:    Errc::unauthorized - a person must act (wrong or expired secret, consent);
//            Errc::transient or Errc::throttled - later; Errc::corrupt - not a token reply.
// Source:    docs/protocol.md, "Tokens": v1 names a resource and writes numbers as strings, v2
//            names a scope and writes numbers.
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "http/transport.hpp"

#include <memory>
#include <string>

namespace devicebatch::partner_center {

enum class TokenVersion { v1, v2 };

struct TokenOptions {
  std::string authority_url = "https://login.microsoftonline.com";
  std::string tenant;  // the partner's tenant GUID or domain
  std::string client_id;
  std::string resource = "https://api.partnercenter.microsoft.com";
  TokenVersion version = TokenVersion::v1;
};

// Proves which application asks.
struct ClientProof {
  enum class Kind { secret, assertion };
  ClientProof(Kind proof_kind, Secret proof) : kind(proof_kind), value(std::move(proof)) {}
  Kind kind;
  Secret value;
};

// What gives the right to a token.
struct Grant {
  enum class Kind { client_credentials, refresh_token, authorization_code, device_code };
  Grant() = default;
  Grant(Kind grant_kind, Secret grant) : kind(grant_kind), value(std::move(grant)) {}
  Kind kind = Kind::client_credentials;
  Secret value;              // the refresh token or the code
  std::string redirect_uri;  // of an authorization code: as it was when the code was asked for
};

struct Token {
  std::shared_ptr<const Secret> access;
  std::shared_ptr<const Secret> refresh;  // null when the reply has none
  std::chrono::seconds lifetime{0};
};

// Below the tenant: "token", "authorize", "devicecode". The token's is the audience of an
// assertion.
std::string identity_url(const TokenOptions& options, std::string_view endpoint);

http::Request token_request(const TokenOptions& options, const ClientProof& proof,
                            const Grant& grant);
// App-only with a client secret.
http::Request token_request(const TokenOptions& options, const Secret& client_secret);

// `now` turns an absolute end of life or Retry-After into a duration. The tokens are copied out;
// what the reader used in between is wiped, the response is the caller's to wipe.
Result<Token> read_token(const http::Response& response, UtcTime now);
// The same, and wipes the body: the way to read a reply that nobody else needs.
Result<Token> read_token(http::Response&& response, UtcTime now);

}  // namespace devicebatch::partner_center
