#include "partner_center/tracking_id.hpp"

#include "base/text.hpp"
#include "http/origin.hpp"
#include "partner_center/json_reply.hpp"

#include <algorithm>
#include <functional>

namespace devicebatch::partner_center {

namespace json = boost::json;

namespace {

constexpr std::size_t kLinkBytes = 2048;  // a real one has about 110

bool is_letter(char c) {
  return ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z';
}

bool continues_word(char c) {
  return is_ascii_digit(c) || is_letter(c) || c == '-';
}

// The GUID at the front of `text`, if it ends there.
std::optional<Uuid> leading_guid(std::string_view text) {
  constexpr std::size_t kGuidLength = 36;
  if (text.size() < kGuidLength) return std::nullopt;
  if (text.size() > kGuidLength && continues_word(text[kGuidLength])) return std::nullopt;
  const auto guid = Uuid::parse(text.substr(0, kGuidLength));
  return guid && !guid->is_nil() ? guid : std::nullopt;
}

using ReadLink = std::function<std::optional<Uuid>(std::string_view)>;

// Depth-first, in the order of the text; parse_reply bounds the depth.
std::optional<Uuid> tracking_id_within(const json::value& value, const ReadLink& read) {
  if (const json::string* text = value.if_string()) return read(*text);
  if (const json::array* array = value.if_array()) {
    for (const json::value& element : *array) {
      if (const auto id = tracking_id_within(element, read)) return id;
    }
  }
  if (const json::object* object = value.if_object()) {
    for (const json::key_value_pair& pair : *object) {
      if (const auto id = tracking_id_within(pair.value(), read)) return id;
    }
  }
  return std::nullopt;
}

// "https:" of "https://host/path"; empty for a relative reference. RFC 3986, 3.1.
std::string_view scheme_of(std::string_view link) {
  if (link.empty() || !is_letter(link.front())) return {};
  const auto ends = [](char c) {
    return !is_letter(c) && !is_ascii_digit(c) && c != '+' && c != '-' && c != '.';
  };
  const auto end = std::find_if(link.begin(), link.end(), ends);
  if (end == link.end() || *end != ':') return {};
  return link.substr(0, static_cast<std::size_t>(end - link.begin()) + 1);
}

// A browser reads "\" as "/", and two of them in front as the name of another host.
bool is_plain(std::string_view link) {
  return link.size() <= kLinkBytes && std::none_of(link.begin(), link.end(), [](char c) {
           return static_cast<unsigned char>(c) < 0x20 || c == 0x7F || c == '\\';
         });
}

bool is_of_origin(std::string_view link, const std::optional<http::Origin>& base) {
  const bool names_host = link.starts_with("//");
  if (scheme_of(link).empty() && !names_host) return true;
  if (!base) return false;
  const auto origin =
      http::origin_of(names_host ? base->scheme + ":" + std::string(link) : std::string(link));
  return origin == base;
}

std::string_view path_of(std::string_view link) {
  return link.substr(0, link.find_first_of("?#"));
}

std::optional<Uuid> id_of_link(std::string_view text, const std::optional<http::Origin>& base) {
  const std::string_view link = trim(text);
  if (!is_plain(link) || !is_of_origin(link, base)) return std::nullopt;
  return tracking_id_in(path_of(link));
}

}  // namespace

std::optional<Uuid> tracking_id_in(std::string_view location) {
  constexpr std::string_view kSegment = "batchjobstatus/";
  const auto same_letter = [](char a, char b) { return ascii_lower(a) == b; };
  while (true) {
    const auto found = std::search(location.begin(), location.end(), kSegment.begin(),
                                   kSegment.end(), same_letter);
    if (found == location.end()) return std::nullopt;
    location.remove_prefix(static_cast<std::size_t>(found - location.begin()) + kSegment.size());
    // A doubled slash is tolerated by the service, and therefore here.
    while (location.starts_with('/')) location.remove_prefix(1);
    if (const auto guid = leading_guid(location)) return guid;
  }
}

std::optional<Uuid> read_tracking_id(const http::Response& response, const std::string& base_url) {
  const std::optional<http::Origin> base = http::origin_of(base_url);
  if (const auto id = id_of_link(response.header("Location"), base)) return id;
  const Result<json::value> value = parse_reply(response.body);
  if (!value) return std::nullopt;
  return tracking_id_within(*value, [&](std::string_view text) { return id_of_link(text, base); });
}

}  // namespace devicebatch::partner_center
