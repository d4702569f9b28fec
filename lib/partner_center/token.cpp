#include "partner_center/token.hpp"

#include "base/text.hpp"
#include "base/uuid.hpp"
#include "partner_center/json_reply.hpp"
#include "partner_center/token_form.hpp"
#include "policy/classify.hpp"
#include "policy/retry.hpp"

#include <algorithm>

namespace devicebatch::partner_center {

namespace json = boost::json;

namespace {

constexpr std::size_t kDescriptionBytes = 300;
// Real ones live 60 to 90 minutes; a longer promise is not worth believing.
constexpr std::chrono::hours kLongestLife{24};

// Anything as long as a secret that is no GUID: a proxy may echo what we sent.
bool may_be_secret(std::string_view word) {
  constexpr std::size_t kShortestSecret = 24;
  return word.size() >= kShortestSecret && !Uuid::parse(word);
}

std::string without_long_words(std::string_view text) {
  constexpr std::string_view kBreaks = " \t\r\n'\"(),;:<>&=";
  std::string shown;
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find_first_of(kBreaks));
    shown += may_be_secret(word) ? std::string_view("[removed]") : word;
    text.remove_prefix(word.size());
    if (text.empty()) break;
    shown += text.front();
    text.remove_prefix(1);
  }
  return shown;
}

}  // namespace

TokenFault read_fault(const http::Response& response) {
  TokenFault fault;
  const Result<json::value> value = parse_reply(response.body);
  const json::object* object = value ? value->if_object() : nullptr;
  if (object == nullptr) return fault;
  fault.word = short_text(without_long_words(text_member(*object, "error")), 64);
  const std::string description = text_member(*object, "error_description");
  const std::string_view first_line =
      std::string_view(description).substr(0, description.find_first_of("\r\n"));
  fault.description = short_text(without_long_words(first_line), kDescriptionBytes);
  const json::array* numbers = array_member(*object, "error_codes");
  if (numbers != nullptr && !numbers->empty()) fault.code = text_of(numbers->front());
  return fault;
}

namespace {

policy::Classified classified(const http::Response& response, const TokenFault& fault) {
  const auto by_number = policy::classify(policy::Call::token, response.status, fault.code);
  if (by_number.code.starts_with("token.")) return by_number;
  return policy::classify(policy::Call::token, response.status, fault.word);
}

Errc reaction_code(policy::Reaction reaction) {
  switch (reaction) {
    case policy::Reaction::wait:
      return Errc::throttled;
    case policy::Reaction::pause_account:
      return Errc::unauthorized;
    default:
      return Errc::transient;
  }
}

}  // namespace

Error token_error(const http::Response& response, UtcTime now) {
  const TokenFault fault = read_fault(response);
  const policy::Classified result = classified(response, fault);
  std::string message = "token endpoint: HTTP " + std::to_string(response.status);
  if (!fault.word.empty()) message += " " + fault.word;
  if (!fault.description.empty()) message += ": " + fault.description;
  if (!result.advice.empty()) message += " - " + std::string(result.advice);
  Error error(reaction_code(result.reaction), std::move(message), response.status);
  error.retry_after = policy::parse_retry_after(response.header("Retry-After"), now);
  return error;
}

namespace {

std::optional<std::chrono::seconds> lifetime_of(const json::object& object, UtcTime now) {
  auto seconds = number_member(object, "expires_in");
  if (!seconds) {
    const auto end = number_member(object, "expires_on");
    const auto today = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch());
    // Between the year 1970 and far beyond any use, so that the difference cannot overflow.
    if (end && *end > 0 && *end < (std::int64_t{1} << 40)) seconds = *end - today.count();
  }
  if (!seconds || *seconds <= 0) return std::nullopt;
  const auto longest = std::chrono::seconds(kLongestLife).count();
  return std::chrono::seconds(std::min<std::int64_t>(*seconds, longest));
}

bool is_token_text(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

// Null when the reply has none, or one that is no text.
std::shared_ptr<const Secret> refresh_token_of(const json::object& object) {
  const json::value* refresh = member(object, "refresh_token");
  if (refresh == nullptr || !refresh->is_string()) return nullptr;
  const std::string_view text(refresh->get_string());
  return is_token_text(text) ? std::make_shared<const Secret>(std::string(text)) : nullptr;
}

Result<Token> token_of(const json::object& object, UtcTime now) {
  const std::string type = text_member(object, "token_type");
  if (!type.empty() && !equals_ignoring_case(type, "Bearer")) {
    return fail(Errc::corrupt, "token reply: not a bearer token");
  }
  const json::value* access = member(object, "access_token");
  if (access == nullptr || !access->is_string()) {
    return fail(Errc::corrupt, "token reply: no access_token");
  }
  const std::string_view text(access->get_string());
  if (!is_token_text(text)) {
    return fail(Errc::corrupt, "token reply: access_token does not fit a header");
  }
  const auto lifetime = lifetime_of(object, now);
  if (!lifetime) return fail(Errc::corrupt, "token reply: no usable expires_in");
  Token token;
  token.access = std::make_shared<const Secret>(std::string(text));
  token.refresh = refresh_token_of(object);
  token.lifetime = *lifetime;
  return token;
}

}  // namespace

Result<Token> read_token(const http::Response& response, UtcTime now) {
  if (response.status != 200) return fail(token_error(response, now));
  Result<json::value> value = parse_reply(response.body);
  if (!value) return fail(std::move(value), "token reply");
  const json::object* object = value->if_object();
  if (object == nullptr) return fail(Errc::corrupt, "token reply: not an object");
  return token_of(*object, now);
}

Result<Token> read_token(http::Response&& response, UtcTime now) {
  const http::Response& readable = response;
  Result<Token> token = read_token(readable, now);
  wipe(response.body);
  return token;
}

}  // namespace devicebatch::partner_center
