// partner_center/consent.hpp - the one sign-in of a person that App+User needs.
//
// Purpose:   by device code (a page and a short code, on any machine), or by an address whose
//            answer a person pastes. Either ends in a code that token.hpp redeems.
// Threading: pure; any thread.
// Errors:    as token.hpp; Errc::rejected for what was pasted.
// Source:    docs/protocol.md, "Consent"; RFC 8628, RFC 6749 4.1.
#pragma once

#include "partner_center/token.hpp"

#include <string>
#include <string_view>

namespace devicebatch::partner_center {

struct DeviceCode {
  Secret code;
  // For the person, printable.
  std::string user_code;
  std::string address;
  std::chrono::seconds expires_in{0};
  std::chrono::seconds interval{0};  // between two polls, at least
};

http::Request device_code_request(const TokenOptions& options);
Result<DeviceCode> read_device_code(http::Response&& response, UtcTime now);

// What a poll that brought no token means.
enum class PollAnswer {
  pending,    // the person is not done yet
  slow_down,  // poll five seconds less often from now on
  declined,   // the person said no
  expired,    // the person took too long
  failed,     // anything else: read_token() says what
};
PollAnswer judge_poll(const http::Response& response);

// Where a person signs in; `state` comes back with the answer and proves that it is ours.
std::string authorize_url(const TokenOptions& options, std::string_view redirect_uri,
                          std::string_view state);
// The code in the address that the browser ended at, or the code alone.
Result<Secret> read_pasted_code(std::string_view pasted, std::string_view state);

}  // namespace devicebatch::partner_center
