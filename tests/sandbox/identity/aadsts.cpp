#include "sandbox/identity/aadsts.hpp"

#include <boost/json/value.hpp>

namespace devicebatch::sandbox {
namespace {

namespace json = boost::json;

struct Published {
  int number;
  unsigned status;
  const char* word;
  const char* text;
};

constexpr Published kPublished[] = {
    {50012, 400, "invalid_client", "Authentication failed."},
    {50027, 401, "invalid_client", "JWT token is invalid or malformed."},
    {50034, 400, "invalid_grant", "The user account does not exist in the directory."},
    {50053, 400, "invalid_grant", "The account is locked."},
    {50055, 400, "invalid_grant", "The password is expired."},
    {50057, 400, "invalid_grant", "The user account is disabled."},
    {50076, 400, "interaction_required",
     "Due to a configuration change made by your administrator, you must use multi-factor "
     "authentication to access the resource."},
    {50079, 400, "interaction_required",
     "Due to a configuration change made by your administrator, you must enroll in multi-factor "
     "authentication to access the resource."},
    {50173, 400, "invalid_grant",
     "The provided grant has expired due to it being revoked, a fresh auth token is needed."},
    {53000, 400, "invalid_grant", "Device is not in required device state."},
    {53003, 400, "interaction_required",
     "Access has been blocked by Conditional Access policies. The access policy does not allow "
     "token issuance."},
    {54005, 400, "invalid_grant",
     "OAuth2 Authorization code was already redeemed, please retry with a new valid code."},
    {65001, 400, "invalid_grant",
     "The user or administrator has not consented to use the application."},
    {65004, 400, "authorization_declined", "User declined to consent to access the app."},
    {70000, 400, "invalid_grant", "Provided grant is invalid or malformed."},
    {70002, 401, "invalid_client", "Error validating credentials."},
    {70003, 400, "unsupported_grant_type", "The app requested an unsupported grant type."},
    {70008, 400, "invalid_grant",
     "The provided authorization code or refresh token has expired due to inactivity."},
    {70011, 400, "invalid_scope", "The provided value for the input parameter 'scope' is invalid."},
    {70016, 400, "authorization_pending",
     "OAuth 2.0 device flow error. Authorization is pending. Continue polling."},
    {70020, 400, "expired_token",
     "The provided value for the input parameter 'device_code' is not valid. This device code has "
     "expired."},
    {90002, 400, "invalid_request",
     "Tenant not found. Check to make sure you have the correct one."},
    {90033, 503, "temporarily_unavailable", "A transient error has occurred. Please try again."},
    {500011, 400, "invalid_resource", "The resource principal was not found in the tenant."},
    {500133, 400, "invalid_grant", "Assertion is not within its valid time range."},
    {700016, 400, "unauthorized_client", "The application was not found in the directory."},
    {700021, 401, "invalid_client",
     "Client assertion application identifier doesn't match 'client_id' parameter."},
    {700023, 401, "invalid_client", "Client assertion audience claim does not match Realm issuer."},
    {700024, 401, "invalid_client", "Client assertion is not within its valid time range."},
    {700027, 401, "invalid_client", "Client assertion contains an invalid signature."},
    {700082, 400, "invalid_grant",
     "The refresh token has expired due to inactivity. The token was issued long ago and was "
     "inactive for 90.00:00:00."},
    {900144, 400, "invalid_request", "The request body must contain the parameter."},
    {900561, 405, "invalid_request", "The endpoint only accepts POST requests."},
    {1000502, 401, "invalid_client",
     "The provided certificate is not within its specified expiration times."},
    {1002012, 400, "invalid_scope",
     "The provided value for scope is not valid. Client credential flows must have a scope value "
     "with /.default suffixed to the resource identifier."},
    {7000112, 400, "unauthorized_client", "The application is disabled."},
    {7000215, 401, "invalid_client",
     "Invalid client secret provided. Ensure the secret being sent in the request is the client "
     "secret value, not the client secret ID."},
    {7000216, 401, "invalid_client",
     "'client_assertion', 'client_secret' or 'request' is required for the 'client_credentials' "
     "grant type."},
    {7000218, 401, "invalid_client",
     "The request body must contain the following parameter: 'client_assertion' or "
     "'client_secret'."},
    {7000222, 401, "invalid_client", "The provided client secret keys for the app are expired."},
};

}  // namespace

TokenError published_token_error(int number) {
  for (const Published& each : kPublished) {
    if (each.number == number) return {each.status, each.word, number, each.text};
  }
  return {400, "invalid_grant", number, "The request is refused."};
}

Answer token_error(World& world, const TokenError& error) {
  const std::string trace = world.new_guid();
  const std::string correlation = world.new_guid();
  const std::string at = format_utc(world.server_time()).substr(0, 19) + "Z";
  const std::string text = "AADSTS" + std::to_string(error.number) + ": " + error.text +
                           " Trace ID: " + trace + " Correlation ID: " + correlation +
                           " Timestamp: " + at;
  return json_answer(error.status, {{"error", error.word},
                                    {"error_description", text},
                                    {"error_codes", json::array{error.number}},
                                    {"timestamp", at},
                                    {"trace_id", trace},
                                    {"correlation_id", correlation}});
}

}  // namespace devicebatch::sandbox
