#include "daemon/operator/service_text.hpp"

#include "daemon/json_text.hpp"
#include "daemon/operator/text_table.hpp"

namespace devicebatch::daemon {
namespace {

namespace json = boost::json;

std::string or_dash(const std::string& text) {
  return text.empty() ? "-" : text;
}

std::string joined(const json::array& texts) {
  std::string all;
  for (const json::value& text : texts) {
    if (text.is_string()) all += (all.empty() ? "" : " ") + std::string(text.get_string());
  }
  return or_dash(all);
}

std::string policies_of(const json::object& device) {
  std::string all;
  for (const json::value& policy : array_of(device, "policies")) {
    if (!policy.is_object()) continue;
    all += (all.empty() ? "" : " ") + text_of(policy.get_object(), "value");
  }
  return or_dash(all);
}

std::vector<std::string> batch_cells(const json::object& row) {
  return {std::to_string(number_of(row, "devices")), text_of(row, "batch")};
}

std::vector<std::string> device_cells(const json::object& row) {
  return {text_of(row, "device_id"),
          or_dash(text_of(row, "serial")),
          or_dash(text_of(row, "pkid")),
          or_dash(text_of(row, "manufacturer")) + " " + text_of(row, "model"),
          or_dash(text_of(row, "uploaded")),
          policies_of(row)};
}

std::vector<std::string> policy_cells(const json::object& row) {
  return {text_of(row, "policy"), std::to_string(number_of(row, "devices")), text_of(row, "name"),
          joined(array_of(row, "settings"))};
}

}  // namespace

std::string service_rows_text(std::string_view what, const json::array& rows) {
  const bool are_batches = what == "batches";
  const bool are_devices = what == "devices";
  TextTable table(
      are_batches ? std::vector<std::string>{"DEVICES", "BATCH"}
      : are_devices
          ? std::vector<std::string>{"DEVICE", "SERIAL", "PKID", "MODEL", "UPLOADED", "POLICIES"}
          : std::vector<std::string>{"POLICY", "DEVICES", "NAME", "SETTINGS"});
  for (const json::value& each : rows) {
    if (!each.is_object()) continue;
    const json::object& row = each.get_object();
    if (are_batches) {
      table.add(batch_cells(row));
    } else {
      table.add(are_devices ? device_cells(row) : policy_cells(row));
    }
  }
  return table.text();
}

std::string service_change_text(std::string_view verb, const json::object& reply) {
  if (verb == "create_policy") {
    return "policy " + or_dash(text_of(reply, "policy")) + " (" + text_of(reply, "name") +
           ") is there\n";
  }
  const std::string device =
      "device " + text_of(reply, "device_id") + " (" + or_dash(text_of(reply, "serial")) + ")";
  return device + (verb == "delete_device" ? " is removed\n" : " is changed\n");
}

std::string job_text(const json::object& job) {
  std::string text =
      "job " + or_dash(text_of(job, "tracking_id")) + ": " + or_dash(text_of(job, "state")) + "\n";
  for (const json::value& each : array_of(job, "rows")) {
    if (!each.is_object()) continue;
    const json::object& row = each.get_object();
    if (text_of(row, "outcome") != "failed") continue;
    text += "failed: " + text_of(row, "device_id") + " " + text_of(row, "serial") + " [" +
            text_of(row, "code") + "] " + text_of(row, "message") + " " + text_of(row, "fix") +
            "\n";
  }
  if (const std::string error = text_of(job, "last_error"); !error.empty()) {
    text += "  last error " + error + "\n";
  }
  return text;
}

}  // namespace devicebatch::daemon
