#include "base/clock.hpp"
#include "sandbox/identity/base64url.hpp"
#include "sandbox/test/running_sandbox.hpp"
#include "sandbox/test/token_client.hpp"
#include "sandbox/tls/make_tls.hpp"
#include "support/temp_dir.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <catch2/catch.hpp>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <array>
#include <memory>

using namespace devicebatch::sandbox;
namespace json = boost::json;

namespace {

std::int64_t now_s() {
  const auto now = devicebatch::SystemClock().now_utc();
  return std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
}

// A client that proves itself with client-cert.pem and client-key.pem.
class AssertingClient {
 public:
  explicit AssertingClient(const std::filesystem::path& folder) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> key(
        BIO_new_file((folder / "client-key.pem").c_str(), "r"), BIO_free);
    key_.reset(PEM_read_bio_PrivateKey(key.get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
    const std::unique_ptr<BIO, decltype(&BIO_free)> file(
        BIO_new_file((folder / "client-cert.pem").c_str(), "r"), BIO_free);
    certificate_.reset(PEM_read_bio_X509(file.get(), nullptr, nullptr, nullptr), X509_free);
    REQUIRE(key_);
    REQUIRE(certificate_);
  }

  std::string thumbprint(const EVP_MD* kind) const {
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
    unsigned size = 0;
    X509_digest(certificate_.get(), kind, bytes.data(), &size);
    return to_base64url(std::string(bytes.begin(), bytes.begin() + size));
  }

  std::string assertion(json::object header, const json::object& claims) const {
    header.emplace("typ", "JWT");
    header.emplace("alg", "PS256");
    header.emplace("x5t#S256", thumbprint(EVP_sha256()));
    const std::string text =
        to_base64url(json::serialize(header)) + '.' + to_base64url(json::serialize(claims));
    return text + '.' + to_base64url(sign(text, header.at("alg") == "PS256"));
  }

 private:
  std::string sign(const std::string& text, bool is_pss) const {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                          EVP_MD_CTX_free);
    EVP_PKEY_CTX* settings = nullptr;
    REQUIRE(EVP_DigestSignInit(context.get(), &settings, EVP_sha256(), nullptr, key_.get()) == 1);
    if (is_pss) {
      EVP_PKEY_CTX_set_rsa_padding(settings, RSA_PKCS1_PSS_PADDING);
      EVP_PKEY_CTX_set_rsa_pss_saltlen(settings, RSA_PSS_SALTLEN_DIGEST);
    }
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
    std::size_t size = 0;
    REQUIRE(EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size()) == 1);
    std::string signature(size, '\0');
    REQUIRE(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                           bytes, text.size()) == 1);
    signature.resize(size);
    return signature;
  }

  std::shared_ptr<EVP_PKEY> key_;
  std::shared_ptr<X509> certificate_;
};

// Key generation takes a while, so all cases share the files.
const std::filesystem::path& tls_folder() {
  static const devicebatch::support::TempDir folder;
  static const bool is_made = make_tls(folder.path()).has_value();
  REQUIRE(is_made);
  return folder.path();
}

struct Fixture {
  Fixture() : sandbox(with_certificate()), client(tls_folder()) {}

  static Options with_certificate() {
    Options options = quick_options();
    options.client_certificate = (tls_folder() / "client-cert.pem").string();
    return options;
  }

  json::object claims(bool is_v2 = true) {
    const std::string path =
        is_v2 ? "/contoso.example/oauth2/v2.0/token" : "/contoso.example/oauth2/token";
    return {{"aud", "http://127.0.0.1:" + std::to_string(sandbox.port()) + path},
            {"iss", "client"},
            {"sub", "client"},
            {"jti", "jti-" + std::to_string(++number)},
            {"nbf", now_s()},
            {"exp", now_s() + 300}};
  }

  std::string form(const json::object& header, const json::object& payload) const {
    return "grant_type=client_credentials&client_id=client"
           "&scope=https%3A%2F%2Fapi.partnercenter.microsoft.com%2F.default"
           "&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"
           "&client_assertion=" +
           client.assertion(header, payload);
  }

  Reply ask(const json::object& header, const json::object& payload) const {
    return TokenClient(sandbox).ask_v2(form(header, payload));
  }

  // The refusal of an assertion with one claim changed.
  std::int64_t refusal(const char* name, const json::value& value) {
    json::object changed = claims();
    changed[name] = value;
    return aadsts_of(ask({}, changed));
  }

  RunningSandbox sandbox;
  AssertingClient client;
  int number = 0;
};

}  // namespace

TEST_CASE("a certificate takes the place of a secret, with either algorithm") {
  Fixture it;
  const Reply pss = it.ask({}, it.claims());
  REQUIRE(pss.status == 200);
  const std::string token = text_at(pss.json(), "access_token");
  CHECK(it.sandbox.get(batches_path(), {{"Authorization", "Bearer " + token}}).status == 200);
  CHECK(it.ask({{"alg", "RS256"}}, it.claims()).status == 200);
  const json::object sha1 = {{"x5t", it.client.thumbprint(EVP_sha1())}, {"x5t#S256", ""}};
  CHECK(it.ask(sha1, it.claims()).status == 200);
  const std::string v1 = it.form({}, it.claims(false));
  CHECK(TokenClient(it.sandbox).ask_v1(v1).status == 200);
}

TEST_CASE("an assertion serves the other grants, too") {
  Fixture it;
  std::string form = it.form({}, it.claims());
  form.replace(0, std::string("grant_type=client_credentials").size(),
               "grant_type=refresh_token&refresh_token=sandbox-refresh-token");
  CHECK(TokenClient(it.sandbox).ask_v2(form).status == 200);
}

TEST_CASE("an assertion is refused by what is wrong with it") {
  Fixture it;
  CHECK(it.refusal("aud", "https://login.example/token") == 700023);
  CHECK(it.refusal("iss", "somebody") == 700021);
  CHECK(it.refusal("sub", "somebody") == 700021);
  CHECK(it.refusal("exp", now_s() - 400) == 700024);
  CHECK(it.refusal("exp", nullptr) == 700024);
  CHECK(it.refusal("nbf", now_s() + 400) == 700024);
  CHECK(it.refusal("jti", "") == 700027);
  CHECK(aadsts_of(it.ask({{"x5t#S256", "unknown"}}, it.claims())) == 700027);
  CHECK(aadsts_of(it.ask({{"alg", "HS256"}}, it.claims())) == 700027);
  const json::object both = it.claims();
  CHECK(it.ask({}, both).status == 200);
  CHECK(aadsts_of(it.ask({}, both)) == 700027);  // the same jti
}

TEST_CASE("a damaged assertion is refused") {
  Fixture it;
  const TokenClient tokens(it.sandbox);
  std::string form = it.form({}, it.claims());
  const char last = form.back();
  form.back() = last == 'A' ? 'B' : 'A';
  form[form.size() - 5] = form[form.size() - 5] == 'A' ? 'B' : 'A';
  CHECK(aadsts_of(tokens.ask_v2(form)) == 700027);
  const std::string start = form.substr(0, form.rfind('=') + 1);
  for (const char* bad : {"x", "a.b", "a.b.c", "e30.e30.e30", "!.e30.e30", "...."}) {
    CAPTURE(bad);
    const std::int64_t number = aadsts_of(tokens.ask_v2(start + bad));
    CHECK((number == 50027 || number == 700021));
  }
  CHECK(aadsts_of(tokens.ask_v2("grant_type=client_credentials&client_id=client"
                                "&client_assertion=a.b.c")) == 900144);
}

TEST_CASE("without a certificate no assertion is good") {
  Fixture it;
  it.sandbox.set_option(R"({"client_certificate":""})");
  CHECK(aadsts_of(it.ask({}, it.claims())) == 700027);
  CHECK(it.sandbox.post("/sandbox/options", R"({"client_certificate":"/nowhere.pem"})").status ==
        400);
}

TEST_CASE("an assertion is dated by the client's clock, whatever the service's says") {
  Fixture it;
  it.sandbox.set_option(R"({"clock":"virtual"})");
  it.sandbox.steer("clock", R"({"advance_ms":86400000})");
  CHECK(it.ask({}, it.claims()).status == 200);
}
