#include "sandbox/identity/client_auth.hpp"

#include "base/text.hpp"
#include "sandbox/identity/assertion.hpp"

#include <algorithm>
#include <sstream>

namespace devicebatch::sandbox {
namespace {

constexpr std::string_view kAssertionType =
    "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

bool contains(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::vector<std::string> accepted_secrets(const World& world, const TokenRequest& request) {
  const Account* account = world.accounts.find(request.tenant);
  if (account != nullptr && !account->secrets.empty()) return account->secrets;
  return words_of(world.options.client_secret);
}

std::optional<TokenError> refuse_secret(const World& world, const TokenRequest& request) {
  const std::string& secret = request["client_secret"];
  if (contains(accepted_secrets(world, request), secret)) return std::nullopt;
  const bool is_expired = contains(words_of(world.options.expired_client_secret), secret);
  return published_token_error(is_expired ? 7000222 : 7000215);
}

std::optional<TokenError> refuse_certificate(World& world, const TokenRequest& request) {
  if (request["client_assertion_type"] != kAssertionType) {
    TokenError error = published_token_error(900144);
    error.text = "The request body must contain the following parameter: 'client_assertion_type'.";
    return error;
  }
  std::string why;
  const Assertion assertion{request["client_assertion"], request["client_id"], request.endpoint};
  const int number = refuse_assertion(world, assertion, why);
  if (number == 0) return std::nullopt;
  TokenError error = published_token_error(number);
  if (!why.empty()) error.text += " " + why;
  return error;
}

}  // namespace

bool brings_credential(const TokenRequest& request) {
  return !request["client_secret"].empty() || !request["client_assertion"].empty();
}

std::optional<TokenError> refuse_client(World& world, const TokenRequest& request) {
  if (!request["client_assertion"].empty()) return refuse_certificate(world, request);
  if (!request["client_secret"].empty()) return refuse_secret(world, request);
  const bool is_app = request["grant_type"] == "client_credentials";
  return published_token_error(is_app ? 7000216 : 7000218);
}

}  // namespace devicebatch::sandbox
