// daemon/operator/service_commands.hpp - commands about what the service has.
//
// Purpose:   batches, devices and policies of a customer: listed, changed, removed. The daemon asks
//            the service, with its tokens and within its limits.
// Errors:    exit codes of daemon/exit_codes.hpp; kStillPending when nobody knows yet what became
//            of a change; a listing that does not end is kIoError, for it is not whole.
#pragma once

#include "daemon/ask_commands.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <vector>

namespace devicebatch::daemon {

// Whose: a destination, or a customer and, where it matters, a batch of his.
struct PlaceOptions {
  std::string destination;
  std::string batch;
  std::string account;
};

struct ServiceListOptions {
  std::string what;  // batches, devices or policies
  PlaceOptions place;
  std::string serial;  // of devices: only this one
};
int service_list_command(const AskOptions& ask, const ServiceListOptions& options);

// One change by one request: `request` has the verb and what it needs.
struct ServiceChangeOptions {
  PlaceOptions place;
  boost::json::object request;
  std::string reason;
};
int service_change_command(const AskOptions& ask, const ServiceChangeOptions& options);

struct ApplyOptions {
  PlaceOptions place;
  std::string policy;
  std::vector<std::string> devices;  // ids or serial numbers; "-": lines of standard input
  std::string reason;
  long timeout_s = 600;
};
int policies_apply_command(const AskOptions& ask, const ApplyOptions& options);

// {"verb": V, "destination": ..., ...}
boost::json::object service_request(std::string_view verb, const PlaceOptions& place);

}  // namespace devicebatch::daemon
