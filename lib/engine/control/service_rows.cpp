#include "engine/control/service_rows.hpp"

#include "base/text.hpp"
#include "policy/classify.hpp"

#include <boost/json/array.hpp>

namespace devicebatch::engine {

namespace json = boost::json;
using partner_center::JobState;

json::object batch_row(const partner_center::BatchSummary& batch) {
  return {{"batch", printable(batch.id)}, {"devices", batch.devices}};
}

json::object device_row(const partner_center::DeviceListing& device) {
  json::array policies;
  for (const partner_center::DevicePolicy& policy : device.policies) {
    policies.push_back(
        json::object{{"key", printable(policy.key)}, {"value", printable(policy.value)}});
  }
  return {{"device_id", printable(device.id)}, {"serial", printable(device.serial)},
          {"pkid", printable(device.pkid)},    {"manufacturer", printable(device.manufacturer)},
          {"model", printable(device.model)},  {"uploaded", printable(device.uploaded)},
          {"policies", std::move(policies)}};
}

json::object policy_row(const partner_center::ConfigurationPolicy& policy) {
  json::array settings;
  for (const std::string& setting : policy.settings) settings.emplace_back(printable(setting));
  return {{"policy", printable(policy.id)},
          {"name", printable(policy.name)},
          {"category", printable(policy.category)},
          {"description", printable(policy.description)},
          {"devices", policy.devices},
          {"settings", std::move(settings)},
          {"created", printable(policy.created)},
          {"modified", printable(policy.modified)}};
}

bool is_over(JobState state) {
  return state == JobState::finished || state == JobState::finished_with_errors;
}

json::object job_device_row(const partner_center::DeviceStatus& device) {
  json::object row{{"device_id", printable(device.device_id)},
                   {"serial", printable(device.serial)}};
  const bool has_error = !device.error_code.empty() || !device.error_name.empty();
  if (!has_error && !is_over(device.state)) {
    row["outcome"] = "open";
    return row;
  }
  const bool is_fine = device.state == JobState::finished && !has_error;
  row["outcome"] = is_fine ? "done" : "failed";
  if (is_fine) return row;
  const policy::DeviceResult result =
      policy::judge_device(false, device.error_code, device.error_name);
  row["code"] = result.code;
  row["message"] = result.reason;
  row["fix"] = result.advice;
  row["service_code"] = printable(device.error_code);
  row["service_name"] = printable(device.error_name);
  return row;
}

}  // namespace devicebatch::engine
