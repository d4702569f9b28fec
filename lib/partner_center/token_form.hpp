// partner_center/token_form.hpp - forms for the identity platform, secrets included.
//
// Purpose:   what token.cpp and consent.cpp share; no other module includes this file.
// Threading: a FormWriter belongs to one thread.
#pragma once

#include "partner_center/token.hpp"

#include <string>
#include <string_view>

namespace devicebatch::partner_center {

class FormWriter {
 public:
  FormWriter() = default;
  FormWriter(const FormWriter&) = delete;
  FormWriter& operator=(const FormWriter&) = delete;
  ~FormWriter() { wipe(text_); }

  void add(std::string_view name, std::string_view value);
  // Empty afterwards.
  Secret take() { return Secret(std::move(text_)); }

 private:
  std::string text_;
};

// The audience, as the endpoint's version names it; `is_user` when a person's consent is used.
void add_audience(FormWriter& form, const TokenOptions& options, bool is_user);

// A POST of the form. Its body is secret as a whole.
http::Request form_request(std::string url, FormWriter& form);

// What an identity platform refused with, and no word of it that may be a secret.
struct TokenFault {
  std::string code;         // the AADSTS number, empty without one
  std::string word;         // the `error` word
  std::string description;  // its first line
};
// All empty for a body that is no error object: it may be an echo of the request.
TokenFault read_fault(const http::Response& response);
// As read_token() refuses.
Error token_error(const http::Response& response, UtcTime now);

}  // namespace devicebatch::partner_center
