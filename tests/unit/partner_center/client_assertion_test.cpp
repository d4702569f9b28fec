#include "partner_center/client_assertion.hpp"

#include "base/random.hpp"
#include "support/client_identity.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::partner_center;
using support::ClientIdentity;
using support::decode_base64url;
using namespace std::chrono_literals;

namespace {

namespace json = boost::json;

const UtcTime kNow = *parse_utc("2026-11-24T12:00:00Z");
constexpr const char* kEndpoint =
    "https://login.microsoftonline.com/contoso.onmicrosoft.com/oauth2/token";

Secret secret(std::string text) {
  return Secret(std::move(text));
}

std::string refusal(std::string pem) {
  const auto certificate = ClientCertificate::read(secret(std::move(pem)));
  REQUIRE_FALSE(certificate);
  CHECK(certificate.error().code() == Errc::bad_config);
  CHECK_THAT(certificate.error().message(), !Catch::Contains("MII"));
  return certificate.error().message();
}

std::vector<std::string> parts_of(std::string jwt) {
  std::vector<std::string> parts;
  for (std::size_t dot = 0; (dot = jwt.find('.')) != std::string::npos;) {
    parts.push_back(jwt.substr(0, dot));
    jwt.erase(0, dot + 1);
  }
  parts.push_back(jwt);
  return parts;
}

AssertionClaims claims() {
  SeededRandom random(3);
  AssertionClaims claims;
  claims.audience = kEndpoint;
  claims.client_id = "00000000-0000-0000-0000-0000000000c1";
  claims.id = Uuid::random(random);
  claims.now = kNow;
  return claims;
}

}  // namespace

TEST_CASE("an assertion says who asks whom, for five minutes, under the certificate's name") {
  const ClientIdentity identity;
  const auto certificate = ClientCertificate::read(secret(identity.pem()));
  REQUIRE(certificate);
  CHECK(certificate->thumbprint() == identity.thumbprint());
  const auto algorithm = GENERATE(AssertionAlgorithm::ps256, AssertionAlgorithm::rs256);
  const bool is_pss = algorithm == AssertionAlgorithm::ps256;
  const std::string jwt(certificate->sign(claims(), algorithm).reveal());
  const auto parts = parts_of(jwt);
  REQUIRE(parts.size() == 3);
  const json::object header = json::parse(decode_base64url(parts[0])).as_object();
  CHECK(header == json::object{{"alg", is_pss ? "PS256" : "RS256"},
                               {"typ", "JWT"},
                               {"x5t#S256", identity.thumbprint()}});
  const json::object payload = json::parse(decode_base64url(parts[1])).as_object();
  CHECK(payload == json::object{{"aud", kEndpoint},
                                {"iss", "00000000-0000-0000-0000-0000000000c1"},
                                {"sub", "00000000-0000-0000-0000-0000000000c1"},
                                {"jti", claims().id.to_string()},
                                {"nbf", 1'795'521'600},
                                {"exp", 1'795'521'900}});
  CHECK(identity.has_signed(jwt, is_pss));
  CHECK_FALSE(identity.has_signed(jwt, !is_pss));
  CHECK(jwt.find_first_of("+/=") == std::string::npos);
}

TEST_CASE("certificate and key may come in either order, with others around") {
  const ClientIdentity identity;
  CHECK(ClientCertificate::read(secret(identity.key_pem() + identity.certificate_pem())));
  CHECK(ClientCertificate::read(
      secret("Bag Attributes\n  friendlyName: contoso\n" + identity.pem())));
}

TEST_CASE("a certificate says from when and until when it is good") {
  ClientIdentity::Options options;
  options.valid_from_s = -100;
  options.valid_until_s = 86'400;
  const auto certificate = ClientCertificate::read(secret(ClientIdentity(options).pem()));
  REQUIRE(certificate);
  const auto length = certificate->not_after() - certificate->not_before();
  CHECK(length >= 86'500s);
  CHECK(length <= 86'502s);
  const UtcTime now = SystemClock().now_utc();
  CHECK(certificate->not_before() < now);
  CHECK(certificate->not_after() > now);
}

TEST_CASE("a PEM that cannot be used says why in one sentence, and nothing of the key") {
  const ClientIdentity identity;
  CHECK(refusal("") == "holds no private key; put certificate and key into one PEM file");
  CHECK(refusal("hello") == "holds no private key; put certificate and key into one PEM file");
  CHECK(refusal(identity.certificate_pem()) ==
        "holds no private key; put certificate and key into one PEM file");
  CHECK(refusal(identity.key_pem()) ==
        "holds no certificate; put certificate and key into one PEM file");
  std::string cut = identity.pem();
  cut.resize(cut.size() / 2);
  CHECK_THAT(refusal(cut), Catch::Contains("no private key"));
  // Made with `openssl pkcs8 -topk8 -v2 aes256` from a key that is thrown away, then shortened.
  CHECK_THAT(refusal("-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIFNTBfBgkqhkiG9w0BBQ0wUjAxBgkqhkiG\n"
                     "-----END ENCRYPTED PRIVATE KEY-----\n" +
                     identity.certificate_pem()),
             Catch::Contains("is encrypted"));
}

TEST_CASE("a key that is not RSA, or that belongs to another certificate, is refused") {
  // P-256, made for this test and used nowhere.
  const std::string elliptic =
      "-----BEGIN PRIVATE KEY-----\n"
      "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgevZzL1gdAFr88hb2\n"
      "OF/2NxApJCzGCEDdfSp6VQO30hyhRANCAAQRWz+jn65BtOMvdyHKcvjBeBSDZH2r\n"
      "1RTwjmYSi9R/zpBnuQ4EiMnCqfMPWiZqB4QdbAd0E7oH50VpuZ1P087G\n"
      "-----END PRIVATE KEY-----\n";
  CHECK_THAT(refusal(elliptic + ClientIdentity().certificate_pem()), Catch::Contains("no RSA key"));
}
