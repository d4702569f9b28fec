#include "sandbox/service/policy_api.hpp"

#include "base/text.hpp"
#include "sandbox/service/listing.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <array>

namespace devicebatch::sandbox {
namespace {

namespace json = boost::json;

constexpr std::string_view kCategory = "o_o_b_e";
constexpr std::array<std::string_view, 6> kSettings = {
    "none",
    "remove_oem_preinstalls",
    "oobe_user_not_local_admin",
    "skip_express_settings",
    "skip_oem_registration",
    "skip_eula",
};

Answer bad(std::string_view code, std::string_view what) {
  return service_error(400, code, what);
}

Answer not_found() {
  return service_error(404, "1000", "Configuration policy is not found.");
}

bool is_setting(const json::value& value) {
  if (!value.is_string()) return false;
  const std::string_view text(value.get_string());
  return std::find(kSettings.begin(), kSettings.end(), text) != kSettings.end();
}

bool uses(const DeviceRow& row, const Policy& policy) {
  return std::any_of(row.policies.begin(), row.policies.end(), [&](const PolicyLink& each) {
    return equals_ignoring_case(each.value, policy.id) || each.value == policy.name;
  });
}

std::uint64_t devices_using(const World& world, const Policy& policy) {
  const auto& devices = world.registry.devices();
  const auto count = std::count_if(devices.begin(), devices.end(), [&](const auto& each) {
    return !each.is_removed && each.customer == policy.customer && uses(each.row, policy);
  });
  return static_cast<std::uint64_t>(count);
}

json::object describe(const World& world, const Policy& policy) {
  json::array settings(policy.settings.begin(), policy.settings.end());
  json::object body = {{"id", policy.id}, {"name", policy.name}, {"category", policy.category}};
  if (!policy.description.empty()) body["description"] = policy.description;
  body[world.options.policy_count_name] = devices_using(world, policy);
  body["policySettings"] = std::move(settings);
  body["createdDate"] = format_utc(policy.created).substr(0, 19);
  body["lastModifiedDate"] = format_utc(policy.modified).substr(0, 19);
  body["attributes"] = {{"objectType", "ConfigurationPolicy"}};
  return body;
}

// Fills what the body says; the Answer is the refusal.
std::optional<Answer> read_body(const Request& request, Policy& policy) {
  json::error_code error;
  const json::value value = json::parse(request.body, error);
  const json::object* object = error ? nullptr : value.if_object();
  if (object == nullptr) return bad("800002", "Invalid request input: not an object.");
  policy.name = text_member(*object, "name");
  policy.category = text_member(*object, "category");
  policy.description = text_member(*object, "description");
  policy.settings.clear();
  if (policy.name.empty()) return bad("3000", "Invalid property: name.");
  if (policy.category != kCategory) return bad("900126", "Cannot parse the category.");
  const json::value* settings = member(*object, "policySettings");
  if (settings == nullptr || !settings->is_array()) {
    return bad("3000", "Invalid property: policySettings.");
  }
  for (const json::value& each : settings->get_array()) {
    if (!is_setting(each)) return bad("900126", "Cannot parse a policy setting.");
    policy.settings.emplace_back(std::string_view(each.get_string()));
  }
  return std::nullopt;
}

Answer keep(World& world, unsigned status, Policy policy) {
  policy.modified = world.clock.now_utc();
  world.ledger.append(to_event(policy));
  return json_answer(status, describe(world, world.policies.put(std::move(policy))));
}

Answer create(World& world, const Request& request, const std::string& customer) {
  Policy policy;
  if (auto refusal = read_body(request, policy)) return *refusal;
  policy.id = world.new_guid();
  policy.customer = customer;
  policy.created = world.clock.now_utc();
  return keep(world, static_cast<unsigned>(world.options.policy_create_status), std::move(policy));
}

Answer replace(World& world, const Request& request, const Policy& known) {
  Policy policy = known;
  if (auto refusal = read_body(request, policy)) return *refusal;
  return keep(world, 200, std::move(policy));
}

Answer remove(World& world, const Policy& policy) {
  if (devices_using(world, policy) != 0) {
    return service_error(409, "409", "The policy is assigned to devices.");
  }
  json::object event = to_event(policy);
  event["deleted"] = true;
  world.ledger.append(event);
  world.policies.remove(std::string(policy.id));
  Answer answer;
  answer.status = 204;
  return answer;
}

Answer list(const World& world, const Request& request, const std::string& customer) {
  const std::vector<const Policy*> policies = world.policies.of(customer);
  const auto show = [&](std::size_t i) { return describe(world, *policies[i]); };
  return paginate(world, request, {policies.size(), 0, show});
}

}  // namespace

Answer call_policies(World& world, const Request& request, const std::string& customer,
                     const std::string& id) {
  const std::string owner = to_lower(customer);
  const std::string& method = request.method;
  if (id.empty()) {
    if (method == "GET") return list(world, request, owner);
    if (method == "POST") return create(world, request, owner);
    return service_error(405, "0", "The method is not allowed.");
  }
  const Policy* policy = world.policies.find(owner, id);
  if (policy == nullptr) return not_found();
  if (method == "GET") return json_answer(200, describe(world, *policy));
  if (method == "PUT") return replace(world, request, *policy);
  if (method == "DELETE") return remove(world, *policy);
  return service_error(405, "0", "The method is not allowed.");
}

}  // namespace devicebatch::sandbox
