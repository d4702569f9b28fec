#include "sandbox/test/token_client.hpp"

#include <boost/json/value.hpp>

namespace devicebatch::sandbox {

Reply TokenClient::ask_v1(const std::string& form, const std::string& tenant) const {
  return sandbox_.post("/" + tenant + "/oauth2/token",
                       form + "&resource=https%3A%2F%2Fapi.partnercenter.microsoft.com");
}

Reply TokenClient::ask_v2(const std::string& form, const std::string& tenant) const {
  return sandbox_.post("/" + tenant + "/oauth2/v2.0/token", form);
}

std::string TokenClient::app_form(const std::string& client, const std::string& secret) {
  return "grant_type=client_credentials&client_id=" + client + "&client_secret=" + secret;
}

std::string TokenClient::code_form(const std::string& code) {
  return "grant_type=authorization_code&client_id=client&client_secret=sandbox-secret"
         "&redirect_uri=http%3A%2F%2Flocalhost&code=" +
         code;
}

std::int64_t aadsts_of(const Reply& reply) {
  const boost::json::value body = reply.json();
  const boost::json::object* object = body.if_object();
  const boost::json::value* codes = object ? object->if_contains("error_codes") : nullptr;
  return codes ? codes->at(0).to_number<std::int64_t>() : 0;
}

}  // namespace devicebatch::sandbox
