// sandbox/service/policies.hpp - the configuration policies of each customer.
//
// Threading: the loop.
// Source:    docs/protocol.md; members as in the published samples.
#pragma once

#include "base/clock.hpp"
#include "sandbox/service/device_rows.hpp"

#include <boost/json/fwd.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace devicebatch::sandbox {

struct Policy {
  std::string id;
  std::string customer;  // lower case
  std::string name;
  std::string category;
  std::string description;
  std::vector<std::string> settings;
  UtcTime created{};
  UtcTime modified{};
};

class Policies {
 public:
  // Makes it, or replaces the one with its id.
  const Policy& put(Policy policy);
  void remove(const std::string& id);
  // nullptr when the customer has none of that id.
  const Policy* find(std::string_view customer, std::string_view id) const;
  std::vector<const Policy*> of(std::string_view customer) const;  // oldest first
  void clear() { *this = Policies(); }

  // What the devices of this customer are told about these links: no_profile, other_profile, or
  // nothing. A link names a policy by its id or by its name.
  std::optional<Outcome> judge(std::string_view customer,
                               const std::vector<PolicyLink>& links) const;

 private:
  std::vector<Policy> policies_;
};

// The ledger's line of a policy, and back.
boost::json::object to_event(const Policy& policy);
Policy read_policy_event(const boost::json::object& event);

}  // namespace devicebatch::sandbox
