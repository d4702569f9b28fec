#include "daemon/operator/change_words.hpp"

#include "base/text.hpp"

#include <charconv>
#include <optional>

namespace devicebatch::daemon {
namespace {

namespace json = boost::json;
using std::chrono::milliseconds;

std::optional<std::int64_t> positive_number(std::string_view text) {
  std::int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stopped != end || number <= 0) return std::nullopt;
  return number;
}

milliseconds unit_from(std::string_view word) {
  if (word == "s") return std::chrono::seconds(1);
  if (word == "min") return std::chrono::minutes(1);
  if (word == "h") return std::chrono::hours(1);
  return milliseconds(0);
}

}  // namespace

Result<Target> parse_target(std::string_view text) {
  constexpr std::string_view kRecord = "record:";
  constexpr std::string_view kChunk = "chunk:";
  Target target;
  std::string_view digits = text;
  if (text.starts_with(kRecord)) {
    digits.remove_prefix(kRecord.size());
  } else if (text.starts_with(kChunk)) {
    digits.remove_prefix(kChunk.size());
    target.kind = Target::Kind::chunk;
  }
  const std::optional<std::int64_t> id = positive_number(digits);
  if (!id) {
    return fail(Errc::rejected, "\"" + printable(text) +
                                    "\" is no record; write record:17, and for a chunk chunk:3");
  }
  target.id = *id;
  return target;
}

Result<json::object> parse_where(const std::vector<std::string>& conditions) {
  json::object where;
  for (const std::string& condition : conditions) {
    const std::size_t equals = condition.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == condition.size()) {
      return fail(Errc::rejected,
                  "\"" + printable(condition) + "\" is no condition; write KEY=VALUE");
    }
    const std::string key = condition.substr(0, equals);
    if (where.contains(key)) {
      return fail(Errc::rejected, printable(key) + " is there twice; all conditions must hold");
    }
    where[key] = condition.substr(equals + 1);
  }
  return where;
}

Result<milliseconds> parse_rate(std::string_view text) {
  if (text.empty()) return milliseconds(0);
  const std::size_t slash = text.find('/');
  if (slash != std::string_view::npos) {
    const std::optional<std::int64_t> count = positive_number(text.substr(0, slash));
    const milliseconds unit = unit_from(text.substr(slash + 1));
    if (count && unit.count() > 0 && *count <= unit.count()) return unit / *count;
  }
  return fail(Errc::rejected, "\"" + printable(text) +
                                  "\" is no rate; write 60/min, 5/s or 1000/h, at most 1000/s");
}

}  // namespace devicebatch::daemon
