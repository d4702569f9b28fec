#include "sandbox/service/device_api.hpp"

#include "base/text.hpp"
#include "base/uuid.hpp"
#include "sandbox/service/listing.hpp"

#include <array>
#include <initializer_list>
#include <string_view>

namespace devicebatch::sandbox {
namespace {

// "*" stands for one segment of any text.
bool fits(const std::vector<std::string>& segments, std::initializer_list<std::string_view> form) {
  if (segments.size() != form.size()) return false;
  std::size_t i = 0;
  for (const std::string_view expected : form) {
    const std::string& segment = segments[i++];
    if (expected != "*" && !equals_ignoring_case(segment, expected)) return false;
  }
  return true;
}

bool is_batches(const std::vector<std::string>& segments) {
  return fits(segments, {"v1", "customers", "*", "deviceBatches"});
}

bool is_devices(const std::vector<std::string>& segments) {
  return fits(segments, {"v1", "customers", "*", "deviceBatches", "*", "devices"});
}

bool is_job(const std::vector<std::string>& segments) {
  return fits(segments, {"v1", "customers", "*", "batchJobStatus", "*"});
}

Answer denied() {
  Answer answer = service_error(401, "400", "Access denied.");
  answer.add("WWW-Authenticate", "OAuth realm=urn:cpsvc:cpid:sandbox");
  return answer;
}

std::optional<Answer> check_token(const World& world, const Request& request) {
  std::string_view credentials = request.header("Authorization");
  constexpr std::string_view kScheme = "Bearer ";
  if (!equals_ignoring_case(credentials.substr(0, kScheme.size()), kScheme)) return denied();
  credentials.remove_prefix(kScheme.size());
  const MonoTime now = world.clock.now_mono();
  switch (world.tokens.check(trim(credentials), world.options.resource, now)) {
    case TokenState::good:
      return std::nullopt;
    case TokenState::wrong_audience:
      return service_error(401, "900420", "The audience of the token is not accepted.");
    case TokenState::refused:
      break;
  }
  return denied();
}

std::optional<Answer> check_customer(const World& world, const std::string& customer) {
  if (!Uuid::parse(customer)) return service_error(400, "900118", "Invalid customer id.");
  if (world.rules.is_unknown(to_lower(customer))) {
    return service_error(404, "60003", "Tenant is not found.");
  }
  if (world.rules.is_forbidden(to_lower(customer))) {
    return service_error(403, "20002", "The partner has no relationship with the customer.");
  }
  return std::nullopt;
}

std::optional<Answer> find_denial(const World& world, const Request& request,
                                  const std::string& customer) {
  if (auto denial = check_token(world, request)) return denial;
  return check_customer(world, customer);
}

Answer read_something(const World& world, const Request& request,
                      const std::vector<std::string>& segments) {
  if (auto denial = find_denial(world, request, segments[2])) return *denial;
  if (is_batches(segments)) return list_batches(world, request, segments[2]);
  if (is_devices(segments)) return list_devices(world, request, segments[2], segments[4]);
  return job_status(world, segments[2], segments[4]);
}

}  // namespace

std::optional<UploadCall> as_upload(const Request& request, const Misfortune& fault) {
  if (request.method != "POST") return std::nullopt;
  const std::vector<std::string> segments = path_segments(request.target);
  if (!is_batches(segments) && !is_devices(segments)) return std::nullopt;
  UploadCall call(request, fault, segments[2]);
  if (is_devices(segments)) call.batch = segments[4];
  return call;
}

Answer call_device_api(World& world, const Request& request, const Misfortune& fault) {
  if (auto call = as_upload(request, fault)) {
    call->denial = find_denial(world, request, call->customer);
    if (!call->denial && !call->batch && !world.options.app_only_creates) {
      call->denial = service_error(403, "900329", "App-only calls are not supported here.");
    }
    return upload(world, *call);
  }
  const std::vector<std::string> segments = path_segments(request.target);
  const bool is_known = is_batches(segments) || is_devices(segments) || is_job(segments);
  if (!is_known) return service_error(404, "1000", "There is nothing at this address.");
  if (request.method != "GET") return service_error(405, "0", "The method is not allowed.");
  return read_something(world, request, segments);
}

}  // namespace devicebatch::sandbox
