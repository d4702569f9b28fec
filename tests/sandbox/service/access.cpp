#include "sandbox/service/access.hpp"

#include "base/text.hpp"
#include "base/uuid.hpp"

namespace devicebatch::sandbox {
namespace {

Answer denied(std::string_view code, std::string_view description) {
  Answer answer = service_error(401, code, description);
  answer.add("WWW-Authenticate", "OAuth realm=urn:cpsvc:cpid:sandbox");
  return answer;
}

// The credentials behind "Bearer"; nullopt without any.
std::optional<std::string_view> bearer_of(const Request& request) {
  std::string_view credentials = request.header("Authorization");
  constexpr std::string_view kScheme = "Bearer ";
  if (!equals_ignoring_case(credentials.substr(0, kScheme.size()), kScheme)) return std::nullopt;
  credentials.remove_prefix(kScheme.size());
  return trim(credentials);
}

std::optional<Answer> check_token(const World& world, const Token& token, bool creates) {
  const Options& options = world.options;
  if (!is_same_audience(token.audience, options.resource)) {
    return service_error(401, "900420", "The audience of the token is not accepted.");
  }
  if (!token.is_app_only && !token.has_mfa) {
    return service_error(401, "900421",
                         "The token was issued without multi-factor authentication.");
  }
  const bool is_allowed = options.app_only_calls && (!creates || options.app_only_creates);
  if (token.is_app_only && !is_allowed) {
    return service_error(403, "900329", "App-only calls are not supported here.");
  }
  return std::nullopt;
}

std::optional<Answer> check_customer(const World& world, const Token& token,
                                     const std::string& customer) {
  const CustomerLists& lists = world.rules.customers();
  if (lists.unknown.contains(customer)) {
    return service_error(404, "60003", "Tenant is not found.");
  }
  if (lists.forbidden.contains(customer) || !world.accounts.serves(token.tenant, customer)) {
    return service_error(403, "20002", "The partner has no relationship with the customer.");
  }
  if (lists.locked.contains(customer)) {
    return service_error(403, "900416", "The customer account is locked.");
  }
  return std::nullopt;
}

}  // namespace

std::optional<Answer> find_denial(const World& world, const Request& request,
                                  const std::string& customer, bool creates) {
  if (request.header("Authorization").empty()) {
    return denied("800001", "Partner Token missing in request context.");
  }
  const auto bearer = bearer_of(request);
  const Token* token = bearer ? world.tokens.find(*bearer, world.clock.now_mono()) : nullptr;
  if (token == nullptr) return denied("400", "Access denied.");
  if (auto denial = check_token(world, *token, false)) return denial;
  if (!Uuid::parse(customer)) return service_error(400, "900118", "Invalid customer id.");
  if (auto denial = check_customer(world, *token, to_lower(customer))) return denial;
  return check_token(world, *token, creates);
}

}  // namespace devicebatch::sandbox
