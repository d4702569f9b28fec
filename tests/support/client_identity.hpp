// support/client_identity.hpp - an RSA key and its certificate, as an application registers one.
//
// Purpose:   client assertions: made here, verified here, expired ones too.
// Lifecycle: a value; the key is made once for the whole program, because that takes its time.
#pragma once

#include <memory>
#include <string>

struct x509_st;
struct evp_pkey_st;

namespace devicebatch::support {

class ClientIdentity {
 public:
  struct Options {
    long valid_from_s = -3600;  // from the moment of making
    long valid_until_s = 90L * 86'400;
  };
  explicit ClientIdentity(const Options& options);
  ClientIdentity() : ClientIdentity(Options()) {}

  std::string certificate_pem() const;
  std::string key_pem() const;
  // As it stands in one file.
  std::string pem() const { return certificate_pem() + key_pem(); }
  // base64url of the certificate's SHA-256.
  std::string thumbprint() const;
  // Of "header.payload.signature": is it by our key? PSS padding for PS256, else PKCS 1.5.
  bool has_signed(const std::string& jwt, bool is_pss) const;

 private:
  std::shared_ptr<evp_pkey_st> key_;
  std::shared_ptr<x509_st> certificate_;
};

// The text behind base64url; fails the program for anything else.
std::string decode_base64url(std::string text);

}  // namespace devicebatch::support
