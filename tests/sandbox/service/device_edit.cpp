#include "sandbox/service/device_edit.hpp"

#include "base/text.hpp"
#include "sandbox/service/listing.hpp"
#include "sandbox/service/upload.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

namespace devicebatch::sandbox {
namespace {

namespace json = boost::json;

Answer not_found() {
  return service_error(404, "1000", "Device is not found.");
}

// The job that registered a device.
const Job* job_of(const World& world, const RegisteredDevice& device) {
  if (device.sightings.empty()) return nullptr;
  const Post& post = world.history.posts()[device.sightings.front().post];
  return world.jobs.find(device.customer, post.tracking_id);
}

struct Found {
  RegisteredDevice* device = nullptr;
  UtcTime uploaded{};
};

Found find_device(World& world, const DeviceAddress& address) {
  RegisteredDevice* device = world.registry.find_id(to_lower(address.device));
  if (device == nullptr || device->customer != to_lower(address.customer)) return {};
  if (!equals_ignoring_case(device->batch, address.batch)) return {};
  const Job* job = job_of(world, *device);
  if (job == nullptr || !job->is_done(world.clock.now_mono())) return {};
  return {device, job->accepted_utc};
}

json::array to_json(const std::vector<PolicyLink>& links) {
  json::array policies;
  for (const PolicyLink& each : links) {
    policies.push_back({{"key", each.key}, {"value", each.value}});
  }
  return policies;
}

void write_down(World& world, const RegisteredDevice& device) {
  world.ledger.append({{"event", "device"},
                       {"at", format_utc(world.clock.now_utc())},
                       {"device_id", device.device_id},
                       {"serial", device.row.serial},
                       {"model", device.row.model},
                       {"manufacturer", device.row.manufacturer},
                       {"policies", to_json(device.row.policies)},
                       {"deleted", device.is_removed}});
}

// A link without a value takes the policy of its key away.
void set_policies(DeviceRow& row, const std::vector<PolicyLink>& links) {
  for (const PolicyLink& link : links) {
    std::erase_if(row.policies, [&](const PolicyLink& each) { return each.key == link.key; });
    if (!link.value.empty()) row.policies.push_back(link);
  }
}

std::optional<json::object> read_object(const Request& request) {
  json::error_code error;
  const json::value value = json::parse(request.body, error);
  if (error || !value.is_object()) return std::nullopt;
  return value.get_object();
}

Answer bad_input() {
  return service_error(400, "800002", "Invalid request input.");
}

// One entry of a DevicePolicyUpdates.
void assign(World& world, const json::object& entry, Job& job) {
  const std::string id = to_lower(text_member(entry, "id"));
  const std::vector<PolicyLink> links = read_policies(entry);
  RegisteredDevice* device = world.registry.find_id(id);
  const bool is_own = device != nullptr && device->customer == job.customer;
  DeviceResult result{Outcome::not_registered, id};
  if (is_own) {
    const auto fault = world.policies.judge(job.customer, links);
    result.outcome = fault.value_or(Outcome::updated);
  }
  DeviceRow& row = job.rows.emplace_back();
  if (is_own) {
    row.serial = device->row.serial;
    row.pkid = device->row.pkid;
  }
  if (result.outcome == Outcome::updated) {
    set_policies(device->row, links);
    write_down(world, *device);
  }
  job.results.push_back(std::move(result));
}

}  // namespace

Answer update_device(World& world, const Request& request, const DeviceAddress& address) {
  const Found found = find_device(world, address);
  if (found.device == nullptr) return not_found();
  const auto body = read_object(request);
  if (!body) return bad_input();
  const std::string id = text_member(*body, "id");
  if (!id.empty() && !equals_ignoring_case(id, address.device)) {
    return service_error(400, "3000", "Invalid property: id.");
  }
  DeviceRow& row = found.device->row;
  const std::vector<PolicyLink> links = read_policies(*body);
  if (const auto fault = world.policies.judge(found.device->customer, links)) {
    return service_error(400, "3000", "Invalid property: policies.");
  }
  set_policies(row, links);
  if (member(*body, "modelName")) row.model = text_member(*body, "modelName");
  if (member(*body, "oemManufacturerName")) {
    row.manufacturer = text_member(*body, "oemManufacturerName");
  }
  write_down(world, *found.device);
  return json_answer(200, describe_device(world, found.device->device_id, found.uploaded));
}

Answer delete_device(World& world, const DeviceAddress& address) {
  const Found found = find_device(world, address);
  if (found.device == nullptr) return not_found();
  world.registry.remove(std::string(found.device->device_id));
  write_down(world, *found.device);
  Answer answer;
  answer.status = 204;
  return answer;
}

Answer assign_policies(World& world, const Request& request, const std::string& customer) {
  const auto body = read_object(request);
  const json::value* devices = body ? member(*body, "devices") : nullptr;
  if (devices == nullptr || !devices->is_array() || devices->get_array().empty()) {
    return bad_input();
  }
  if (devices->get_array().size() > world.options.max_devices) return bad_input();
  Job job;
  job.tracking_id = world.new_guid();
  job.customer = to_lower(customer);
  job.accepted = world.clock.now_mono();
  job.accepted_utc = world.clock.now_utc();
  job.quirks = request.fault ? request.fault->job : JobQuirks();
  job.quirks.merge(world.options.job);
  job.duration = job.quirks.duration.value_or(world.options.job_time);
  for (const json::value& each : devices->get_array()) {
    const json::object* entry = each.if_object();
    if (entry == nullptr || text_member(*entry, "id").empty()) return bad_input();
  }
  for (const json::value& each : devices->get_array()) assign(world, each.get_object(), job);
  const std::string tracking_id = job.tracking_id;
  world.jobs.add(std::move(job));
  return accepted(world, request, customer, tracking_id);
}

void restore_device_event(World& world, const json::object& event) {
  const std::string id = text_member(event, "device_id");
  RegisteredDevice* device = world.registry.find_id(id);
  if (device == nullptr) return;
  device->row.model = text_member(event, "model");
  device->row.manufacturer = text_member(event, "manufacturer");
  device->row.policies = read_policies(event);
  const json::value* deleted = member(event, "deleted");
  if (deleted != nullptr && *deleted == true) world.registry.remove(id);
}

}  // namespace devicebatch::sandbox
