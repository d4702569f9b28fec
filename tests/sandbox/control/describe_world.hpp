// sandbox/control/describe_world.hpp - the answers of /sandbox/ledger and its sisters.
#pragma once

#include "sandbox/world.hpp"

#include <boost/json/fwd.hpp>

namespace devicebatch::sandbox {

boost::json::object describe_summary(const World& world);
boost::json::object describe_ledger(const World& world);
boost::json::object describe_requests(const World& world);
boost::json::object describe_rules(const World& world);

}  // namespace devicebatch::sandbox
