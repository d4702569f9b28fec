// sandbox/service/device_edit.hpp - devices that are registered: update, delete, assign policies.
//
// Threading: the loop.
// Source:    E6, E7 and E8 of the published pages. A device can be changed once the job that
//            registered it has ended.
#pragma once

#include "sandbox/world.hpp"

#include <boost/json/fwd.hpp>

#include <string>

namespace devicebatch::sandbox {

struct DeviceAddress {
  std::string customer;
  std::string batch;
  std::string device;
};

Answer update_device(World& world, const Request& request, const DeviceAddress& address);
Answer delete_device(World& world, const DeviceAddress& address);
// PATCH .../DevicePolicyUpdates: 202, and a job.
Answer assign_policies(World& world, const Request& request, const std::string& customer);

// Makes an event of an earlier run true again.
void restore_device_event(World& world, const boost::json::object& event);

}  // namespace devicebatch::sandbox
