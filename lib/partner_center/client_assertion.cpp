#include "partner_center/client_assertion.hpp"

#include "base/check.hpp"
#include "base/sha256.hpp"
#include "record/base64.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <ctime>
#include <span>
#include <vector>

namespace devicebatch::partner_center {

namespace json = boost::json;

namespace {

constexpr std::chrono::minutes kValidity{5};
// What NIST and the identity platform ask for at least.
constexpr int kSmallestKeyBits = 2048;

using Certificate = std::shared_ptr<X509>;
using Key = std::shared_ptr<EVP_PKEY>;
using Bytes = std::vector<std::uint8_t>;

tl::unexpected<Error> wrong(const std::string& what) {
  ERR_clear_error();
  return fail(Errc::bad_config, what);
}

std::unique_ptr<BIO, decltype(&BIO_free)> reader_of(const Secret& pem) {
  const std::string_view text = pem.reveal();
  std::unique_ptr<BIO, decltype(&BIO_free)> reader(
      BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free);
  DEVICEBATCH_CHECK(reader != nullptr);
  return reader;
}

// Without this OpenSSL would ask for a password on the terminal.
int no_password(char*, int, int, void*) {
  return -1;
}

Result<Key> read_key(const Secret& pem) {
  const auto reader = reader_of(pem);
  const Key key(PEM_read_bio_PrivateKey(reader.get(), nullptr, no_password, nullptr),
                EVP_PKEY_free);
  if (key == nullptr) {
    const bool is_encrypted = pem.reveal().find("ENCRYPTED") != std::string_view::npos;
    return wrong(is_encrypted ? "the private key is encrypted; keep it without a password, in a "
                                "file that only the service can read or a systemd credential"
                              : "holds no private key; put certificate and key into one PEM file");
  }
  if (EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA) {
    return wrong("the private key is no RSA key; PS256 and RS256 need one");
  }
  if (EVP_PKEY_get_bits(key.get()) < kSmallestKeyBits) {
    return wrong("the private key has fewer than 2048 bits");
  }
  return key;
}

Result<Certificate> read_certificate(const Secret& pem, const Key& key) {
  const auto reader = reader_of(pem);
  bool has_any = false;
  for (;;) {
    const Certificate next(PEM_read_bio_X509(reader.get(), nullptr, no_password, nullptr),
                           X509_free);
    if (next == nullptr) break;
    has_any = true;
    if (X509_check_private_key(next.get(), key.get()) == 1) {
      ERR_clear_error();
      return next;
    }
  }
  return wrong(has_any ? "the private key belongs to another certificate"
                       : "holds no certificate; put certificate and key into one PEM file");
}

UtcTime time_of(const ASN1_TIME* asn1) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(asn1, &parts) != 1) return UtcTime();
  return UtcTime(std::chrono::seconds(timegm(&parts)));
}

std::string base64url(std::span<const std::uint8_t> bytes) {
  std::string text = record::encode_base64(bytes);
  for (char& c : text) {
    if (c == '+') c = '-';
    if (c == '/') c = '_';
  }
  while (text.ends_with('=')) text.pop_back();
  return text;
}

std::string base64url(std::string_view text) {
  return base64url(std::span(reinterpret_cast<const std::uint8_t*>(text.data()), text.size()));
}

std::string thumbprint_of(const X509& certificate) {
  unsigned char* der = nullptr;
  const int length = i2d_X509(&certificate, &der);
  DEVICEBATCH_CHECK(length > 0);
  const Digest digest =
      sha256(std::span<const std::uint8_t>(der, static_cast<std::size_t>(length)));
  OPENSSL_free(der);
  return base64url(digest);
}

std::int64_t seconds_of(UtcTime time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

Bytes sign_text(EVP_PKEY* key, std::string_view text, AssertionAlgorithm algorithm) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        EVP_MD_CTX_free);
  EVP_PKEY_CTX* options = nullptr;  // owned by the context
  DEVICEBATCH_CHECK(EVP_DigestSignInit(context.get(), &options, EVP_sha256(), nullptr, key) == 1);
  if (algorithm == AssertionAlgorithm::ps256) {
    DEVICEBATCH_CHECK(EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING) == 1);
    DEVICEBATCH_CHECK(EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST) == 1);
  }
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t length = 0;
  DEVICEBATCH_CHECK(EVP_DigestSign(context.get(), nullptr, &length, bytes, text.size()) == 1);
  Bytes signature(length);
  DEVICEBATCH_CHECK(EVP_DigestSign(context.get(), signature.data(), &length, bytes, text.size()) ==
                    1);
  signature.resize(length);
  return signature;
}

}  // namespace

ClientCertificate::ClientCertificate(std::shared_ptr<evp_pkey_st> key, const x509_st& certificate)
    : key_(std::move(key)),
      thumbprint_(thumbprint_of(certificate)),
      not_before_(time_of(X509_get0_notBefore(&certificate))),
      not_after_(time_of(X509_get0_notAfter(&certificate))) {}

Result<ClientCertificate> ClientCertificate::read(const Secret& pem) {
  Result<Key> key = read_key(pem);
  if (!key) return fail(std::move(key.error()));
  Result<Certificate> certificate = read_certificate(pem, *key);
  if (!certificate) return fail(std::move(certificate.error()));
  return ClientCertificate(std::move(*key), **certificate);
}

Secret ClientCertificate::sign(const AssertionClaims& claims, AssertionAlgorithm algorithm) const {
  const bool is_ps256 = algorithm == AssertionAlgorithm::ps256;
  const json::object header{
      {"alg", is_ps256 ? "PS256" : "RS256"}, {"typ", "JWT"}, {"x5t#S256", thumbprint_}};
  const json::object payload{
      {"aud", claims.audience},        {"iss", claims.client_id},
      {"sub", claims.client_id},       {"jti", claims.id.to_string()},
      {"nbf", seconds_of(claims.now)}, {"exp", seconds_of(claims.now + kValidity)}};
  std::string text = base64url(json::serialize(header)) + "." + base64url(json::serialize(payload));
  const Bytes signature = sign_text(key_.get(), text, algorithm);
  std::string assertion;
  const std::string encoded = base64url(std::span<const std::uint8_t>(signature));
  assertion.reserve(text.size() + encoded.size() + 1);
  assertion += text;
  assertion += '.';
  assertion += encoded;
  return Secret(std::move(assertion));
}

}  // namespace devicebatch::partner_center
