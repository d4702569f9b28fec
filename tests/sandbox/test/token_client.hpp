// sandbox/test/token_client.hpp - asks the identity platform.
#pragma once

#include "sandbox/test/running_sandbox.hpp"

#include <string>
#include <string_view>

namespace devicebatch::sandbox {

class TokenClient {
 public:
  explicit TokenClient(const RunningSandbox& sandbox) : sandbox_(sandbox) {}

  // The form goes with the real resource; v2 takes what the form says.
  Reply ask_v1(const std::string& form, const std::string& tenant = "contoso.example") const;
  Reply ask_v2(const std::string& form, const std::string& tenant = "contoso.example") const;

  static std::string app_form(const std::string& client = "client",
                              const std::string& secret = "sandbox-secret");
  static std::string code_form(const std::string& code);

 private:
  const RunningSandbox& sandbox_;
};

// The number behind AADSTS; 0 when the reply is no refusal.
std::int64_t aadsts_of(const Reply& reply);

}  // namespace devicebatch::sandbox
