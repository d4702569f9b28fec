#include "sandbox/service/device_api.hpp"

#include "base/text.hpp"
#include "sandbox/service/access.hpp"
#include "sandbox/service/device_edit.hpp"
#include "sandbox/service/listing.hpp"
#include "sandbox/service/policy_api.hpp"

#include <initializer_list>
#include <string_view>

namespace devicebatch::sandbox {
namespace {

using Segments = std::vector<std::string>;

// "*" stands for one segment of any text.
bool fits(const Segments& segments, std::initializer_list<std::string_view> form) {
  if (segments.size() != form.size()) return false;
  std::size_t i = 0;
  for (const std::string_view expected : form) {
    const std::string& segment = segments[i++];
    if (expected != "*" && !equals_ignoring_case(segment, expected)) return false;
  }
  return true;
}

enum class Place { nowhere, batches, devices, device, job, policy_updates, policies, policy };

Place place_of(const Segments& segments) {
  const auto is = [&](std::initializer_list<std::string_view> form) {
    return fits(segments, form);
  };
  if (is({"v1", "customers", "*", "deviceBatches"})) return Place::batches;
  if (is({"v1", "customers", "*", "deviceBatches", "*", "devices"})) return Place::devices;
  if (is({"v1", "customers", "*", "deviceBatches", "*", "devices", "*"})) return Place::device;
  if (is({"v1", "customers", "*", "batchJobStatus", "*"})) return Place::job;
  if (is({"v1", "customers", "*", "DevicePolicyUpdates"})) return Place::policy_updates;
  if (is({"v1", "customers", "*", "policies"})) return Place::policies;
  if (is({"v1", "customers", "*", "policies", "*"})) return Place::policy;
  return Place::nowhere;
}

bool is_allowed(Place place, const std::string& method) {
  switch (place) {
    case Place::batches:
    case Place::devices:
    case Place::policies:
      return method == "GET" || method == "POST";
    case Place::device:
      return method == "PUT" || method == "DELETE";
    case Place::job:
      return method == "GET";
    case Place::policy_updates:
      return method == "PATCH";
    case Place::policy:
      return method == "GET" || method == "PUT" || method == "DELETE";
    case Place::nowhere:
      break;
  }
  return false;
}

Answer call_place(World& world, const Request& request, Place place, const Segments& segments) {
  const std::string& customer = segments[2];
  switch (place) {
    case Place::batches:
      return list_batches(world, request, customer);
    case Place::devices:
      return list_devices(world, request, customer, segments[4]);
    case Place::device: {
      const DeviceAddress address{customer, segments[4], segments[6]};
      if (request.method == "DELETE") return delete_device(world, address);
      return update_device(world, request, address);
    }
    case Place::policy_updates:
      return assign_policies(world, request, customer);
    case Place::policies:
      return call_policies(world, request, customer, "");
    case Place::policy:
      return call_policies(world, request, customer, segments[4]);
    default:
      return job_status(world, customer, segments[4]);
  }
}

}  // namespace

std::optional<UploadCall> as_upload(const Request& request, const Misfortune& fault) {
  if (request.method != "POST") return std::nullopt;
  const Segments segments = path_segments(request.target);
  const Place place = place_of(segments);
  if (place != Place::batches && place != Place::devices) return std::nullopt;
  UploadCall call(request, fault, segments[2]);
  if (place == Place::devices) call.batch = segments[4];
  return call;
}

Answer call_device_api(World& world, const Request& request, const Misfortune& fault) {
  if (auto call = as_upload(request, fault)) {
    call->denial = find_denial(world, request, call->customer, !call->batch);
    return upload(world, *call);
  }
  const Segments segments = path_segments(request.target);
  const Place place = place_of(segments);
  if (place == Place::nowhere) {
    return service_error(404, "1000", "There is nothing at this address.");
  }
  if (!is_allowed(place, request.method)) {
    return service_error(405, "0", "The method is not allowed.");
  }
  if (auto denial = find_denial(world, request, segments[2], false)) return *denial;
  return call_place(world, request, place, segments);
}

}  // namespace devicebatch::sandbox
