#include "http/origin.hpp"

#include "base/text.hpp"
#include "http/curl_handles.hpp"

namespace devicebatch::http {

namespace {

std::string part(CURLU* url, CURLUPart which, unsigned flags) {
  char* text = nullptr;
  if (curl_url_get(url, which, &text, flags) != CURLUE_OK || text == nullptr) return {};
  std::string copy(text);
  curl_free(text);
  return copy;
}

}  // namespace

std::optional<Origin> origin_of(const std::string& url) {
  const UrlHandle parsed(curl_url());
  // A NUL would hide the rest of the text from libcurl.
  if (url.find('\0') != std::string::npos) return std::nullopt;
  // Without this flag an "@" would be accepted, and what stands before it read as credentials.
  const CURLUcode code =
      curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), CURLU_DISALLOW_USER);
  if (code != CURLUE_OK) return std::nullopt;
  Origin origin;
  origin.scheme = to_lower(part(parsed.get(), CURLUPART_SCHEME, 0));
  if (origin.scheme != "https" && origin.scheme != "http") return std::nullopt;
  origin.host = to_lower(part(parsed.get(), CURLUPART_HOST, 0));
  origin.port = part(parsed.get(), CURLUPART_PORT, CURLU_DEFAULT_PORT);
  if (origin.host.empty() || origin.port.empty()) return std::nullopt;
  return origin;
}

}  // namespace devicebatch::http
