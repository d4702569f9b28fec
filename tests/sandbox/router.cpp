#include "sandbox/router.hpp"

#include "base/text.hpp"
#include "sandbox/control/control_api.hpp"
#include "sandbox/obstacle_answer.hpp"
#include "sandbox/service/device_api.hpp"
#include "sandbox/service/token_endpoint.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <array>
#include <cstdio>

namespace devicebatch::sandbox {
namespace {

// Requests remembered for /sandbox/requests, and the largest body kept with one: bounds it at 8 MB.
constexpr std::size_t kRecentRequests = 512;
constexpr std::size_t kRecentBodyBytes = 16 * 1024;

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

void print(const RecentRequest& recent) {
  std::printf("%s %-4s %s %zu -> %u%s%s\n", format_utc(recent.at).substr(11, 12).c_str(),
              recent.method.c_str(), printable(recent.target).c_str(), recent.body_bytes,
              recent.status, recent.fault.empty() ? "" : " fault: ", recent.fault.c_str());
  std::fflush(stdout);
}

Answer dispatch(World& world, const Request& request, const Misfortune& fault) {
  if (is_token_request(request)) return issue_token(world, request);
  return call_device_api(world, request, fault);
}

Answer dispatch_with_obstacle(World& world, const Request& request, const Misfortune& fault) {
  const Obstacle& obstacle = *fault.obstacle;
  std::chrono::milliseconds delay{0};
  if (obstacle.commits) {
    delay = dispatch(world, request, fault).delay;
  } else if (const auto call = as_upload(request, fault)) {
    note_unprocessed(world, *call);
  } else if (is_token_request(request)) {
    ++world.tokens.requests;
  }
  if (obstacle.revokes_tokens) world.tokens.revoke_all();
  Answer answer = obstacle_answer(world, request, obstacle);
  answer.delay = delay;
  return answer;
}

// Takes Location away; where it pointed may stand in the body instead.
void move_location(Answer& answer, bool into_body) {
  for (auto each = answer.headers.begin(); each != answer.headers.end(); ++each) {
    if (each->name != "Location") continue;
    const boost::json::value link = {
        {"uri", each->value}, {"method", "GET"}, {"headers", boost::json::array()}};
    answer.headers.erase(each);
    if (!into_body) return;
    answer.body = boost::json::serialize(link);
    answer.add("Content-Type", "application/json; charset=utf-8");
    return;
  }
}

void add_service_headers(World& world, const Request& request, Answer& answer) {
  const std::string_view correlation = request.header("MS-CorrelationId");
  answer.add("MS-CorrelationId", correlation.empty() ? world.new_guid() : std::string(correlation));
  answer.add("MS-RequestId", std::string(request.header("MS-RequestId")));
  // 16 characters of base64 and a counter.
  answer.add("MS-CV", world.new_guid().substr(24) + "AAAA.0");
  answer.add("MS-ServerId", "SANDBOX001");
  answer.add("Request-Context", "appId=cid-v1:00000000-0000-0000-0000-00000000cafe");
}

void spoil(Answer& answer, const Misfortune& fault) {
  answer.delay += fault.slow;
  if (fault.has_no_location || fault.has_link_body) move_location(answer, fault.has_link_body);
  if (fault.is_truncated) answer.body.resize(answer.body.size() / 2);
  if (fault.is_cut) answer.ending = Ending::cut;
}

void finish(World& world, RecentRequest recent, const Answer& answer) {
  recent.status = answer.status;
  recent.ending = answer.ending;
  if (world.options.prints_requests) print(recent);
  world.recent.push_back(std::move(recent));
  if (world.recent.size() > kRecentRequests) world.recent.pop_front();
}

}  // namespace

Answer answer_request(World& world, Request& request) {
  if (is_control_request(request)) return call_control_api(world, request);
  RecentRequest recent = remember(world, request);
  if (request.header("MS-RequestId").empty()) {
    request.headers.emplace_back("MS-RequestId", world.new_guid());
  }
  const Misfortune fault = world.rules.draw(request.method, request.target);
  recent.fault = fault.names;
  Answer answer = fault.obstacle ? dispatch_with_obstacle(world, request, fault)
                                 : dispatch(world, request, fault);
  const bool is_service = !answer.is_gateway && !is_token_request(request);
  if (is_service && world.options.sends_bom && !answer.body.empty()) {
    answer.body.insert(0, "\xEF\xBB\xBF");
  }
  spoil(answer, fault);
  if (is_service) add_service_headers(world, request, answer);
  answer.add("Date", http_date(world.clock.now_utc()));
  finish(world, std::move(recent), answer);
  return answer;
}

}  // namespace devicebatch::sandbox
