#include "sandbox/tls/make_tls.hpp"

#include "base/check.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include <cerrno>
#include <memory>
#include <string>

namespace devicebatch::sandbox {
namespace {

using Key = std::shared_ptr<EVP_PKEY>;
using Certificate = std::shared_ptr<X509>;

constexpr long kDay = 86'400;
constexpr long kYears = 3650 * kDay;
constexpr unsigned kRsaBits = 2048;  // what the identity platform asks for at least

struct Wish {
  const char* name;
  const char* subject_alt_name;  // nullptr: none
  long valid_from_s = -kDay;     // from now
  long valid_until_s = kYears;
  bool is_authority = false;
};

Key new_key() {
  return Key(EVP_EC_gen("P-256"), EVP_PKEY_free);
}

Key new_rsa_key() {
  return Key(EVP_RSA_gen(kRsaBits), EVP_PKEY_free);
}

void add_extension(X509* certificate, X509* issuer, int kind, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value);
  DEVICEBATCH_CHECK(extension != nullptr);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

struct Issuer {
  Certificate certificate;  // nullptr: it signs itself
  Key key;
};

Certificate issue(const Wish& wish, const Key& key, const Issuer& issuer) {
  static long serial = 1;
  Certificate made(X509_new(), X509_free);
  X509* certificate = made.get();
  X509* signer = issuer.certificate ? issuer.certificate.get() : certificate;
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), serial++);
  X509_gmtime_adj(X509_getm_notBefore(certificate), wish.valid_from_s);
  X509_gmtime_adj(X509_getm_notAfter(certificate), wish.valid_until_s);
  X509_set_pubkey(certificate, key.get());
  const auto* name = reinterpret_cast<const unsigned char*>(wish.name);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC, name, -1, -1,
                             0);
  X509_set_issuer_name(certificate, X509_get_subject_name(signer));
  const char* constraints = wish.is_authority ? "critical,CA:TRUE" : "critical,CA:FALSE";
  add_extension(certificate, signer, NID_basic_constraints, constraints);
  if (wish.subject_alt_name != nullptr) {
    add_extension(certificate, signer, NID_subject_alt_name, wish.subject_alt_name);
  }
  DEVICEBATCH_CHECK(X509_sign(certificate, issuer.key.get(), EVP_sha256()) > 0);
  return made;
}

// The mode is set before anything secret is in the file.
Result<std::shared_ptr<BIO>> create(const std::filesystem::path& path, mode_t mode) {
  std::shared_ptr<BIO> file(BIO_new_file(path.c_str(), "w"), BIO_free);
  if (!file) return fail(system_error(errno, path.string()));
  if (::chmod(path.c_str(), mode) != 0) return fail(system_error(errno, path.string()));
  return file;
}

Result<void> write(const std::filesystem::path& path, const Certificate& certificate) {
  const auto file = create(path, 0644);
  if (!file) return fail(file.error());
  DEVICEBATCH_CHECK(PEM_write_bio_X509(file->get(), certificate.get()) == 1);
  return {};
}

Result<void> write(const std::filesystem::path& path, const Key& key) {
  const auto file = create(path, 0600);
  if (!file) return fail(file.error());
  DEVICEBATCH_CHECK(PEM_write_bio_PKCS8PrivateKey(file->get(), key.get(), nullptr, nullptr, 0,
                                                  nullptr, nullptr) == 1);
  return {};
}

constexpr const char* kOurNames = "IP:127.0.0.1,IP:::1,DNS:localhost";

struct ServerFile {
  const char* file;
  Wish wish;
};
constexpr ServerFile kServerFiles[] = {
    {"cert.pem", {"devicebatch sandbox", kOurNames}},
    {"expired.pem", {"devicebatch sandbox, expired", kOurNames, -2 * kDay, -kDay}},
    {"not-yet-valid.pem", {"devicebatch sandbox, not yet valid", kOurNames, kDay, 2 * kDay}},
    {"wrong-host.pem", {"devicebatch sandbox, elsewhere", "DNS:partnercenter.example"}},
};

Result<void> write_server_files(const std::filesystem::path& folder) {
  const Key authority_key = new_key();
  const Key key = new_key();
  const Certificate authority = issue({"devicebatch sandbox CA", nullptr, -kDay, kYears, true},
                                      authority_key, {nullptr, authority_key});
  if (auto written = write(folder / "ca.pem", authority); !written) return written;
  if (auto written = write(folder / "key.pem", key); !written) return written;
  for (const ServerFile& each : kServerFiles) {
    auto written = write(folder / each.file, issue(each.wish, key, {authority, authority_key}));
    if (!written) return written;
  }
  const Certificate own = issue({"devicebatch sandbox, by itself", kOurNames}, key, {nullptr, key});
  return write(folder / "self-signed.pem", own);
}

Result<void> write_client_files(const std::filesystem::path& folder) {
  const Key key = new_rsa_key();
  const Certificate certificate = issue({"devicebatch test client", nullptr}, key, {nullptr, key});
  if (auto written = write(folder / "client-cert.pem", certificate); !written) return written;
  return write(folder / "client-key.pem", key);
}

}  // namespace

Result<void> make_tls(const std::filesystem::path& folder) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error) return fail(system_error(error.value(), folder.string()));
  if (auto written = write_server_files(folder); !written) return written;
  return write_client_files(folder);
}

}  // namespace devicebatch::sandbox
