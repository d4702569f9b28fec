#include "sandbox/identity/token_request.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <optional>
#include <vector>

namespace devicebatch::sandbox {
namespace {

std::optional<IdentityCall> call_named(std::string_view word) {
  if (equals_ignoring_case(word, "token")) return IdentityCall::token;
  if (equals_ignoring_case(word, "devicecode")) return IdentityCall::device_code;
  if (equals_ignoring_case(word, "authorize")) return IdentityCall::authorize;
  return std::nullopt;
}

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  std::size_t at = 0;
  while ((at = text.find_first_not_of(' ', at)) != std::string::npos) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    words.push_back(text.substr(at, end - at));
    at = end;
  }
  return words;
}

}  // namespace

// [TENANT/]oauth2/[v2.0/]token
TokenRequest::TokenRequest(const Request& from) : request(from) {
  std::vector<std::string> segments = path_segments(from.target);
  if (segments.empty()) return;
  const auto named = call_named(segments.back());
  segments.pop_back();
  const bool is_v2 = !segments.empty() && equals_ignoring_case(segments.back(), "v2.0");
  if (is_v2) segments.pop_back();
  if (!named || segments.empty() || !equals_ignoring_case(segments.back(), "oauth2")) return;
  segments.pop_back();
  if (segments.size() > 1) return;
  tenant = segments.empty() ? "common" : to_lower(segments[0]);
  version = is_v2 ? IdentityVersion::v2 : IdentityVersion::v1;
  call = *named;
  endpoint = (from.is_secure ? "https://" : "http://") + std::string(from.header("Host")) +
             from.target.substr(0, from.target.find('?'));
}

const std::string& TokenRequest::operator[](const std::string& name) const {
  static const std::string kNothing;
  const auto found = form_.find(name);
  return found == form_.end() ? kNothing : found->second;
}

void TokenRequest::read_form(std::string_view text) {
  while (!text.empty()) {
    const std::string_view pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(text.size(), pair.size() + 1));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    const std::string_view value = pair.substr(std::min(pair.size(), equals + 1));
    form_[percent_decode(pair.substr(0, equals), true)] = percent_decode(value, true);
  }
}

// The first scope that is an address, without its last part.
std::string TokenRequest::audience() const {
  if (version == IdentityVersion::v1) return (*this)["resource"];
  for (const std::string& word : words_of((*this)["scope"])) {
    const std::size_t scheme = word.find("://");
    const std::size_t last = word.rfind('/');
    if (scheme != std::string::npos && last > scheme + 2) return word.substr(0, last);
  }
  return {};
}

bool TokenRequest::has_scope(std::string_view word) const {
  const std::vector<std::string> words = words_of((*this)["scope"]);
  return std::find(words.begin(), words.end(), word) != words.end();
}

}  // namespace devicebatch::sandbox
