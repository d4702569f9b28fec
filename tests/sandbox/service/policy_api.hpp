// sandbox/service/policy_api.hpp - configuration policies: list, create, read, replace, delete.
//
// Threading: the loop.
// Source:    E9 to E13 of the published pages: name, category and policySettings are needed; id and
//            category never change; a policy that devices use cannot be deleted.
#pragma once

#include "sandbox/world.hpp"

#include <string>

namespace devicebatch::sandbox {

// `id` is empty for the collection.
Answer call_policies(World& world, const Request& request, const std::string& customer,
                     const std::string& id);

}  // namespace devicebatch::sandbox
