#include "sandbox/service/policies.hpp"

#include "base/text.hpp"

#include <boost/json/value.hpp>

#include <algorithm>

namespace devicebatch::sandbox {

namespace json = boost::json;

const Policy& Policies::put(Policy policy) {
  for (Policy& each : policies_) {
    if (each.id == policy.id) return each = std::move(policy);
  }
  return policies_.emplace_back(std::move(policy));
}

void Policies::remove(const std::string& id) {
  std::erase_if(policies_, [&](const Policy& each) { return each.id == id; });
}

const Policy* Policies::find(std::string_view customer, std::string_view id) const {
  for (const Policy& each : policies_) {
    if (each.customer == customer && equals_ignoring_case(each.id, id)) return &each;
  }
  return nullptr;
}

std::vector<const Policy*> Policies::of(std::string_view customer) const {
  std::vector<const Policy*> found;
  for (const Policy& each : policies_) {
    if (each.customer == customer) found.push_back(&each);
  }
  return found;
}

std::optional<Outcome> Policies::judge(std::string_view customer,
                                       const std::vector<PolicyLink>& links) const {
  for (const PolicyLink& link : links) {
    if (link.value.empty()) continue;
    bool is_elsewhere = false;
    const bool is_here = std::any_of(policies_.begin(), policies_.end(), [&](const Policy& each) {
      const bool is_meant = equals_ignoring_case(each.id, link.value) || each.name == link.value;
      is_elsewhere |= is_meant && each.customer != customer;
      return is_meant && each.customer == customer;
    });
    if (!is_here) return is_elsewhere ? Outcome::other_profile : Outcome::no_profile;
  }
  return std::nullopt;
}

json::object to_event(const Policy& policy) {
  json::array settings(policy.settings.begin(), policy.settings.end());
  return {{"event", "policy"},
          {"at", format_utc(policy.modified)},
          {"created", format_utc(policy.created)},
          {"id", policy.id},
          {"customer", policy.customer},
          {"name", policy.name},
          {"category", policy.category},
          {"description", policy.description},
          {"settings", std::move(settings)}};
}

Policy read_policy_event(const json::object& event) {
  Policy policy;
  policy.id = text_member(event, "id");
  policy.customer = text_member(event, "customer");
  policy.name = text_member(event, "name");
  policy.category = text_member(event, "category");
  policy.description = text_member(event, "description");
  policy.created = parse_utc(text_member(event, "created")).value_or(UtcTime());
  policy.modified = parse_utc(text_member(event, "at")).value_or(UtcTime());
  const json::value* settings = member(event, "settings");
  if (settings == nullptr || !settings->is_array()) return policy;
  for (const json::value& each : settings->get_array()) {
    if (each.is_string()) policy.settings.emplace_back(std::string_view(each.get_string()));
  }
  return policy;
}

}  // namespace devicebatch::sandbox
