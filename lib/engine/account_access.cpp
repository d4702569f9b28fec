#include "engine/account_access.hpp"

#include "partner_center/client_assertion.hpp"
#include "settings/store_secret.hpp"

namespace devicebatch::engine {
namespace {

using partner_center::ClientCertificate;
using partner_center::ClientProof;
using partner_center::Grant;

std::string place_of(const settings::SecretRef& reference) {
  return reference.file.empty() ? "credential " + reference.credential : reference.file;
}

tl::unexpected<Error> unusable(const settings::Account& account, const std::string& why) {
  return fail(Errc::unauthorized,
              "the certificate in " + place_of(account.certificate) + " cannot be used: " + why);
}

Result<ClientCertificate> valid_certificate(const settings::Account& account, const Secret& pem,
                                            UtcTime now) {
  Result<ClientCertificate> certificate = ClientCertificate::read(pem);
  if (!certificate) return unusable(account, certificate.error().message());
  if (now >= certificate->not_after()) {
    return unusable(account, "it ended on " + format_utc(certificate->not_after()) +
                                 "; put a new one there and register it in Entra ID");
  }
  if (now < certificate->not_before()) {
    return unusable(account, "it is not valid before " + format_utc(certificate->not_before()) +
                                 "; check this machine's clock");
  }
  return certificate;
}

Grant grant_of(const settings::Account& account, const Secret& refresh_token) {
  if (account.mode == settings::AccountMode::app_only) return Grant();
  return Grant(Grant::Kind::refresh_token, Secret(std::string(refresh_token.reveal())));
}

}  // namespace

partner_center::TokenOptions token_options(const settings::Service& service,
                                           const settings::Account& account) {
  partner_center::TokenOptions options;
  options.authority_url = service.authority_url;
  options.resource = service.resource;
  options.tenant = account.tenant;
  options.client_id = account.client_id;
  options.version = account.token_endpoint == settings::TokenEndpoint::v1
                        ? partner_center::TokenVersion::v1
                        : partner_center::TokenVersion::v2;
  return options;
}

Result<ClientProof> make_proof(const settings::Account& account,
                               const partner_center::TokenOptions& options, Secret secret,
                               const ProofMoment& moment,
                               std::optional<UtcTime>& certificate_ends) {
  if (!account.certificate.is_set()) {
    return ClientProof(ClientProof::Kind::secret, std::move(secret));
  }
  Result<ClientCertificate> certificate = valid_certificate(account, secret, moment.now);
  if (!certificate) return fail(std::move(certificate.error()));
  certificate_ends = certificate->not_after();
  partner_center::AssertionClaims claims;
  claims.audience = identity_url(options, "token");
  claims.client_id = options.client_id;
  claims.id = moment.assertion_id;
  claims.now = moment.now;
  const auto algorithm = account.assertion_algorithm == settings::AssertionAlgorithm::ps256
                             ? partner_center::AssertionAlgorithm::ps256
                             : partner_center::AssertionAlgorithm::rs256;
  return ClientProof(ClientProof::Kind::assertion, certificate->sign(claims, algorithm));
}

TokenAsking prepare_asking(const settings::Account& account,
                           const partner_center::TokenOptions& options,
                           const std::string& credentials_directory, const ProofMoment& moment) {
  TokenAsking asking;
  asking.stamp = stamp_of_secrets(account, credentials_directory);
  Result<settings::AccountSecrets> secrets = read_account_secrets(account, credentials_directory);
  if (!secrets) {
    asking.request = fail(Errc::unauthorized, secrets.error().message());
    return asking;
  }
  asking.fingerprint = secrets->fingerprint();
  asking.refreshed_at = secrets->refreshed_at;
  if (!secrets->is_seed) asking.refresh_fingerprint = secrets->refresh_token.fingerprint();
  Result<ClientProof> proof =
      make_proof(account, options, std::move(secrets->proof), moment, asking.certificate_ends);
  if (!proof) {
    asking.request = fail(std::move(proof.error()));
    return asking;
  }
  asking.request = token_request(options, *proof, grant_of(account, secrets->refresh_token));
  if (secrets->is_seed) asking.seed = std::move(secrets->refresh_token);
  return asking;
}

Result<void> keep_refresh_token(const settings::Account& account, const TokenAsking& asking,
                                const partner_center::Token& token) {
  if (account.mode == settings::AccountMode::app_only) return {};
  const Secret* fresh = token.refresh ? token.refresh.get() : &asking.seed;
  if (fresh->is_empty() || fresh->fingerprint() == asking.refresh_fingerprint) return {};
  return settings::replace_secret(account.refresh_token.file, *fresh, asking.refresh_fingerprint);
}

}  // namespace devicebatch::engine
