// engine/control/service_verbs.hpp - what a person asks the service, or has it change.
//
// Purpose:   batches, devices and policies as the service lists them, a page at a time (the caller
//            guards against listings that do not end); a device changed or removed, a policy made
//            or assigned.
// Threading: the loop's thread.
// Errors:    as service_change.hpp.
// Source:    docs/operations.md, "Operator's verbs"; docs/protocol.md, E4 to E10.
#pragma once

#include "engine/control/service_change.hpp"
#include "engine/control/service_place.hpp"
#include "partner_center/pages.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace devicebatch::engine {

class ServiceVerbs {
 public:
  ServiceVerbs(Context& context, Engine& engine);

  static bool has(std::string_view verb);
  // `call` has a verb of ours.
  asio::awaitable<Result<boost::json::object>> handle(ControlCall& call);

 private:
  using Answer = asio::awaitable<Result<boost::json::object>>;
  struct Verb {
    std::string_view name;
    Answer (ServiceVerbs::*handler)(ControlCall& call, ServicePlace& place);
  };
  static const Verb* find_verb(std::string_view name);

  Answer batches(ControlCall& call, ServicePlace& place);
  Answer devices(ControlCall& call, ServicePlace& place);
  Answer policies(ControlCall& call, ServicePlace& place);
  Answer delete_device(ControlCall& call, ServicePlace& place);
  Answer update_device(ControlCall& call, ServicePlace& place);
  Answer create_policy(ControlCall& call, ServicePlace& place);
  Answer apply_policy(ControlCall& call, ServicePlace& place);

  asio::awaitable<Result<partner_center::DevicePage>> device_page(ServicePlace& place,
                                                                  std::string continuation);
  asio::awaitable<Result<partner_center::DeviceListing>> find_device(ServicePlace& place,
                                                                     std::string wanted);
  // The device of a change, and who makes it.
  struct ChosenDevice {
    ledger::Actor actor;
    partner_center::DeviceListing device;
  };
  asio::awaitable<Result<ChosenDevice>> choose_device(ControlCall& call, ServicePlace& place);
  asio::awaitable<Result<partner_center::PolicyPage>> policy_page(ServicePlace& place,
                                                                  std::string continuation);
  asio::awaitable<Result<partner_center::ConfigurationPolicy>> find_policy(ServicePlace& place,
                                                                           std::string wanted);

  // Ids as they are; serial numbers by the listing of the batch.
  asio::awaitable<Result<std::vector<std::string>>> ids_of(ServicePlace& place,
                                                           std::vector<std::string> devices);
  asio::awaitable<boost::json::object> end_of_job(const Deed& deed, const ServicePlace& place,
                                                  const ServiceReply& reply,
                                                  std::chrono::milliseconds limit);

  Context& context_;
  Engine& engine_;
  partner_center::Api api_;
};

}  // namespace devicebatch::engine
