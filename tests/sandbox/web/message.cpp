#include "sandbox/web/message.hpp"

#include "base/hex.hpp"
#include "base/text.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <array>
#include <cstdint>
#include <cstdio>

namespace devicebatch::sandbox {

std::string_view Request::header(std::string_view name) const {
  for (const Header& each : headers) {
    if (equals_ignoring_case(each.name, name)) return each.value;
  }
  return {};
}

void Answer::remove(std::string_view name) {
  std::erase_if(headers, [&](const Header& each) { return equals_ignoring_case(each.name, name); });
}

Answer json_answer(unsigned status, const boost::json::value& body) {
  Answer answer;
  answer.status = status;
  answer.body = boost::json::serialize(body);
  answer.add("Content-Type", "application/json; charset=utf-8");
  return answer;
}

Answer service_error(unsigned status, std::string_view code, std::string_view description) {
  return json_answer(status, {{"code", code},
                              {"description", description},
                              {"data", boost::json::array()},
                              {"source", "PartnerFD"}});
}

Answer gateway_error(unsigned status, std::string_view message) {
  Answer answer;
  answer.status = status;
  const boost::json::value body = {{"statusCode", status}, {"message", message}};
  answer.body = boost::json::serialize(body);
  answer.add("Content-Type", "application/json");
  answer.is_gateway = true;
  return answer;
}

std::string http_date(UtcTime time) {
  static constexpr std::array kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{std::chrono::floor<std::chrono::seconds>(time - day)};
  char text[64];
  std::snprintf(text, sizeof text, "%s, %02u %s %04d %02d:%02d:%02d GMT",
                kDays[std::chrono::weekday(day).c_encoding()], static_cast<unsigned>(date.day()),
                kMonths[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text;
}

std::vector<std::string> path_segments(std::string_view target) {
  target = target.substr(0, target.find('?'));
  std::vector<std::string> segments;
  while (!target.empty()) {
    const std::size_t slash = target.find('/');
    const std::string_view segment = target.substr(0, slash);
    if (!segment.empty()) segments.push_back(percent_decode(segment));
    if (slash == std::string_view::npos) break;
    target.remove_prefix(slash + 1);
  }
  return segments;
}

std::string percent_decode(std::string_view text, bool plus_is_space) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    std::array<std::uint8_t, 1> byte{};
    if (text[i] == '%' && text.size() - i > 2 && from_hex(text.substr(i + 1, 2), byte)) {
      decoded.push_back(static_cast<char>(byte[0]));
      i += 2;
    } else {
      decoded.push_back(text[i] == '+' && plus_is_space ? ' ' : text[i]);
    }
  }
  return decoded;
}

}  // namespace devicebatch::sandbox
