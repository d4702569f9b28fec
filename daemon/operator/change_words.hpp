// daemon/operator/change_words.hpp - the arguments of the verbs that change something.
//
// Threading: pure.
// Errors:    Errc::rejected with what would be right.
#pragma once

#include "base/result.hpp"

#include <boost/json/object.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace devicebatch::daemon {

struct Target {
  enum class Kind { record, chunk };
  Kind kind = Kind::record;
  std::int64_t id = 0;
};

// "17", "record:17" or "chunk:3".
Result<Target> parse_target(std::string_view text);

// "KEY=VALUE" each, no key twice.
Result<boost::json::object> parse_where(const std::vector<std::string>& conditions);

// "60/min", "5/s", "1000/h": the time between two of them; zero for an empty text.
Result<std::chrono::milliseconds> parse_rate(std::string_view text);

}  // namespace devicebatch::daemon
