#include "flow/clock_skew.hpp"

namespace devicebatch::flow {
namespace {

using std::chrono::seconds;

constexpr seconds kTolerated{30};
constexpr seconds kAssertionLife{300};

}  // namespace

seconds ahead_of(UtcTime date, UtcTime sent, UtcTime received) {
  // The date may be any moment of its second.
  if (date + seconds(1) < sent) return std::chrono::floor<seconds>(sent - date);
  if (date > received) return -std::chrono::floor<seconds>(date - received);
  return seconds(0);
}

std::string describe_skew(seconds ahead) {
  return "this machine's clock is " + format_duration(std::chrono::abs(ahead)) +
         (ahead.count() > 0 ? " ahead of" : " behind") + " the identity service";
}

ClockSkew::Change ClockSkew::observe(seconds ahead) {
  ahead_ = ahead;
  const bool is_wrong = std::chrono::abs(ahead) > kTolerated;
  const bool was_wrong = said_.count() != 0;
  if (is_wrong && std::chrono::abs(ahead - said_) > kTolerated) {
    said_ = ahead;
    return Change::wrong;
  }
  if (is_wrong || !was_wrong) return Change::none;
  said_ = seconds(0);
  return Change::right_again;
}

bool ClockSkew::spoils_assertions() const {
  return std::chrono::abs(ahead_) > kAssertionLife;
}

}  // namespace devicebatch::flow
