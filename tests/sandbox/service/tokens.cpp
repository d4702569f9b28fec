#include "sandbox/service/tokens.hpp"

#include "base/hex.hpp"
#include "base/sha256.hpp"
#include "base/uuid.hpp"

#include <array>

namespace devicebatch::sandbox {
namespace {

// Tokens are kept a while after their end only by accident; this bounds them.
constexpr std::size_t kMostTokens = 10'000;

std::string_view without_slash(std::string_view audience) {
  if (audience.ends_with('/')) audience.remove_suffix(1);
  return audience;
}

}  // namespace

std::string Tokens::issue(std::string_view audience, MonoTime expires, Random& random) {
  if (issued_.size() >= kMostTokens) issued_.clear();
  const std::string id = Uuid::random(random).to_string();
  // Looks like a JWT ({"typ":"JWT"} in front), but nothing in it can be decoded.
  std::string token =
      "eyJ0eXAiOiJKV1QifQ." + to_hex(sha256(id)) + "." + to_hex(sha256("sandbox" + id));
  issued_[token] = Token{std::string(without_slash(audience)), expires};
  ++issued;
  return token;
}

TokenState Tokens::check(std::string_view token, std::string_view audience, MonoTime now) const {
  const auto found = issued_.find(std::string(token));
  if (found == issued_.end() || found->second.expires <= now) return TokenState::refused;
  if (found->second.audience != without_slash(audience)) return TokenState::wrong_audience;
  return TokenState::good;
}

}  // namespace devicebatch::sandbox
