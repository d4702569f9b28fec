// partner_center/client_assertion.hpp - a certificate in place of a client secret.
//
// Purpose:   reads certificate and private key from one PEM text and signs what proves to the
//            identity platform that we hold the key.
// Threading: a value; one thread at a time.
// Errors:    Errc::bad_config with one sentence about the PEM.
// Source:    docs/protocol.md, "Tokens"; RFC 7521, 7523 (the claims), 7518 (PS256, RS256), 7515
//            (x5t#S256).
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/secret.hpp"
#include "base/uuid.hpp"

#include <memory>
#include <string>

struct x509_st;
struct evp_pkey_st;

namespace devicebatch::partner_center {

enum class AssertionAlgorithm { ps256, rs256 };

struct AssertionClaims {
  std::string audience;   // the URL of the token endpoint
  std::string client_id;  // issuer and subject
  Uuid id;                // fresh for each assertion
  UtcTime now;            // valid from here, for five minutes
};

class ClientCertificate {
 public:
  // Certificate and unencrypted RSA key in either order; of several certificates that of the key.
  static Result<ClientCertificate> read(const Secret& pem);

  UtcTime not_before() const { return not_before_; }
  UtcTime not_after() const { return not_after_; }
  // base64url of the SHA-256 of the certificate, as x5t#S256 says it.
  const std::string& thumbprint() const { return thumbprint_; }

  // A signed JWT. As good as the secret while it is valid.
  Secret sign(const AssertionClaims& claims, AssertionAlgorithm algorithm) const;

 private:
  ClientCertificate(std::shared_ptr<evp_pkey_st> key, const x509_st& certificate);

  std::shared_ptr<evp_pkey_st> key_;
  std::string thumbprint_;
  UtcTime not_before_;
  UtcTime not_after_;
};

}  // namespace devicebatch::partner_center
