#include "settings/text_rules.hpp"

#include "base/text.hpp"
#include "base/uuid.hpp"
#include "settings/nearest.hpp"
#include "settings/units.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <optional>

namespace devicebatch::settings {
namespace {

constexpr std::size_t kNameBytes = 64;

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_word_char(char c) {
  return is_letter(c) || is_ascii_digit(c) || c == '_' || c == '.' || c == '-';
}

// What follows "://" up to the path, and the path.
struct Url {
  std::string_view scheme;
  std::string_view authority;
  std::string_view path;
};

std::optional<Url> split_url(std::string_view text) {
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos) return std::nullopt;
  Url url;
  url.scheme = text.substr(0, colon);
  const std::string_view rest = text.substr(colon + 3);
  const std::size_t slash = std::min(rest.find_first_of("/?#"), rest.size());
  url.authority = rest.substr(0, slash);
  url.path = rest.substr(slash);
  return url;
}

// Without the brackets of an IPv6 address.
std::string_view host_of(std::string_view authority) {
  if (authority.starts_with('[')) return authority.substr(1, authority.find(']') - 1);
  return authority.substr(0, authority.rfind(':'));
}

bool is_port(std::string_view text) {
  const auto number = parse_count(text);
  return number && *number <= 65'535;
}

bool is_address(std::string_view host) {
  std::array<unsigned char, sizeof(in6_addr)> binary;
  const std::string text(host);
  return inet_pton(AF_INET, text.c_str(), binary.data()) == 1 ||
         inet_pton(AF_INET6, text.c_str(), binary.data()) == 1;
}

bool is_host_name(std::string_view host) {
  return !host.empty() && host.size() <= 253 && host.front() != '.' && host.front() != '-' &&
         std::ranges::all_of(host, is_word_char);
}

// HOST or HOST:PORT, with an IPv6 address in brackets.
bool is_authority(std::string_view authority) {
  const bool is_bracketed = authority.starts_with('[');
  const std::size_t end = is_bracketed ? authority.find(']') : authority.rfind(':');
  if (is_bracketed && end == std::string_view::npos) return false;
  const std::string_view host = host_of(authority);
  if (is_bracketed ? !is_address(host) : !is_host_name(host)) return false;
  const std::string_view rest = is_bracketed                    ? authority.substr(end + 1)
                                : end == std::string_view::npos ? std::string_view()
                                                                : authority.substr(end);
  return rest.empty() || (rest.front() == ':' && is_port(rest.substr(1)));
}

}  // namespace

std::string wrong_name(std::string_view text) {
  const bool is_right = !text.empty() && text.size() <= kNameBytes &&
                        (is_letter(text[0]) || is_ascii_digit(text[0])) &&
                        std::ranges::all_of(text, is_word_char);
  return is_right ? ""
                  : "must be 1 to 64 letters, digits, '_', '.' or '-', a letter or digit first";
}

std::string wrong_guid(std::string_view text) {
  const auto guid = Uuid::parse(text);
  if (!guid) return "is not a GUID (8-4-4-4-12 hexadecimal digits, without braces)";
  return guid->is_nil() ? "is the empty GUID; put the real one here" : "";
}

std::string wrong_tenant(std::string_view text) {
  if (Uuid::parse(text)) return wrong_guid(text);
  const bool is_domain = is_host_name(text) && text.find('.') != std::string_view::npos &&
                         text.find("..") == std::string_view::npos && text.back() != '.';
  return is_domain ? "" : "is neither a GUID nor a domain like contoso.onmicrosoft.com";
}

std::string wrong_batch(std::string_view text) {
  if (text.empty() || text.size() > kNameBytes) return "must be 1 to 64 characters";
  if (text.front() == ' ' || text.back() == ' ') return "must not begin or end with a space";
  return text == "." || text == ".." ? "must be a name" : "";
}

std::string unsafe_batch(std::string_view text) {
  const auto is_allowed = [](char c) { return is_word_char(c) || c == ' '; };
  if (!std::ranges::all_of(text, is_allowed)) {
    return "must be 1 to 64 letters, digits, spaces, '_', '.' or '-'";
  }
  return text.ends_with('.') ? "must not end with a dot" : "";
}

std::string wrong_path(std::string_view text) {
  return text.starts_with('/') ? "" : "must be an absolute path, beginning with '/'";
}

std::string wrong_file(std::string_view text) {
  return text.empty() ? "" : wrong_path(text);
}

std::string wrong_credential(std::string_view text) {
  const bool is_right = !text.empty() && text.size() <= 255 && text.front() != '.' &&
                        std::ranges::all_of(text, is_word_char);
  return is_right ? "" : "must be the name of a credential: letters, digits, '_', '.' or '-'";
}

std::string wrong_url(std::string_view text) {
  const auto url = split_url(text);
  if (!url || (url->scheme != "https" && url->scheme != "http")) {
    return "must be a URL that begins with https://";
  }
  if (url->authority.find('@') != std::string_view::npos) {
    return "must not contain a user or a password";
  }
  if (!is_authority(url->authority)) return "has no valid host and port";
  const bool is_plain = std::ranges::all_of(
      url->path, [](char c) { return is_word_char(c) || c == '/' || c == '~' || c == '%'; });
  if (!is_plain) return "must not contain a query, a fragment or a space";
  return "";
}

std::string wrong_proxy(std::string_view text) {
  return text.empty() ? "" : wrong_url(text);
}

std::string wrong_resource(std::string_view text) {
  const bool is_right = text.find(':') != std::string_view::npos && text.size() <= 1'000 &&
                        std::ranges::none_of(text, [](char c) { return c <= ' ' || c > '~'; });
  return is_right ? ""
                  : "must be the URI of the resource, like https://api.partnercenter.microsoft.com";
}

std::string wrong_listen(std::string_view text) {
  if (text.empty()) return "";
  const bool is_right = is_authority(text) && text.find_last_of(":]") != std::string_view::npos &&
                        text.back() != ']' &&
                        (is_address(host_of(text)) || host_of(text) == "localhost");
  return is_right ? "" : "must be ADDRESS:PORT like 127.0.0.1:9464 or [::1]:9464, or \"\" for off";
}

std::string wrong_level(std::string_view text) {
  constexpr std::array<std::string_view, 6> kLevels = {"trace",   "debug", "info",
                                                       "warning", "error", "critical"};
  if (std::ranges::find(kLevels, text) != kLevels.end()) return "";
  return "must be trace, debug, info, warning, error or critical" + suggestion(text, kLevels);
}

std::string wrong_locale(std::string_view text) {
  const bool is_right =
      text.size() >= 2 && text.size() <= 35 && std::ranges::all_of(text, [](char c) {
        return is_letter(c) || is_ascii_digit(c) || c == '-';
      });
  return is_right ? "" : "must be a language tag like en-US";
}

std::string wrong_contract_version(std::string_view text) {
  const bool is_right = text.size() <= 16 && std::ranges::all_of(text, is_word_char);
  return is_right ? "" : "must be a short word like v1, or \"\"";
}

std::string wrong_application(std::string_view text) {
  const bool is_right = !text.empty() && text.size() <= 100 && text.front() != ' ' &&
                        text.back() != ' ' &&
                        std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
  return is_right ? "" : "must be 1 to 100 printable ASCII characters";
}

bool is_https(std::string_view url) {
  return url.starts_with("https://");
}

bool is_loopback(std::string_view url) {
  const auto parts = split_url(url);
  if (!parts) return false;
  const std::string_view host = host_of(parts->authority);
  return host == "localhost" || host == "::1" || (host.starts_with("127.") && is_address(host));
}

}  // namespace devicebatch::settings
