#include "sandbox/identity/assertion.hpp"

#include "base/text.hpp"
#include "sandbox/identity/base64url.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <array>
#include <memory>
#include <vector>

namespace devicebatch::sandbox {
namespace {

namespace json = boost::json;
using Certificate = std::shared_ptr<X509>;

// How far the clocks of client and platform may differ.
constexpr std::chrono::minutes kSkew{5};

struct Jwt {
  json::object header;
  json::object claims;
  std::string signed_part;
  std::string signature;
};

std::optional<json::object> read_part(std::string_view part) {
  const auto text = from_base64url(part);
  if (!text) return std::nullopt;
  json::error_code error;
  const json::value value = json::parse(*text, error);
  if (error || !value.is_object()) return std::nullopt;
  return value.get_object();
}

std::optional<Jwt> read_jwt(std::string_view text) {
  const std::size_t first = text.find('.');
  const std::size_t last = text.rfind('.');
  if (first == std::string_view::npos || first == last) return std::nullopt;
  auto header = read_part(text.substr(0, first));
  auto claims = read_part(text.substr(first + 1, last - first - 1));
  auto signature = from_base64url(text.substr(last + 1));
  if (!header || !claims || !signature) return std::nullopt;
  return Jwt{*header, *claims, std::string(text.substr(0, last)), *signature};
}

std::vector<Certificate> read_certificates(const std::string& path) {
  std::vector<Certificate> certificates;
  const std::unique_ptr<BIO, decltype(&BIO_free)> file(BIO_new_file(path.c_str(), "r"), BIO_free);
  if (!file) return certificates;
  while (X509* each = PEM_read_bio_X509(file.get(), nullptr, nullptr, nullptr)) {
    certificates.emplace_back(each, X509_free);
  }
  ERR_clear_error();  // the end of the file is reported as an error
  return certificates;
}

std::string thumbprint(const Certificate& certificate, const EVP_MD* kind) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned size = 0;
  X509_digest(certificate.get(), kind, bytes.data(), &size);
  return to_base64url(std::string(bytes.begin(), bytes.begin() + size));
}

std::string text_of(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  const bool is_text = value != nullptr && value->is_string();
  return is_text ? std::string(std::string_view(value->get_string())) : std::string();
}

Certificate find_certificate(const Jwt& jwt, const std::string& path) {
  const std::string sha256 = text_of(jwt.header, "x5t#S256");
  const std::string sha1 = text_of(jwt.header, "x5t");
  for (const Certificate& each : read_certificates(path)) {
    const bool is_it = sha256.empty() ? thumbprint(each, EVP_sha1()) == sha1
                                      : thumbprint(each, EVP_sha256()) == sha256;
    if (is_it) return each;
  }
  return nullptr;
}

bool has_valid_signature(const Jwt& jwt, const Certificate& certificate) {
  const std::string algorithm = text_of(jwt.header, "alg");
  if (algorithm != "PS256" && algorithm != "RS256") return false;
  EVP_PKEY* key = X509_get0_pubkey(certificate.get());
  if (key == nullptr || EVP_PKEY_base_id(key) != EVP_PKEY_RSA) return false;
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        EVP_MD_CTX_free);
  EVP_PKEY_CTX* key_context = nullptr;  // belongs to context
  bool is_good = EVP_DigestVerifyInit(context.get(), &key_context, EVP_sha256(), nullptr, key) == 1;
  if (is_good && algorithm == "PS256") {
    is_good = EVP_PKEY_CTX_set_rsa_padding(key_context, RSA_PKCS1_PSS_PADDING) == 1 &&
              EVP_PKEY_CTX_set_rsa_pss_saltlen(key_context, RSA_PSS_SALTLEN_DIGEST) == 1;
  }
  const auto bytes = [](const std::string& text) {
    return reinterpret_cast<const unsigned char*>(text.data());
  };
  is_good = is_good && EVP_DigestVerify(context.get(), bytes(jwt.signature), jwt.signature.size(),
                                        bytes(jwt.signed_part), jwt.signed_part.size()) == 1;
  ERR_clear_error();
  return is_good;
}

bool is_for(const Jwt& jwt, const std::string& endpoint) {
  const json::value* audience = jwt.claims.if_contains("aud");
  if (audience == nullptr) return false;
  if (!audience->is_array()) return equals_ignoring_case(text_of(jwt.claims, "aud"), endpoint);
  for (const json::value& each : audience->get_array()) {
    if (each.is_string() && equals_ignoring_case(std::string_view(each.get_string()), endpoint)) {
      return true;
    }
  }
  return false;
}

std::optional<UtcTime> time_of(const Jwt& jwt, std::string_view name) {
  const json::value* value = jwt.claims.if_contains(name);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  json::error_code error;
  const auto seconds = value->to_number<std::int64_t>(error);
  if (error || seconds < 0 || seconds > 100'000'000'000) return std::nullopt;
  return UtcTime(std::chrono::seconds(seconds));
}

bool is_valid_at(const Jwt& jwt, UtcTime now) {
  const auto ends = time_of(jwt, "exp");
  const auto begins = time_of(jwt, "nbf");
  return ends && *ends + kSkew > now && (!begins || *begins - kSkew <= now);
}

bool is_certificate_valid(const Certificate& certificate) {
  return X509_cmp_current_time(X509_get0_notBefore(certificate.get())) < 0 &&
         X509_cmp_current_time(X509_get0_notAfter(certificate.get())) > 0;
}

int refuse_claims(World& world, const Assertion& assertion, const Jwt& jwt, std::string& why) {
  if (!is_for(jwt, assertion.endpoint)) {
    why = "expected audience: " + assertion.endpoint;
    return 700023;
  }
  // The client dates its assertion by its own clock, which does not follow a virtual one.
  const bool is_in_time =
      is_valid_at(jwt, world.server_time()) || is_valid_at(jwt, SystemClock().now_utc());
  if (!is_in_time) return 700024;
  const std::string id = text_of(jwt.claims, "jti");
  if (!id.empty() && world.tokens.remember_once("jti " + id)) return 0;
  why = id.empty() ? "no jti" : "the jti was used before";
  return 700027;
}

}  // namespace

int refuse_assertion(World& world, const Assertion& assertion, std::string& why) {
  const auto jwt = read_jwt(assertion.text);
  if (!jwt) return 50027;
  const bool is_own = text_of(jwt->claims, "iss") == assertion.client_id &&
                      text_of(jwt->claims, "sub") == assertion.client_id;
  if (!is_own) return 700021;
  const Certificate certificate = find_certificate(*jwt, world.options.client_certificate);
  if (!certificate) {
    why = "[Reason - The key was not found.]";
    return 700027;
  }
  if (!has_valid_signature(*jwt, certificate)) {
    why = "[Reason - The key was found, but the signature is not valid.]";
    return 700027;
  }
  if (!is_certificate_valid(certificate)) return 1000502;
  return refuse_claims(world, assertion, *jwt, why);
}

Result<void> check_certificate_file(const std::string& path) {
  if (!read_certificates(path).empty()) return {};
  return fail(Errc::bad_config, "--client-certificate: " + printable(path) +
                                    " holds no certificate (PEM is expected)");
}

}  // namespace devicebatch::sandbox
