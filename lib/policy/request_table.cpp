// The answers of the service, row by row: what docs/errors.md shows and classify() walks.
#include "policy/classify.hpp"

#include <array>

namespace devicebatch::policy {

namespace {

// Advice that several rows share.
constexpr std::string_view kReportIt =
    "Report this with the request id: the service calls our request malformed.";
constexpr std::string_view kBadDevice =
    "Correct the row: the service refuses a request with this device in it.";
constexpr std::string_view kCheckCustomer =
    "Check the destination's customer id and that this customer has accepted the reseller "
    "relationship; then resume the destination.";
constexpr std::string_view kCheckRole =
    "Give the application or user the Admin agent or Sales agent role in Partner Center; then "
    "resume.";
constexpr std::string_view kCheckProgram =
    "The partner account is not active in the programme: check its status in Partner Center.";
constexpr std::string_view kCheckEntra =
    "Entra ID blocks the sign-in: check Conditional Access and the application's consent.";
constexpr std::string_view kWrongCloud =
    "The service does not offer this here: check base_url and whether the account is a sandbox.";
constexpr std::string_view kMiddlebox =
    "Something between this machine and the service answered: check the proxy, the captive portal "
    "and base_url.";
constexpr std::string_view kServiceFault =
    "If it lasts, look at the service's health page and report the request id to Microsoft.";
constexpr std::string_view kSmallerChunks =
    "Lower delivery.chunk_bytes or delivery.chunk_devices: the service takes no body of this size.";
constexpr std::string_view kRenewSecret =
    "Make a new client secret in Entra ID, put it in the account's secret file and resume.";
constexpr std::string_view kConsentAgain =
    "Give consent again with the service account, with multi-factor authentication.";
constexpr std::string_view kCheckAccount =
    "Check the account's tenant, client_id and authority_url, and that the application is "
    "registered "
    "in Partner Center.";

using enum Reaction;
using G = CallGroup;

constexpr RequestRow row(int status, CallGroup calls, std::string_view service_code,
                         Classified result) {
  return {status, status, calls, service_code, result};
}

constexpr RequestRow range(int first, int last, CallGroup calls, Classified result) {
  return {first, last, calls, "", result};
}

// The order of rows matters: a service code before its status, a status before its hundred.
constexpr std::array kRequestRows{
    range(200, 299, G::service, {accept, "http.2xx", ""}),
    range(200, 299, G::token, {accept, "http.2xx", ""}),
    // Redirects are never followed; whether the service saw the request cannot be told.
    range(300, 399, G::posts, {unconfirmed, "http.3xx", kMiddlebox}),
    range(300, 399, G::gets, {retry, "http.3xx", kMiddlebox}),
    range(300, 399, G::token, {retry, "http.3xx", kMiddlebox}),

    row(400, G::posts, "3000", {split, "service.3000", kBadDevice}),
    row(400, G::posts, "800002", {split, "service.800002", kBadDevice}),
    row(400, G::service, "3000", {refuse, "service.3000", kReportIt}),
    row(400, G::service, "800002", {refuse, "service.800002", kReportIt}),
    row(400, G::service, "900118", {pause_destination, "service.900118", kCheckCustomer}),
    row(400, G::posts, "900126", {split, "service.900126", kBadDevice}),
    row(400, G::service, "900126", {refuse, "service.900126", kReportIt}),
    row(400, G::service, "900127", {pause_account, "service.900127", kWrongCloud}),
    row(400, G::service, "900141", {pause_account, "service.900141", kWrongCloud}),
    row(400, G::service, "800042", {pause_account, "service.800042", kWrongCloud}),
    row(400, G::service, "2055", {refuse, "service.2055", kReportIt}),
    row(400, G::posts, "", {split, "http.400", kBadDevice}),
    row(400, G::service, "", {refuse, "http.400", kReportIt}),

    row(401, G::service, "900420",
        {pause_account, "service.900420",
         "The token is for another audience: set partner_center.resource to "
         "https://api.partnercenter.microsoft.com."}),
    row(401, G::service, "900421", {pause_account, "service.900421", kConsentAgain}),
    row(401, G::service, "400", {refresh_token, "service.400", ""}),
    row(401, G::service, "800001", {refresh_token, "service.800001", ""}),
    row(401, G::service, "", {refresh_token, "http.401", ""}),

    row(403, G::service, "2032", {pause_destination, "service.2032", kCheckCustomer}),
    row(403, G::service, "20002", {pause_destination, "service.20002", kCheckCustomer}),
    row(403, G::service, "900416",
        {pause_destination, "service.900416", "The customer's account is locked: ask Microsoft."}),
    row(403, G::service, "900149", {pause_account, "service.900149", kCheckProgram}),
    row(403, G::service, "800039", {pause_account, "service.800039", kCheckProgram}),
    row(403, G::service, "900150", {pause_account, "service.900150", kCheckRole}),
    row(403, G::service, "900308", {pause_account, "service.900308", kCheckRole}),
    row(403, G::service, "900309", {pause_account, "service.900309", kCheckEntra}),
    row(403, G::service, "90000", {pause_account, "service.90000", kCheckEntra}),
    row(403, G::service, "900329",
        {pause_account, "service.900329",
         "This call refuses app-only tokens: use App+User credentials, or create the batch once by "
         "hand in Partner Center."}),
    row(403, G::service, "1002", {pause_account, "service.1002", kCheckRole}),
    // Rights differ from customer to customer, so an unknown 403 stops one customer only.
    row(403, G::service, "", {pause_destination, "http.403", kCheckCustomer}),

    row(404, G::service, "60003", {pause_destination, "service.60003", kCheckCustomer}),
    row(404, G::append, "1000", {batch_missing, "service.1000", ""}),
    row(404, G::append, "", {batch_missing, "http.404", ""}),
    row(404, G::status, "1000", {job_missing, "service.1000", ""}),
    row(404, G::status, "", {job_missing, "http.404", ""}),
    row(404, G::devices, "1000", {batch_missing, "service.1000", ""}),
    row(404, G::devices, "", {batch_missing, "http.404", ""}),
    row(404, G::manage, "1000", {refuse, "service.1000", "It does not exist any more."}),
    row(404, G::manage, "", {refuse, "http.404", "It does not exist any more."}),
    row(404, G::service, "", {pause_destination, "http.404", kCheckCustomer}),
    // A door that is not there at all: every request would meet it.
    row(405, G::service, "", {pause_account, "http.405", kWrongCloud}),
    row(406, G::service, "", {pause_account, "http.406", kReportIt}),

    row(407, G::service, "",
        {pause_account, "http.407", "The proxy wants a sign-in: check partner_center.proxy."}),
    row(408, G::posts, "", {unconfirmed, "http.408", ""}),
    row(408, G::gets, "", {retry, "http.408", ""}),
    row(409, G::create, "", {batch_exists, "http.409", ""}),
    // Nothing documents a conflict of an upload; it may mean that this one arrived before.
    row(409, G::append, "", {look, "http.409", ""}),
    row(409, G::service, "", {refuse, "http.409", kReportIt}),
    row(410, G::append, "", {batch_missing, "http.410", ""}),
    row(410, G::devices, "", {batch_missing, "http.410", ""}),
    row(410, G::status, "", {job_missing, "http.410", ""}),
    row(410, G::manage, "", {refuse, "http.410", "It does not exist any more."}),
    row(410, G::service, "", {pause_destination, "http.410", kCheckCustomer}),
    row(413, G::posts, "", {halve, "http.413", kSmallerChunks}),
    row(413, G::service, "", {refuse, "http.413", kReportIt}),
    row(415, G::service, "", {pause_account, "http.415", kReportIt}),
    row(417, G::service, "800036",
        {pause_account, "service.800036", "Set wire.expect_continue to false."}),
    row(417, G::service, "", {pause_account, "http.417", "Set wire.expect_continue to false."}),
    row(422, G::posts, "", {split, "http.422", kBadDevice}),
    // 421, 423 and 425 say that the request was turned away unprocessed, for now.
    row(421, G::service, "", {retry, "http.421", ""}),
    row(423, G::service, "", {retry, "http.423", ""}),
    row(425, G::service, "", {retry, "http.425", ""}),
    row(429, G::service, "", {wait, "http.429", ""}),
    // 499 is a proxy's "the client went away": the service may have gone on.
    row(499, G::posts, "", {unconfirmed, "http.499", kMiddlebox}),
    row(499, G::gets, "", {retry, "http.499", kMiddlebox}),
    range(400, 499, G::posts, {split, "http.4xx", kReportIt}),
    range(400, 499, G::service, {refuse, "http.4xx", kReportIt}),

    row(500, G::posts, "800003", {unconfirmed, "service.800003", kServiceFault}),
    row(500, G::posts, "900192", {unconfirmed, "service.900192", kServiceFault}),
    row(500, G::gets, "800003", {retry, "service.800003", kServiceFault}),
    row(500, G::gets, "900192", {retry, "service.900192", kServiceFault}),
    row(501, G::service, "0", {pause_account, "service.0", kWrongCloud}),
    row(501, G::service, "", {pause_account, "http.501", kWrongCloud}),
    row(505, G::service, "", {pause_account, "http.505", kMiddlebox}),
    // 511 comes from a captive portal by definition: the service saw nothing.
    row(511, G::service, "", {retry, "http.511", kMiddlebox}),
    range(500, 599, G::posts, {unconfirmed, "http.5xx", kServiceFault}),
    range(500, 599, G::gets, {retry, "http.5xx", kServiceFault}),

    // The identity platform: AADSTS numbers, then the `error` words, then the status.
    range(429, 429, G::token, {wait, "http.429", ""}),
    row(400, G::token, "90033", {retry, "token.90033", ""}),
    row(400, G::token, "temporarily_unavailable", {retry, "token.temporarily_unavailable", ""}),
    row(400, G::token, "70008", {pause_account, "token.70008", kConsentAgain}),
    row(400, G::token, "700082", {pause_account, "token.700082", kConsentAgain}),
    row(400, G::token, "50173", {pause_account, "token.50173", kConsentAgain}),
    row(400, G::token, "50076", {pause_account, "token.50076", kConsentAgain}),
    row(400, G::token, "50079", {pause_account, "token.50079", kConsentAgain}),
    row(400, G::token, "65001", {pause_account, "token.65001", kConsentAgain}),
    RequestRow{400, 401, G::token, "7000215", {pause_account, "token.7000215", kRenewSecret}},
    RequestRow{400, 401, G::token, "7000222", {pause_account, "token.7000222", kRenewSecret}},
    RequestRow{400,
               401,
               G::token,
               "700027",
               {pause_account, "token.700027", "Check the certificate registered in Entra ID."}},
    RequestRow{400,
               401,
               G::token,
               "700024",
               {pause_account, "token.700024",
                "What the certificate signed is not valid at the identity service's time: set this "
                "machine's clock."}},
    RequestRow{400, 401, G::token, "700016", {pause_account, "token.700016", kCheckAccount}},
    RequestRow{400, 401, G::token, "90002", {pause_account, "token.90002", kCheckAccount}},
    RequestRow{400,
               401,
               G::token,
               "invalid_client",
               {pause_account, "token.invalid_client", kRenewSecret}},
    RequestRow{
        400, 401, G::token, "invalid_grant", {pause_account, "token.invalid_grant", kConsentAgain}},
    row(408, G::token, "", {retry, "http.408", ""}),
    row(425, G::token, "", {retry, "http.425", ""}),
    row(499, G::token, "", {retry, "http.499", kMiddlebox}),
    range(400, 499, G::token, {pause_account, "http.4xx", kCheckAccount}),
    range(500, 599, G::token, {retry, "http.5xx", kServiceFault}),

    // Not a status of HTTP at all.
    range(0, 999, G::posts, {unconfirmed, "http.other", kMiddlebox}),
    range(0, 999, G::gets, {retry, "http.other", kMiddlebox}),
    range(0, 999, G::token, {retry, "http.other", kMiddlebox}),
};

}  // namespace

std::span<const RequestRow> request_table() {
  return kRequestRows;
}

}  // namespace devicebatch::policy
