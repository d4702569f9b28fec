#include "sandbox/identity/grants.hpp"

#include "base/text.hpp"
#include "sandbox/identity/client_auth.hpp"

#include <boost/json/value.hpp>

namespace devicebatch::sandbox {
namespace {

namespace json = boost::json;
using std::chrono::seconds;

constexpr std::string_view kDeviceGrant = "urn:ietf:params:oauth:grant-type:device_code";
constexpr seconds kDeviceCodeLifetime{900};

std::int64_t epoch_seconds(const World& world) {
  return std::chrono::floor<seconds>(world.server_time()).time_since_epoch().count();
}

Grant refused(TokenError error) {
  Grant grant;
  grant.refusal = std::move(error);
  return grant;
}

Grant refused(int number) {
  return refused(published_token_error(number));
}

TokenError missing(std::string_view name) {
  TokenError error = published_token_error(900144);
  error.text =
      "The request body must contain the following parameter: '" + std::string(name) + "'.";
  return error;
}

// A token for the caller; `audience` when the request names none.
Grant granted(const World& world, const TokenRequest& request, const std::string& audience) {
  Grant grant;
  Token& token = grant.token;
  token.audience = request.audience();
  if (token.audience.empty()) token.audience = audience;
  if (!world.options.token_audience.empty()) token.audience = world.options.token_audience;
  token.tenant = request.tenant;
  token.client = to_lower(request["client_id"]);
  token.issued_at = world.server_time();
  token.ends_at = token.issued_at + world.options.token_lifetime;
  token.expires = world.clock.now_mono() + world.options.token_lifetime;
  return grant;
}

Grant granted_to_user(const World& world, const TokenRequest& request,
                      const std::string& audience = {}) {
  Grant grant = granted(world, request, audience);
  grant.token.is_app_only = false;
  grant.token.has_mfa = world.options.has_mfa;
  return grant;
}

void add_refresh_token(const World& world, const TokenRequest& request, bool is_public,
                       Grant& grant) {
  RefreshToken& refresh = grant.refresh.emplace();
  refresh.tenant = request.tenant;
  refresh.client = grant.token.client;
  refresh.is_public = is_public;
  refresh.issued_at_s = epoch_seconds(world);
}

// A first refresh token comes with v1 always, with v2 when it is asked for.
bool wants_refresh_token(const TokenRequest& request) {
  return request.version == IdentityVersion::v1 || request.has_scope("offline_access");
}

Grant by_client_credentials(World& world, const TokenRequest& request) {
  if (auto refusal = refuse_client(world, request)) return refused(*refusal);
  if (request.version == IdentityVersion::v2) {
    if (request["scope"].empty()) return refused(missing("scope"));
    if (!request["scope"].ends_with("/.default")) return refused(1002012);
  }
  return granted(world, request, {});
}

// The number it is refused with, or 0.
int refuse_refresh_token(const World& world, const TokenRequest& request, bool& is_public) {
  const std::string& text = request["refresh_token"];
  if (text == world.options.refresh_token) return world.tokens.revocation_of(text);
  const auto token = Tokens::read_refresh_token(text);
  const bool is_own =
      token && token->tenant == request.tenant && token->client == to_lower(request["client_id"]);
  if (!is_own) return 70000;
  is_public = token->is_public;
  if (const int number = world.tokens.revocation_of(text, token->generation)) return number;
  const seconds age(epoch_seconds(world) - token->issued_at_s);
  return age >= world.options.refresh_token_lifetime ? 700082 : 0;
}

Grant by_refresh_token(World& world, const TokenRequest& request) {
  if (request["refresh_token"].empty()) return refused(missing("refresh_token"));
  bool is_public = false;
  const int number = refuse_refresh_token(world, request, is_public);
  if (brings_credential(request) || !is_public) {
    if (auto refusal = refuse_client(world, request)) return refused(*refusal);
  }
  if (number != 0) return refused(number);
  ++world.tokens.refreshed;
  Grant grant = granted_to_user(world, request);
  if (world.options.rotates_refresh_tokens) add_refresh_token(world, request, is_public, grant);
  return grant;
}

Grant by_authorization_code(World& world, const TokenRequest& request) {
  if (request["code"].empty()) return refused(missing("code"));
  if (request["redirect_uri"].empty()) return refused(missing("redirect_uri"));
  if (auto refusal = refuse_client(world, request)) return refused(*refusal);
  if (request["code"] != world.options.authorization_code) return refused(70000);
  if (!world.tokens.remember_once("code " + request["code"])) return refused(54005);
  Grant grant = granted_to_user(world, request);
  if (wants_refresh_token(request)) add_refresh_token(world, request, false, grant);
  return grant;
}

// v1 calls the same thing `code`.
std::string device_code_of(const TokenRequest& request) {
  const std::string& code = request["device_code"];
  return code.empty() ? request["code"] : code;
}

Grant by_device_code(World& world, const TokenRequest& request) {
  const std::string text = device_code_of(request);
  if (text.empty()) return refused(missing("device_code"));
  const bool is_public = !brings_credential(request);
  if (!is_public) {
    if (auto refusal = refuse_client(world, request)) return refused(*refusal);
  }
  DeviceCode* code = world.device_codes.find(text);
  if (code == nullptr || code->client != to_lower(request["client_id"])) return refused(70000);
  const Options& options = world.options;
  const bool is_over = code->expires <= world.clock.now_mono();
  if (is_over || options.device_code == DeviceCodeEnd::expire) return refused(70020);
  if (code->polls++ < options.device_code_pending) return refused(70016);
  if (options.device_code == DeviceCodeEnd::decline) return refused(65004);
  Grant grant = granted_to_user(world, request, code->audience);
  add_refresh_token(world, request, is_public, grant);
  world.device_codes.remove(text);
  return grant;
}

// Two groups of four, as people can read it out.
std::string user_code_of(const std::string& guid) {
  std::string code = guid.substr(0, 8) + "0";
  for (char& c : code) c = ascii_upper(c);
  return code;
}

}  // namespace

std::optional<TokenError> refuse_caller(const World& world, const TokenRequest& request) {
  if (request["client_id"].empty()) return missing("client_id");
  if (world.accounts.is_open()) return std::nullopt;
  const Account* account = world.accounts.find(request.tenant);
  if (account == nullptr) return published_token_error(90002);
  const bool is_known =
      account->client_id.empty() || account->client_id == to_lower(request["client_id"]);
  if (!is_known) return published_token_error(700016);
  return std::nullopt;
}

Grant grant_token(World& world, const TokenRequest& request) {
  const std::string& kind = request["grant_type"];
  if (kind.empty()) return refused(missing("grant_type"));
  if (auto refusal = refuse_caller(world, request)) return refused(*refusal);
  if (kind == "client_credentials") return by_client_credentials(world, request);
  if (kind == "refresh_token") return by_refresh_token(world, request);
  if (kind == "authorization_code") return by_authorization_code(world, request);
  if (kind == kDeviceGrant || kind == "device_code") return by_device_code(world, request);
  return refused(70003);
}

Answer begin_device_code(World& world, const TokenRequest& request) {
  if (auto refusal = refuse_caller(world, request)) return token_error(world, *refusal);
  const std::string code = "sandbox-device-" + world.new_guid();
  const std::string user_code = user_code_of(world.new_guid());
  world.device_codes.add(code, {request.tenant, to_lower(request["client_id"]), request.audience(),
                                world.clock.now_mono() + kDeviceCodeLifetime, 0});
  const std::string page = "https://microsoft.com/devicelogin";
  json::object body = {{"user_code", user_code}, {"device_code", code}};
  body["message"] = "To sign in, use a web browser to open the page " + page +
                    " and enter the code " + user_code + " to authenticate.";
  const std::uint64_t interval = world.options.device_code_interval;
  if (request.version == IdentityVersion::v1) {
    body["verification_url"] = page;
    body["expires_in"] = std::to_string(kDeviceCodeLifetime.count());
    body["interval"] = std::to_string(interval);
  } else {
    body["verification_uri"] = page;
    body["expires_in"] = kDeviceCodeLifetime.count();
    body["interval"] = interval;
  }
  return json_answer(200, body);
}

}  // namespace devicebatch::sandbox
