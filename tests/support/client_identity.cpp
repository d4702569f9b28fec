#include "support/client_identity.hpp"

#include "base/check.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <array>

namespace devicebatch::support {
namespace {

std::shared_ptr<EVP_PKEY> one_key() {
  static const std::shared_ptr<EVP_PKEY> key(EVP_RSA_gen(2048), EVP_PKEY_free);
  return key;
}

std::string text_of(BIO* memory) {
  char* data = nullptr;
  const long length = BIO_get_mem_data(memory, &data);
  std::string text(data, static_cast<std::size_t>(length));
  BIO_free(memory);
  return text;
}

std::string encode_base64url(const unsigned char* bytes, std::size_t size) {
  std::string text(size * 2 + 8, '\0');
  text.resize(static_cast<std::size_t>(EVP_EncodeBlock(
      reinterpret_cast<unsigned char*>(text.data()), bytes, static_cast<int>(size))));
  for (char& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
  while (text.ends_with('=')) text.pop_back();
  return text;
}

}  // namespace

ClientIdentity::ClientIdentity(const Options& options)
    : key_(one_key()), certificate_(X509_new(), X509_free) {
  X509* certificate = certificate_.get();
  DEVICEBATCH_CHECK(key_ != nullptr && certificate != nullptr);
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 7);
  X509_gmtime_adj(X509_getm_notBefore(certificate), options.valid_from_s);
  X509_gmtime_adj(X509_getm_notAfter(certificate), options.valid_until_s);
  X509_set_pubkey(certificate, key_.get());
  DEVICEBATCH_CHECK(X509_sign(certificate, key_.get(), EVP_sha256()) > 0);
}

std::string ClientIdentity::certificate_pem() const {
  BIO* memory = BIO_new(BIO_s_mem());
  DEVICEBATCH_CHECK(PEM_write_bio_X509(memory, certificate_.get()) == 1);
  return text_of(memory);
}

std::string ClientIdentity::key_pem() const {
  BIO* memory = BIO_new(BIO_s_mem());
  DEVICEBATCH_CHECK(
      PEM_write_bio_PrivateKey(memory, key_.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
  return text_of(memory);
}

std::string ClientIdentity::thumbprint() const {
  std::array<unsigned char, 32> digest{};
  unsigned int size = 0;
  DEVICEBATCH_CHECK(X509_digest(certificate_.get(), EVP_sha256(), digest.data(), &size) == 1);
  return encode_base64url(digest.data(), size);
}

bool ClientIdentity::has_signed(const std::string& jwt, bool is_pss) const {
  const std::size_t dot = jwt.rfind('.');
  const std::string signature = decode_base64url(jwt.substr(dot + 1));
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  EVP_PKEY_CTX* options = nullptr;
  DEVICEBATCH_CHECK(EVP_DigestVerifyInit(context, &options, EVP_sha256(), nullptr, key_.get()) ==
                    1);
  if (is_pss) {
    EVP_PKEY_CTX_set_rsa_padding(options, RSA_PKCS1_PSS_PADDING);
    EVP_PKEY_CTX_set_rsa_pss_saltlen(options, RSA_PSS_SALTLEN_DIGEST);
  }
  const int verdict =
      EVP_DigestVerify(context, reinterpret_cast<const unsigned char*>(signature.data()),
                       signature.size(), reinterpret_cast<const unsigned char*>(jwt.data()), dot);
  EVP_MD_CTX_free(context);
  return verdict == 1;
}

std::string decode_base64url(std::string text) {
  for (char& c : text) c = c == '-' ? '+' : c == '_' ? '/' : c;
  const std::size_t padding = (4 - text.size() % 4) % 4;
  text.append(padding, '=');
  std::string bytes(text.size(), '\0');
  const int length = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                     reinterpret_cast<const unsigned char*>(text.data()),
                                     static_cast<int>(text.size()));
  DEVICEBATCH_CHECK(length >= 0);
  bytes.resize(static_cast<std::size_t>(length) - padding);
  return bytes;
}

}  // namespace devicebatch::support
