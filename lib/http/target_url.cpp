#include "http/target_url.hpp"

#include "base/text.hpp"

#include <arpa/inet.h>

namespace devicebatch::http {

namespace {

std::string part(CURLU* url, CURLUPart which) {
  char* text = nullptr;
  if (curl_url_get(url, which, &text, 0) != CURLUE_OK || text == nullptr) return {};
  std::string copy(text);
  curl_free(text);
  return copy;
}

// By its name or number; nothing is resolved.
bool is_this_machine(const std::string& host) {
  in_addr address{};
  if (inet_pton(AF_INET, host.c_str(), &address) == 1) return ntohl(address.s_addr) >> 24 == 127;
  return host == "[::1]" || equals_ignoring_case(host, "localhost");
}

}  // namespace

Result<UrlHandle> target_url(const std::string& text, bool allows_plain_http) {
  UrlHandle url(curl_url());
  const CURLUcode parsed = curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0);
  // A NUL would hide the rest of the text from libcurl.
  if (parsed != CURLUE_OK || text.find('\0') != std::string::npos) {
    return fail(Errc::rejected, "not a URL: " + printable(text));
  }
  const std::string scheme = part(url.get(), CURLUPART_SCHEME);
  const bool is_plain = scheme == "http";
  if (!is_plain && scheme != "https") {
    return fail(Errc::rejected, "not an https URL: " + printable(text));
  }
  if (is_plain && !(allows_plain_http && is_this_machine(part(url.get(), CURLUPART_HOST)))) {
    return fail(Errc::rejected,
                "plain http is for a loopback address, and only when allowed: " + printable(text));
  }
  if (!part(url.get(), CURLUPART_USER).empty() || !part(url.get(), CURLUPART_PASSWORD).empty()) {
    return fail(Errc::rejected, "a URL with a user name or password is refused");
  }
  return url;
}

}  // namespace devicebatch::http
