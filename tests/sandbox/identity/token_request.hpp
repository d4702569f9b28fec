// sandbox/identity/token_request.hpp - a request to the identity platform, read.
//
// Threading: pure.
// Source:    docs/protocol.md, "Tokens".
#pragma once

#include "sandbox/web/message.hpp"

#include <string>
#include <string_view>
#include <unordered_map>

namespace devicebatch::sandbox {

enum class IdentityVersion { none, v1, v2 };
enum class IdentityCall { token, device_code, authorize };

struct TokenRequest {
  explicit TokenRequest(const Request& from);

  const Request& request;
  IdentityVersion version = IdentityVersion::none;  // none: it is not for the identity platform
  IdentityCall call = IdentityCall::token;
  std::string tenant;    // lower case; "common" when the path names none
  std::string endpoint;  // the address as the client sees it

  // A member of the form, or of the query of an authorize call; empty when absent.
  const std::string& operator[](const std::string& name) const;
  void read_form(std::string_view text);
  // The resource that a token is wanted for.
  std::string audience() const;
  bool has_scope(std::string_view word) const;

 private:
  std::unordered_map<std::string, std::string> form_;
};

}  // namespace devicebatch::sandbox
