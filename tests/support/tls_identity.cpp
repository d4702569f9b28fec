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

void set_name(X509_NAME* name, const std::string& text) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.c_str());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, bytes, -1, -1, 0);
}

void choose_http2(SSL_CTX* context) {
  const auto choose = [](SSL*, const unsigned char** chosen, unsigned char* size,
                         const unsigned char* offered, unsigned offered_size, void*) {
    // The choice points into our list, which is why that is static.
    static constexpr unsigned char kHttp2[] = {2, 'h', '2'};
    unsigned char* choice = nullptr;
    const int result =
        SSL_select_next_proto(&choice, size, kHttp2, sizeof kHttp2, offered, offered_size);
    *chosen = choice;
    return result == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
  };
  SSL_CTX_set_alpn_select_cb(context, choose, nullptr);
}

}  // namespace

TlsIdentity::TlsIdentity(const Options& options) : TlsIdentity(options, nullptr) {}

TlsIdentity::TlsIdentity(const Options& options, const TlsIdentity& issuer)
    : TlsIdentity(options, &issuer) {}

TlsIdentity::TlsIdentity(const Options& options, const TlsIdentity* issuer)
    : options_(options),
      key_(EVP_EC_gen("P-256"), EVP_PKEY_free),
      certificate_(X509_new(), X509_free) {
  DEVICEBATCH_CHECK(key_ != nullptr && certificate_ != nullptr);
  X509* certificate = certificate_.get();
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), issuer == nullptr ? 1 : 2);
  X509_gmtime_adj(X509_getm_notBefore(certificate), options.valid_from_s);
  X509_gmtime_adj(X509_getm_notAfter(certificate), options.valid_until_s);
  X509_set_pubkey(certificate, key_.get());
  set_name(X509_get_subject_name(certificate), options.name);
  const TlsIdentity& signer = issuer == nullptr ? *this : *issuer;
  X509_set_issuer_name(certificate, X509_get_subject_name(signer.certificate_.get()));
  add_extension(certificate, NID_basic_constraints,
                issuer == nullptr ? "critical,CA:TRUE" : "critical,CA:FALSE");
  add_extension(certificate, NID_subject_alt_name, options.subject_alt_name);
  DEVICEBATCH_CHECK(X509_sign(certificate, signer.key_.get(), EVP_sha256()) > 0);
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
  if (options_.speaks_http2) choose_http2(context.get());
  return context;
}

}  // namespace devicebatch::support
