#include "partner_center/consent.hpp"

#include "base/text.hpp"
#include "partner_center/json_reply.hpp"
#include "partner_center/token_form.hpp"

#include <boost/json/object.hpp>

#include <algorithm>

namespace devicebatch::partner_center {

namespace json = boost::json;
using std::chrono::seconds;

namespace {

constexpr seconds kDefaultInterval{5};
constexpr seconds kLongestInterval{120};
constexpr seconds kLongestWait{3600};
// Real codes have a thousand characters and more; a word is no code.
constexpr std::size_t kShortestCode = 8;

seconds seconds_of(const json::object& object, std::string_view name, seconds otherwise,
                   seconds longest) {
  const auto number = number_member(object, name);
  if (!number || *number <= 0) return otherwise;
  return std::min(seconds(*number), longest);
}

int hex_value(char c) {
  if (is_ascii_digit(c)) return c - '0';
  const char lower = ascii_lower(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::string percent_decoded(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool is_escape = text[at] == '%' && at + 2 < text.size() &&
                           hex_value(text[at + 1]) >= 0 && hex_value(text[at + 2]) >= 0;
    if (is_escape) {
      decoded += static_cast<char>(hex_value(text[at + 1]) * 16 + hex_value(text[at + 2]));
      at += 2;
    } else {
      decoded += text[at] == '+' ? ' ' : text[at];
    }
  }
  return decoded;
}

// Of "https://host/?a=1&b=2#c=3": whatever stands where.
std::string parameter_of(std::string_view address, std::string_view name) {
  std::string_view rest = address;
  while (!rest.empty()) {
    const std::string_view part = rest.substr(0, rest.find_first_of("?&#"));
    const std::size_t equals = part.find('=');
    if (equals != std::string_view::npos && part.substr(0, equals) == name) {
      return percent_decoded(part.substr(equals + 1));
    }
    rest.remove_prefix(std::min(rest.size(), part.size() + 1));
  }
  return {};
}

bool is_code(std::string_view text) {
  return text.size() >= kShortestCode &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

}  // namespace

http::Request device_code_request(const TokenOptions& options) {
  FormWriter form;
  form.add("client_id", options.client_id);
  add_audience(form, options, true);
  return form_request(identity_url(options, "devicecode"), form);
}

Result<DeviceCode> read_device_code(http::Response&& response, UtcTime now) {
  if (response.status != 200) return fail(token_error(response, now));
  const Result<json::value> value = parse_reply(response.body);
  wipe(response.body);
  const json::object* object = value ? value->if_object() : nullptr;
  if (object == nullptr) return fail(Errc::corrupt, "device code reply: not an object");
  std::string code = text_member(*object, "device_code");
  DeviceCode device;
  device.user_code = short_text(text_member(*object, "user_code"), 64);
  device.address = short_text(text_member(*object, "verification_uri"), 200);
  if (device.address.empty()) {
    device.address = short_text(text_member(*object, "verification_url"), 200);
  }
  if (code.empty() || device.user_code.empty() || device.address.empty()) {
    wipe(code);
    return fail(Errc::corrupt, "device code reply: code or address is missing");
  }
  device.code = Secret(std::move(code));
  device.expires_in = seconds_of(*object, "expires_in", kLongestWait, kLongestWait);
  device.interval = seconds_of(*object, "interval", kDefaultInterval, kLongestInterval);
  return device;
}

PollAnswer judge_poll(const http::Response& response) {
  const std::string word = read_fault(response).word;
  if (word == "authorization_pending") return PollAnswer::pending;
  if (word == "slow_down") return PollAnswer::slow_down;
  if (word == "authorization_declined" || word == "access_denied") return PollAnswer::declined;
  if (word == "expired_token" || word == "code_expired") return PollAnswer::expired;
  return PollAnswer::failed;
}

std::string authorize_url(const TokenOptions& options, std::string_view redirect_uri,
                          std::string_view state) {
  FormWriter query;
  query.add("client_id", options.client_id);
  query.add("response_type", "code");
  query.add("redirect_uri", redirect_uri);
  query.add("response_mode", "query");
  query.add("prompt", "login");
  query.add("state", state);
  add_audience(query, options, true);
  return identity_url(options, "authorize") + "?" + std::string(query.take().reveal());
}

Result<Secret> read_pasted_code(std::string_view pasted, std::string_view state) {
  const std::string_view text = trim(pasted);
  const std::string error = parameter_of(text, "error");
  if (!error.empty()) {
    const std::string why = parameter_of(text, "error_description");
    return fail(Errc::rejected, "the sign-in ended with " + printable(error, 64) +
                                    (why.empty() ? "" : ": " + printable(why, 300)));
  }
  const std::string returned_state = parameter_of(text, "state");
  if (!returned_state.empty() && returned_state != state) {
    return fail(Errc::rejected, "this is the answer to another sign-in; use the address above");
  }
  std::string code = parameter_of(text, "code");
  if (code.empty() && text.find_first_of("?&#=:") == std::string_view::npos) code = text;
  if (!is_code(code)) {
    wipe(code);
    return fail(Errc::rejected,
                "there is no code in it; paste the whole address that the browser ended at");
  }
  return Secret(std::move(code));
}

}  // namespace devicebatch::partner_center
