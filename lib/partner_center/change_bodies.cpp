#include "partner_center/change_bodies.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace devicebatch::partner_center {

namespace json = boost::json;

namespace {

void add_unless_empty(json::object& object, std::string_view name, std::string_view value) {
  if (!value.empty()) object.emplace(name, value);
}

json::object policy_link(std::string_view key, std::string_view policy) {
  json::object link;
  link.emplace("key", key.empty() ? kOobe : key);
  link.emplace("value", policy);
  return link;
}

}  // namespace

std::string encode_device(const DeviceListing& device) {
  json::object object;
  add_unless_empty(object, "id", device.id);
  add_unless_empty(object, "serialNumber", device.serial);
  add_unless_empty(object, "productKey", device.pkid);
  add_unless_empty(object, "oemManufacturerName", device.manufacturer);
  add_unless_empty(object, "modelName", device.model);
  json::array policies;
  for (const DevicePolicy& policy : device.policies) {
    if (!policy.value.empty()) policies.push_back(policy_link(policy.key, policy.value));
  }
  if (!policies.empty()) object.emplace("policies", std::move(policies));
  return json::serialize(object);
}

std::string encode_assignments(std::span<const PolicyAssignment> assignments) {
  json::array devices;
  for (const PolicyAssignment& assignment : assignments) {
    json::object device;
    device.emplace("id", assignment.device_id);
    device.emplace("policies", json::array{policy_link(kOobe, assignment.policy_id)});
    devices.push_back(std::move(device));
  }
  json::object body;
  body.emplace("devices", std::move(devices));
  return json::serialize(body);
}

std::string encode_policy(const ConfigurationPolicy& policy) {
  json::array settings;
  for (const std::string& setting : policy.settings) settings.emplace_back(setting);
  if (settings.empty()) settings.emplace_back("none");
  json::object object;
  add_unless_empty(object, "id", policy.id);
  object.emplace("name", policy.name);
  object.emplace("category", policy.category.empty() ? kOobe : policy.category);
  add_unless_empty(object, "description", policy.description);
  object.emplace("policySettings", std::move(settings));
  return json::serialize(object);
}

}  // namespace devicebatch::partner_center
