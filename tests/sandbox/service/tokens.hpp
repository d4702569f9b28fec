// sandbox/service/tokens.hpp - tokens that were issued, and when they end.
//
// Threading: the loop.
// Source:    a token is opaque to the client and dies with the sandbox, as after a key rollover.
#pragma once

#include "base/clock.hpp"
#include "base/random.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

namespace devicebatch::sandbox {

enum class TokenState { good, refused, wrong_audience };

class Tokens {
 public:
  std::string issue(std::string_view audience, MonoTime expires, Random& random);
  TokenState check(std::string_view token, std::string_view audience, MonoTime now) const;
  void revoke_all() { issued_.clear(); }
  void clear() { *this = Tokens(); }

  std::uint64_t requests = 0;  // asked for, good or bad: proves that a refresh is single-flight
  std::uint64_t issued = 0;

 private:
  struct Token {
    std::string audience;
    MonoTime expires;
  };
  std::unordered_map<std::string, Token> issued_;
};

}  // namespace devicebatch::sandbox
