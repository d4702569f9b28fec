// sandbox/identity/tokens.hpp - access tokens that were issued, and refresh tokens.
//
// Purpose:   an access token is known by its text and dies with the sandbox, as after a key
//            rollover; a refresh token carries what is needed to check it, so that it survives a
//            restart and any number of them costs nothing.
// Threading: the loop.
// Source:    docs/protocol.md, "Tokens".
#pragma once

#include "base/clock.hpp"
#include "base/random.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace devicebatch::sandbox {

enum class TokenState { good, refused, wrong_audience };

// What an access token says.
struct Token {
  std::string audience;
  std::string tenant;
  std::string client;
  bool is_app_only = true;
  bool has_mfa = false;
  UtcTime issued_at{};
  UtcTime ends_at{};
  MonoTime expires{};
};

struct RefreshToken {
  std::string tenant;
  std::string client;
  bool is_public = false;  // its client need not authenticate
  std::int64_t issued_at_s = 0;
  std::uint64_t generation = 0;  // how many revocations had come before it
};

class Tokens {
 public:
  std::string issue(Token token, Random& random);
  // nullptr for a token that is unknown or over.
  const Token* find(std::string_view text, MonoTime now) const;
  TokenState check(std::string_view text, std::string_view audience, MonoTime now) const;
  void revoke_all() { issued_.clear(); }
  void clear() { *this = Tokens(); }

  std::string write_refresh_token(const RefreshToken& token, Random& random) const;
  static std::optional<RefreshToken> read_refresh_token(std::string_view text);
  // The AADSTS number that a refresh token is refused with; 0: it is not revoked. Without a
  // generation only a revocation by name counts.
  int revocation_of(const std::string& text,
                    std::optional<std::uint64_t> generation = std::nullopt) const;
  void revoke(const std::string& refresh_token, int number);
  // Those issued so far, and `fixed`, which never was.
  void revoke_refresh_tokens(const std::string& fixed, int number);

  // False when it was there already. Bounded; old entries are forgotten.
  bool remember_once(const std::string& text);
  void forget_once(const std::string& text) { used_once_.erase(text); }

  std::uint64_t requests = 0;  // asked for, good or bad: proves that a refresh is single-flight
  std::uint64_t issued = 0;
  std::uint64_t refreshed = 0;  // of these by a refresh token

 private:
  std::unordered_map<std::string, Token> issued_;
  std::unordered_map<std::string, int> revoked_;
  std::unordered_set<std::string> used_once_;
  std::uint64_t generation_ = 0;
  int generation_number_ = 0;
};

bool is_same_audience(std::string_view left, std::string_view right);

}  // namespace devicebatch::sandbox
