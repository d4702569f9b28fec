#include "sandbox/control/spoil_answer.hpp"

#include "base/text.hpp"
#include "sandbox/web/framing.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <charconv>

namespace devicebatch::sandbox {
namespace {

namespace json = boost::json;

constexpr std::size_t kLongLocation = std::size_t{64} << 10;

// The path of a Location, without the scheme and host of an absolute one.
std::string path_of(const std::string& location) {
  const std::size_t scheme = location.find("://");
  if (scheme == std::string::npos) return "/v1" + location;
  return location.substr(std::min(location.find('/', scheme + 3), location.size()));
}

std::string without_last(const std::string& path) {
  return path.substr(0, path.rfind('/'));
}

std::string other_customer(const std::string& location) {
  const std::size_t at = location.find("/customers/") + 11;
  return location.substr(0, at) + "99999999-9999-4999-8999-999999999999" +
         location.substr(location.find('/', at));
}

std::string twisted(const std::string& location, std::string_view host, LocationTwist twist) {
  const std::string path = path_of(location);
  switch (twist) {
    case LocationTwist::other_host:
      return "https://partnercenter.example" + path;
    case LocationTwist::http_downgrade:
      return "http://" + std::string(host) + path;
    case LocationTwist::file:
      return "file://" + path;
    case LocationTwist::userinfo:
      return "https://user:password@" + std::string(host) + path;
    case LocationTwist::too_long:
      return location + "?" + std::string(kLongLocation - location.size() - 1, 'x');
    case LocationTwist::crlf:
      return location + "%0D%0AX-Injected:%201";
    case LocationTwist::folded:
      return without_last(location) + "\r\n /" + location.substr(location.rfind('/') + 1);
    case LocationTwist::not_guid:
      return without_last(location) + "/not-a-guid";
    case LocationTwist::other_customer:
      return other_customer(location);
    default:
      return {};
  }
}

void move_into_body(Answer& answer, const std::string& location) {
  const json::value link = {{"uri", location}, {"method", "GET"}, {"headers", json::array()}};
  answer.body = json::serialize(link);
  answer.add("Content-Type", "application/json; charset=utf-8");
}

json::value pascal(const json::value& value);

// A code that is a number in a text.
json::value as_code(const json::value& value) {
  if (!value.is_string()) return pascal(value);
  const std::string text(std::string_view(value.get_string()));
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number = error == std::errc() && end == text.data() + text.size();
  return is_number ? json::value(number) : value;
}

json::value pascal(const json::value& value) {
  if (const json::array* list = value.if_array()) {
    json::array all;
    for (const json::value& each : *list) all.push_back(pascal(each));
    return all;
  }
  const json::object* object = value.if_object();
  if (object == nullptr) return value;
  json::object changed;
  for (const auto& [key, each] : *object) {
    std::string name(std::string_view{key});
    const bool is_code = name == "code" || name == "errorCode";
    if (!name.empty()) name[0] = ascii_upper(name[0]);
    changed[name] = is_code ? as_code(each) : pascal(each);
  }
  return changed;
}

}  // namespace

void twist_location(Answer& answer, const Request& request, LocationTwist twist) {
  if (twist == LocationTwist::none || answer.status >= 300) return;
  for (auto each = answer.headers.begin(); each != answer.headers.end(); ++each) {
    if (each->name != "Location") continue;
    const std::string location = each->value;
    if (twist == LocationTwist::absent || twist == LocationTwist::in_body) {
      answer.headers.erase(each);
      if (twist == LocationTwist::in_body) move_into_body(answer, location);
    } else {
      each->value = twisted(location, request.header("Host"), twist);
    }
    return;
  }
}

void spoil(Answer& answer, const Spoilage& spoilage) {
  answer.delay += spoilage.slow;
  if (spoilage.is_truncated) answer.body.resize(answer.body.size() / 2);
  if (spoilage.is_gzipped) {
    answer.body = gzip(answer.body);
    answer.add("Content-Encoding", "gzip");
  }
  if (!spoilage.content_type.empty()) {
    answer.remove("Content-Type");
    answer.add("Content-Type", spoilage.content_type);
  }
  if (spoilage.is_cut && answer.ending == Ending::answer) answer.ending = Ending::cut;
  answer.framing = spoilage.framing;
}

std::string in_pascal_case(const std::string& body) {
  json::error_code error;
  const json::value value = json::parse(body, error);
  return error ? body : json::serialize(pascal(value));
}

}  // namespace devicebatch::sandbox
