#include "sandbox/identity/tokens.hpp"

#include "base/hex.hpp"
#include "base/sha256.hpp"
#include "base/text.hpp"
#include "base/uuid.hpp"
#include "sandbox/identity/base64url.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <charconv>
#include <vector>

namespace devicebatch::sandbox {
namespace {

namespace json = boost::json;

// What is remembered of tokens, revocations and identifiers used once; each is bounded by this.
constexpr std::size_t kMostRemembered = 10'000;
constexpr std::string_view kRefreshPrefix = "sandbox-refresh.";

std::string_view without_slash(std::string_view audience) {
  if (audience.ends_with('/')) audience.remove_suffix(1);
  return audience;
}

std::int64_t seconds_of(UtcTime time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
}

// A JWT that can be read but not verified: nobody but the sandbox has to.
std::string as_jwt(const Token& token, const std::string& id) {
  json::object claims = {{"aud", token.audience},
                         {"iss", "https://sts.windows.net/" + token.tenant + "/"},
                         {"tid", token.tenant},
                         {"appid", token.client},
                         {"idtyp", token.is_app_only ? "app" : "user"},
                         {"iat", seconds_of(token.issued_at)},
                         {"nbf", seconds_of(token.issued_at)},
                         {"exp", seconds_of(token.ends_at)},
                         {"uti", id}};
  if (!token.is_app_only) {
    claims["upn"] = "agent@" + token.tenant;
    claims["scp"] = "user_impersonation";
    claims["amr"] = token.has_mfa ? json::array{"pwd", "mfa"} : json::array{"pwd"};
  }
  return to_base64url(R"({"typ":"JWT","alg":"RS256"})") + '.' +
         to_base64url(json::serialize(claims)) + '.' + to_hex(sha256("sandbox" + id));
}

std::string seal_of(std::string_view content) {
  return to_hex(sha256("sandbox seal " + std::string(content))).substr(0, 32);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

}  // namespace

bool is_same_audience(std::string_view left, std::string_view right) {
  return without_slash(left) == without_slash(right);
}

std::string Tokens::issue(Token token, Random& random) {
  if (issued_.size() >= kMostRemembered) issued_.clear();
  std::string text = as_jwt(token, Uuid::random(random).to_string());
  issued_[text] = std::move(token);
  ++issued;
  return text;
}

const Token* Tokens::find(std::string_view text, MonoTime now) const {
  const auto found = issued_.find(std::string(text));
  return found == issued_.end() || found->second.expires <= now ? nullptr : &found->second;
}

TokenState Tokens::check(std::string_view text, std::string_view audience, MonoTime now) const {
  const Token* token = find(text, now);
  if (token == nullptr) return TokenState::refused;
  return is_same_audience(token->audience, audience) ? TokenState::good
                                                     : TokenState::wrong_audience;
}

std::string Tokens::write_refresh_token(const RefreshToken& token, Random& random) const {
  const std::string content = to_base64url(token.tenant) + '.' + to_base64url(token.client) + '.' +
                              (token.is_public ? "1" : "0") + '.' +
                              std::to_string(token.issued_at_s) + '.' +
                              std::to_string(generation_) + '.' + Uuid::random(random).to_string();
  return std::string(kRefreshPrefix) + content + '.' + seal_of(content);
}

std::optional<RefreshToken> Tokens::read_refresh_token(std::string_view text) {
  if (!text.starts_with(kRefreshPrefix)) return std::nullopt;
  text.remove_prefix(kRefreshPrefix.size());
  const std::size_t last = text.rfind('.');
  if (last == std::string_view::npos || seal_of(text.substr(0, last)) != text.substr(last + 1)) {
    return std::nullopt;
  }
  const std::vector<std::string_view> parts = split(text.substr(0, last), '.');
  if (parts.size() != 6) return std::nullopt;
  RefreshToken token;
  token.tenant = from_base64url(parts[0]).value_or("");
  token.client = from_base64url(parts[1]).value_or("");
  token.is_public = parts[2] == "1";
  std::from_chars(parts[3].data(), parts[3].data() + parts[3].size(), token.issued_at_s);
  std::from_chars(parts[4].data(), parts[4].data() + parts[4].size(), token.generation);
  return token;
}

int Tokens::revocation_of(const std::string& text, std::optional<std::uint64_t> generation) const {
  const auto found = revoked_.find(text);
  if (found != revoked_.end()) return found->second;
  return generation && *generation < generation_ ? generation_number_ : 0;
}

void Tokens::revoke(const std::string& refresh_token, int number) {
  if (revoked_.size() >= kMostRemembered) revoked_.clear();
  revoked_[refresh_token] = number;
}

void Tokens::revoke_refresh_tokens(const std::string& fixed, int number) {
  ++generation_;
  generation_number_ = number;
  revoke(fixed, number);
}

bool Tokens::remember_once(const std::string& text) {
  if (used_once_.size() >= kMostRemembered) used_once_.clear();
  return used_once_.insert(text).second;
}

}  // namespace devicebatch::sandbox
