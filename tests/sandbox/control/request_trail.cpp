#include "sandbox/control/request_trail.hpp"

#include "base/hex.hpp"
#include "base/sha256.hpp"
#include "base/text.hpp"
#include "sandbox/identity/token_endpoint.hpp"

#include <boost/json/value.hpp>

#include <cstdio>

namespace devicebatch::sandbox {
namespace {

// Requests remembered for /sandbox/requests, and the largest body kept with one: bounds it at 8 MB.
constexpr std::size_t kRecentRequests = 512;
constexpr std::size_t kRecentBodyBytes = 16 * 1024;
constexpr std::size_t kTargetBytes = 2'000;

void print(const RecentRequest& recent) {
  std::printf("%s %-4s %s %zu -> %u%s%s\n", format_utc(recent.at).substr(11, 12).c_str(),
              recent.method.c_str(), printable(recent.target).c_str(), recent.body_bytes,
              recent.status, recent.fault.empty() ? "" : " fault: ", recent.fault.c_str());
  std::fflush(stdout);
}

void log(World& world, const Request& request, const RecentRequest& recent) {
  if (!world.request_log.is_open()) return;
  world.request_log.append({{"at", format_utc(recent.at)},
                            {"method", recent.method},
                            {"target", recent.target.substr(0, kTargetBytes)},
                            {"status", recent.status},
                            {"ending", ending_word(recent.ending)},
                            {"request_id", request.header("MS-RequestId")},
                            {"correlation_id", request.header("MS-CorrelationId")},
                            {"body_bytes", recent.body_bytes},
                            {"body_sha256", to_hex(sha256(request.body))},
                            {"fault", recent.fault}});
}

}  // namespace

const char* ending_word(Ending ending) {
  switch (ending) {
    case Ending::close:
      return "closed";
    case Ending::reset:
      return "reset";
    case Ending::cut:
      return "cut";
    case Ending::dropped:
      return "dropped";
    case Ending::answer:
      break;
  }
  return "answered";
}

RecentRequest remember(const World& world, const Request& request) {
  RecentRequest recent;
  recent.at = world.clock.now_utc();
  recent.method = request.method;
  recent.target = request.target;
  for (const Header& each : request.headers) {
    const bool is_secret = equals_ignoring_case(each.name, "Authorization");
    recent.headers.emplace_back(each.name, is_secret ? "(hidden)" : each.value);
  }
  recent.body_bytes = request.body.size();
  const bool keeps_body = request.body.size() <= kRecentBodyBytes && !is_token_request(request);
  if (keeps_body) recent.body = request.body;
  return recent;
}

void leave_trail(World& world, const Request& request, RecentRequest recent, const Answer& answer) {
  recent.status = answer.status;
  recent.ending = answer.ending;
  if (world.options.prints_requests) print(recent);
  log(world, request, recent);
  world.recent.push_back(std::move(recent));
  if (world.recent.size() > kRecentRequests) world.recent.pop_front();
}

}  // namespace devicebatch::sandbox
