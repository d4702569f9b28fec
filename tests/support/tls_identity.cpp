#include "support/tls_identity.hpp"

#include "base/check.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

namespace devicebatch::support {

namespace {

void add_extension(X509* certificate, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  DEVICEBATCH_CHECK(extension != nullptr);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

void name_it(X509* certificate) {
  X509_NAME* name = X509_get_subject_name(certificate);
  constexpr unsigned char kName[] = "devicebatchd test";
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, kName, -1, -1, 0);
  X509_set_issuer_name(certificate, name);
}

}  // namespace

TlsIdentity::TlsIdentity(const Options& options)
    : options_(options),
      key_(EVP_EC_gen("P-256"), EVP_PKEY_free),
      certificate_(X509_new(), X509_free) {
  DEVICEBATCH_CHECK(key_ != nullptr && certificate_ != nullptr);
  X509* certificate = certificate_.get();
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), options.valid_from_s);
  X509_gmtime_adj(X509_getm_notAfter(certificate), options.valid_until_s);
  X509_set_pubkey(certificate, key_.get());
  name_it(certificate);
  add_extension(certificate, NID_basic_constraints, "critical,CA:TRUE");
  add_extension(certificate, NID_subject_alt_name, options.subject_alt_name);
  DEVICEBATCH_CHECK(X509_sign(certificate, key_.get(), EVP_sha256()) > 0);
}

void TlsIdentity::write_certificate(const std::filesystem::path& path) const {
  BIO* file = BIO_new_file(path.c_str(), "w");
  DEVICEBATCH_CHECK(file != nullptr && PEM_write_bio_X509(file, certificate_.get()) == 1);
  BIO_free(file);
}

std::shared_ptr<ssl_ctx_st> TlsIdentity::server_context() const {
  std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  DEVICEBATCH_CHECK(context != nullptr);
  // Level 0 allows the old versions that a client must refuse by itself.
  SSL_CTX_set_security_level(context.get(), 0);
  SSL_CTX_set_min_proto_version(context.get(), TLS1_VERSION);
  SSL_CTX_set_max_proto_version(context.get(), options_.highest_tls);
  DEVICEBATCH_CHECK(SSL_CTX_use_certificate(context.get(), certificate_.get()) == 1);
  DEVICEBATCH_CHECK(SSL_CTX_use_PrivateKey(context.get(), key_.get()) == 1);
  return context;
}

}  // namespace devicebatch::support
