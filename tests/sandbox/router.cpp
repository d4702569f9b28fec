#include "sandbox/router.hpp"

#include "base/text.hpp"
#include "sandbox/control/control_api.hpp"
#include "sandbox/control/obstacle_answer.hpp"
#include "sandbox/control/request_trail.hpp"
#include "sandbox/control/spoil_answer.hpp"
#include "sandbox/identity/token_endpoint.hpp"
#include "sandbox/service/device_api.hpp"

namespace devicebatch::sandbox {
namespace {

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

void add_service_headers(World& world, const Request& request, Answer& answer) {
  const std::string_view correlation = request.header("MS-CorrelationId");
  answer.add("MS-CorrelationId", correlation.empty() ? world.new_guid() : std::string(correlation));
  answer.add("MS-RequestId", std::string(request.header("MS-RequestId")));
  // 16 characters of base64 and a counter.
  answer.add("MS-CV", world.new_guid().substr(24) + "AAAA.0");
  answer.add("MS-ServerId", "SANDBOX001");
  answer.add("Request-Context", "appId=cid-v1:00000000-0000-0000-0000-00000000cafe");
  if (equals_ignoring_case(request.header("ValidateMfa"), "true")) {
    answer.add("isMfaCompliant", world.options.has_mfa ? "true" : "false");
  }
}

// As the service itself writes a body, before anything spoils it.
void dress(World& world, const Request& request, const Misfortune& fault, Answer& answer) {
  const bool is_pascal = fault.spoilage.is_pascal || world.options.casing == Casing::pascal;
  if (is_pascal) answer.body = in_pascal_case(answer.body);
  if (world.options.sends_bom && !answer.body.empty()) answer.body.insert(0, "\xEF\xBB\xBF");
  add_service_headers(world, request, answer);
}

}  // namespace

std::optional<std::uint64_t> Router::begin(Request& request) {
  if (is_control_request(request)) return std::nullopt;
  auto drawn = std::make_shared<Misfortune>(world_.rules.draw(request.method, request.target));
  request.fault = drawn;
  return drawn->drop_request_at;
}

Answer Router::answer(Request& request) {
  if (is_control_request(request)) return call_control_api(world_, request);
  RecentRequest recent = remember(world_, request);
  if (request.header("MS-RequestId").empty()) {
    request.headers.emplace_back("MS-RequestId", world_.new_guid());
  }
  const Misfortune& fault = *request.fault;
  recent.fault = fault.names;
  Answer answer = fault.obstacle ? dispatch_with_obstacle(world_, request, fault)
                                 : dispatch(world_, request, fault);
  twist_location(answer, request, fault.spoilage.location);
  const bool is_service = !answer.is_gateway && !is_token_request(request);
  if (is_service) dress(world_, request, fault, answer);
  spoil(answer, fault.spoilage);
  answer.add("Date", http_date(world_.server_time()));
  leave_trail(world_, request, std::move(recent), answer);
  return answer;
}

void Router::note_refused(const Request& request, const Answer& answer) {
  if (is_control_request(request)) return;
  RecentRequest recent = remember(world_, request);
  if (request.fault) recent.fault = request.fault->names;
  recent.body_bytes = static_cast<std::size_t>(request.bytes);
  leave_trail(world_, request, std::move(recent), answer);
}

}  // namespace devicebatch::sandbox
