// support/tls_identity.hpp - a key and a certificate made for one test.
//
// Purpose:   servers that a client must, or must not, believe.
// Lifecycle: a value; nothing is written unless write_certificate() is called.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

struct ssl_ctx_st;
struct x509_st;
struct evp_pkey_st;

namespace devicebatch::support {

class TlsIdentity {
 public:
  struct Options {
    std::string name = "devicebatchd test";
    std::string subject_alt_name = "IP:127.0.0.1";
    long valid_from_s = -3600;  // from the moment of making
    long valid_until_s = 3600;
    int highest_tls = 0x0304;  // TLS 1.3, as on the wire
    bool speaks_http2 = false;
  };
  // Its own authority.
  explicit TlsIdentity(const Options& options);
  // Signed by another, and no authority itself.
  TlsIdentity(const Options& options, const TlsIdentity& issuer);

  // For a client that shall trust it.
  void write_certificate(const std::filesystem::path& path) const;
  // A context of a server that shows it.
  std::shared_ptr<ssl_ctx_st> server_context() const;

 private:
  TlsIdentity(const Options& options, const TlsIdentity* issuer);

  Options options_;
  std::shared_ptr<evp_pkey_st> key_;
  std::shared_ptr<x509_st> certificate_;
};

}  // namespace devicebatch::support
