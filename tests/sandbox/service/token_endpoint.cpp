#include "sandbox/service/token_endpoint.hpp"

#include "base/text.hpp"

#include <boost/json/value.hpp>

#include <unordered_map>

namespace devicebatch::sandbox {
namespace {

namespace json = boost::json;
using Form = std::unordered_map<std::string, std::string>;

enum class Version { none, v1, v2 };

Version version_of(const Request& request) {
  std::vector<std::string> segments = path_segments(request.target);
  const auto ends_with = [&](std::size_t from_end, std::string_view word) {
    return segments.size() >= from_end &&
           equals_ignoring_case(segments[segments.size() - from_end], word);
  };
  if (!ends_with(1, "token")) return Version::none;
  if (ends_with(2, "oauth2") && segments.size() <= 3) return Version::v1;
  if (ends_with(2, "v2.0") && ends_with(3, "oauth2") && segments.size() <= 4) return Version::v2;
  return Version::none;
}

Form read_form(std::string_view body) {
  Form form;
  while (!body.empty()) {
    const std::string_view pair = body.substr(0, body.find('&'));
    body.remove_prefix(std::min(body.size(), pair.size() + 1));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const std::string_view value = pair.substr(std::min(pair.size(), equals + 1));
    form[percent_decode(pair.substr(0, equals), true)] = percent_decode(value, true);
  }
  return form;
}

std::string audience_of(Form& form, Version version) {
  if (version == Version::v1) return form["resource"];
  std::string scope = form["scope"];
  constexpr std::string_view kDefault = "/.default";
  if (scope.ends_with(kDefault)) scope.resize(scope.size() - kDefault.size());
  return scope;
}

std::optional<Answer> refuse(World& world, Form& form) {
  const auto missing = [&](const char* name) {
    return token_error(world, {400, "invalid_request", 900144,
                               "The request body must contain the following parameter: '" +
                                   std::string(name) + "'."});
  };
  for (const char* name : {"grant_type", "client_id"}) {
    if (form[name].empty()) return missing(name);
  }
  if (form["grant_type"] != "client_credentials") {
    return token_error(world, {400, "unsupported_grant_type", 70003,
                               "The app requested an unsupported grant type."});
  }
  if (form["client_secret"].empty()) {
    return token_error(world, {401, "invalid_client", 7000216,
                               "'client_assertion', 'client_secret' or 'request' is required."});
  }
  if (form["client_secret"] != world.options.client_secret) {
    return token_error(
        world, {401, "invalid_client", 7000215,
                "Invalid client secret provided. Ensure the secret being sent in the request is "
                "the client secret value, not the client secret ID."});
  }
  return std::nullopt;
}

// v1 writes every number as a text.
json::object describe(World& world, Version version, const std::string& audience) {
  const auto now = std::chrono::floor<std::chrono::seconds>(world.clock.now_utc());
  const std::int64_t lifetime = world.options.token_lifetime.count();
  const std::int64_t started = now.time_since_epoch().count();
  const MonoTime expires = world.clock.now_mono() + world.options.token_lifetime;
  const std::string token = world.tokens.issue(audience, expires, *world.random);
  if (version == Version::v2) {
    return {{"token_type", "Bearer"},
            {"expires_in", lifetime},
            {"ext_expires_in", lifetime},
            {"access_token", token}};
  }
  return {{"token_type", "Bearer"},
          {"expires_in", std::to_string(lifetime)},
          {"ext_expires_in", std::to_string(lifetime)},
          {"expires_on", std::to_string(started + lifetime)},
          {"not_before", std::to_string(started)},
          {"resource", audience},
          {"access_token", token}};
}

}  // namespace

bool is_token_request(const Request& request) {
  return version_of(request) != Version::none;
}

Answer issue_token(World& world, const Request& request) {
  if (request.method != "POST") {
    return token_error(world, {405, "invalid_request", 900561, "Only POST requests are accepted."});
  }
  ++world.tokens.requests;
  Form form = read_form(request.body);
  const std::optional<Answer> refusal = refuse(world, form);
  world.ledger.append({{"event", "token"},
                       {"at", format_utc(world.clock.now_utc())},
                       {"client_id", printable(form["client_id"])},
                       {"issued", !refusal}});
  if (refusal) return *refusal;
  const Version version = version_of(request);
  Answer answer = json_answer(200, describe(world, version, audience_of(form, version)));
  answer.add("Cache-Control", "no-store, no-cache");
  return answer;
}

Answer token_error(World& world, const TokenError& error) {
  const std::string trace = world.new_guid();
  const std::string correlation = world.new_guid();
  const std::string at = format_utc(world.clock.now_utc()).substr(0, 19) + "Z";
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
