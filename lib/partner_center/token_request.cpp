#include "partner_center/api.hpp"
#include "partner_center/token.hpp"
#include "partner_center/token_form.hpp"

#include <array>

namespace devicebatch::partner_center {

namespace {

constexpr std::string_view kAssertionType =
    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

std::string authority_of(std::string_view url) {
  while (url.ends_with('/')) url.remove_suffix(1);
  return std::string(url);
}

void add_grant(FormWriter& form, const TokenOptions& options, const Grant& grant) {
  const bool is_v1 = options.version == TokenVersion::v1;
  switch (grant.kind) {
    case Grant::Kind::client_credentials:
      return form.add("grant_type", "client_credentials");
    case Grant::Kind::refresh_token:
      form.add("grant_type", "refresh_token");
      return form.add("refresh_token", grant.value.reveal());
    case Grant::Kind::authorization_code:
      form.add("grant_type", "authorization_code");
      form.add("code", grant.value.reveal());
      return form.add("redirect_uri", grant.redirect_uri);
    case Grant::Kind::device_code:
      form.add("grant_type",
               is_v1 ? "device_code" : "urn:ietf:params:oauth:grant-type:device_code");
      return form.add(is_v1 ? "code" : "device_code", grant.value.reveal());
  }
}

void add_proof(FormWriter& form, const ClientProof& proof) {
  if (proof.kind == ClientProof::Kind::secret) {
    return form.add("client_secret", proof.value.reveal());
  }
  form.add("client_assertion_type", kAssertionType);
  form.add("client_assertion", proof.value.reveal());
}

}  // namespace

// The text is made anew when it must grow: a buffer that grows by itself leaves copies behind.
void FormWriter::add(std::string_view name, std::string_view value) {
  std::string encoded = percent_encode(value);
  std::string longer;
  longer.reserve(text_.size() + name.size() + encoded.size() + 2);
  longer += text_;
  if (!longer.empty()) longer += '&';
  longer += name;
  longer += '=';
  longer += encoded;
  wipe(encoded);
  wipe(text_);
  text_.swap(longer);
}

void add_audience(FormWriter& form, const TokenOptions& options, bool is_user) {
  if (options.version == TokenVersion::v1) {
    form.add("resource", options.resource);
    if (is_user) form.add("scope", "openid");
    return;
  }
  // offline_access asks for a refresh token.
  form.add("scope", authority_of(options.resource) +
                        (is_user ? "/user_impersonation offline_access openid" : "/.default"));
}

http::Request form_request(std::string url, FormWriter& form) {
  http::Request request;
  request.method = "POST";
  request.url = std::move(url);
  request.headers.emplace_back("Accept", "application/json");
  request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
  request.secret_body = std::make_shared<const Secret>(form.take());
  return request;
}

std::string identity_url(const TokenOptions& options, std::string_view endpoint) {
  const std::string_view version = options.version == TokenVersion::v1 ? "" : "v2.0/";
  return authority_of(options.authority_url) + "/" + percent_encode(options.tenant) + "/oauth2/" +
         std::string(version) + std::string(endpoint);
}

http::Request token_request(const TokenOptions& options, const ClientProof& proof,
                            const Grant& grant) {
  FormWriter form;
  add_grant(form, options, grant);
  form.add("client_id", options.client_id);
  add_proof(form, proof);
  add_audience(form, options, grant.kind != Grant::Kind::client_credentials);
  return form_request(identity_url(options, "token"), form);
}

http::Request token_request(const TokenOptions& options, const Secret& client_secret) {
  const ClientProof proof(ClientProof::Kind::secret, Secret(std::string(client_secret.reveal())));
  return token_request(options, proof, Grant());
}

}  // namespace devicebatch::partner_center
