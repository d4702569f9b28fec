// The text rules of sources and queues.
#include "base/text.hpp"
#include "settings/nearest.hpp"
#include "settings/text_rules.hpp"

#include <iconv.h>

#include <algorithm>
#include <array>

namespace devicebatch::settings {
namespace {

bool is_visible_ascii(char c) {
  return c > ' ' && c <= '~';
}

}  // namespace

std::string wrong_charset(std::string_view text) {
  const std::string name(text);
  const bool is_plain = name.size() <= 40 && std::ranges::all_of(name, is_visible_ascii) &&
                        name.find('/') == std::string::npos;
  const iconv_t known = is_plain ? iconv_open("UTF-8", name.c_str()) : iconv_t(-1);
  if (known == iconv_t(-1)) return "must be a charset of iconv, like windows-1252 or gbk";
  iconv_close(known);
  return "";
}

std::string wrong_column(std::string_view text) {
  constexpr std::array<std::string_view, 8> kColumns = {
      "serial", "pkid", "hash", "manufacturer", "model", "group_tag", "assigned_user", "local"};
  if (std::ranges::find(kColumns, text) != kColumns.end()) return "";
  return "must be serial, pkid, hash, manufacturer, model, group_tag, assigned_user or local" +
         suggestion(text, kColumns);
}

std::string wrong_pattern(std::string_view text) {
  const bool identifies = text.find("(?P<serial>") != std::string_view::npos ||
                          text.find("(?P<pkid>") != std::string_view::npos;
  return identifies ? "" : "must have a group (?P<serial>...) or (?P<pkid>...)";
}

std::string wrong_template(std::string_view text) {
  constexpr std::string_view kPlace = "{destination}";
  const std::size_t at = text.find(kPlace);
  const bool has_one = at != std::string_view::npos &&
                       text.find(kPlace, at + 1) == std::string_view::npos &&
                       text.find('/') == std::string_view::npos;
  return has_one ? "" : "must be a file name with {destination} once, like {destination}_*.csv";
}

std::string wrong_broker(std::string_view text) {
  const bool is_safe = text.starts_with("amqps://");
  if (!is_safe && !text.starts_with("amqp://")) return "must be amqps://HOST or amqps://HOST:PORT";
  std::string as_web = "https" + std::string(text.substr(text.find(':')));
  if (as_web.ends_with('/')) as_web.pop_back();
  if (as_web.find('/', 8) != std::string::npos) return "must not contain a path";
  return wrong_url(as_web);
}

std::string wrong_address(std::string_view text) {
  const bool is_right =
      !text.empty() && text.size() <= 255 && std::ranges::all_of(text, is_visible_ascii);
  return is_right ? "" : "must be 1 to 255 visible characters, like /queue/devices";
}

std::string wrong_user(std::string_view text) {
  return text.size() <= 255 && std::ranges::all_of(text, is_visible_ascii)
             ? ""
             : "must be at most 255 visible characters";
}

}  // namespace devicebatch::settings
