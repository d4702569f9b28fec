#include "sandbox/identity/token_endpoint.hpp"

#include "base/text.hpp"
#include "sandbox/identity/base64url.hpp"
#include "sandbox/identity/grants.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

namespace devicebatch::sandbox {
namespace {

namespace json = boost::json;

// v1 writes every number as a text.
json::object describe(World& world, const TokenRequest& request, const Grant& grant) {
  const Token& token = grant.token;
  const std::int64_t lifetime = world.options.token_lifetime.count();
  const auto started = std::chrono::floor<std::chrono::seconds>(token.issued_at);
  const std::int64_t started_s = started.time_since_epoch().count();
  json::object body = {{"token_type", "Bearer"}};
  if (request.version == IdentityVersion::v2) {
    if (!token.is_app_only) body["scope"] = token.audience + "/user_impersonation";
    body["expires_in"] = lifetime;
    body["ext_expires_in"] = lifetime;
  } else {
    if (!token.is_app_only) body["scope"] = "user_impersonation";
    body["expires_in"] = std::to_string(lifetime);
    body["ext_expires_in"] = std::to_string(lifetime);
    body["expires_on"] = std::to_string(started_s + lifetime);
    body["not_before"] = std::to_string(started_s);
    body["resource"] = token.audience;
  }
  body["access_token"] = world.tokens.issue(token, *world.random);
  if (grant.refresh) {
    body["refresh_token"] = world.tokens.write_refresh_token(*grant.refresh, *world.random);
  }
  if (!token.is_app_only && request.has_scope("openid")) {
    const json::value claims = {{"aud", token.client}, {"tid", token.tenant}};
    body["id_token"] = to_base64url(R"({"typ":"JWT","alg":"none"})") + '.' +
                       to_base64url(json::serialize(claims)) + '.';
  }
  return body;
}

void write_down(World& world, const TokenRequest& request, const Grant& grant) {
  json::object event = {{"event", "token"},
                        {"at", format_utc(world.clock.now_utc())},
                        {"tenant", printable(request.tenant)},
                        {"client_id", printable(request["client_id"])},
                        {"grant", printable(request["grant_type"])},
                        {"issued", !grant.refusal}};
  if (grant.refusal) event["aadsts"] = grant.refusal->number;
  world.ledger.append(event);
}

Answer token_answer(World& world, TokenRequest& request) {
  ++world.tokens.requests;
  const Grant grant = grant_token(world, request);
  write_down(world, request, grant);
  if (grant.refusal) return token_error(world, *grant.refusal);
  Answer answer = json_answer(200, describe(world, request, grant));
  answer.add("Cache-Control", "no-store, no-cache");
  return answer;
}

// The person at the browser always agrees, and comes back with the code.
Answer authorize(World& world, TokenRequest& request) {
  const std::string& target = request.request.target;
  request.read_form(target.substr(std::min(target.find('?'), target.size() - 1) + 1));
  const std::string& back = request["redirect_uri"];
  const bool is_answerable = !back.empty() && back.find_first_of("\r\n") == std::string::npos;
  if (!is_answerable) return token_error(world, published_token_error(900144));
  Answer answer;
  answer.status = 302;
  answer.is_gateway = true;
  const char separator = back.find('?') == std::string::npos ? '?' : '&';
  std::string state;  // whatever the client wrote, still encoded
  if (const std::size_t at = target.find("state="); at != std::string::npos) {
    state = "&" + target.substr(at, target.find('&', at) - at);
  }
  world.tokens.forget_once("code " + world.options.authorization_code);
  answer.add("Location", back + separator + "code=" + world.options.authorization_code + state);
  return answer;
}

}  // namespace

bool is_token_request(const Request& request) {
  return TokenRequest(request).version != IdentityVersion::none;
}

Answer issue_token(World& world, const Request& from) {
  TokenRequest request(from);
  if (request.call == IdentityCall::authorize) return authorize(world, request);
  if (from.method != "POST") return token_error(world, published_token_error(900561));
  request.read_form(from.body);
  if (request.call == IdentityCall::device_code) return begin_device_code(world, request);
  return token_answer(world, request);
}

}  // namespace devicebatch::sandbox
