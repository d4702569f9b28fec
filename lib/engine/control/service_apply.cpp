// The verb that assigns a policy to devices, and follows the job it becomes.
#include "base/text.hpp"
#include "engine/control/policy_job.hpp"
#include "engine/control/request_fields.hpp"
#include "engine/control/service_verbs.hpp"
#include "partner_center/change_bodies.hpp"
#include "partner_center/tracking_id.hpp"

#include <algorithm>
#include <map>

namespace devicebatch::engine {
namespace {

namespace json = boost::json;

constexpr std::size_t kPagesMax = 100'000;
constexpr std::size_t kDevicesAtOnce = 500;
// How long the end of a job is waited for.
constexpr std::int64_t kPatienceSeconds = 600;
constexpr std::int64_t kPatienceSecondsMax = 86'400;

// The devices a person named, and the ids found for them.
class Names {
 public:
  explicit Names(const std::vector<std::string>& names) {
    for (const std::string& name : names) ids_[name] = {};
  }

  void saw(const partner_center::DeviceListing& device) {
    for (const std::string* name : {&device.id, &device.serial}) {
      const auto at = name->empty() ? ids_.end() : ids_.find(*name);
      if (at != ids_.end()) at->second.push_back(device.id);
    }
  }

  Result<std::vector<std::string>> ids() const {
    std::vector<std::string> all;
    for (const auto& [name, ids] : ids_) {
      if (ids.empty()) return fail(Errc::not_found, "no device " + printable(name));
      if (ids.size() > 1) {
        return fail(Errc::rejected, "several devices have the serial number " + printable(name) +
                                        "; say the device id");
      }
      all.push_back(ids.front());
    }
    return all;
  }

 private:
  std::map<std::string, std::vector<std::string>> ids_;
};

std::string told(const json::object& job) {
  const std::string tracking = text_field(job, "tracking_id");
  if (!flag_field(job, "is_over")) return "no end of job " + tracking + " seen yet";
  return "job " + tracking + " is over: " + std::to_string(number_field(job, "done")) + " done, " +
         std::to_string(number_field(job, "failed")) + " failed";
}

}  // namespace

asio::awaitable<Result<partner_center::ConfigurationPolicy>> ServiceVerbs::find_policy(
    ServicePlace& place, std::string wanted) {
  partner_center::PageGuard guard(kPagesMax);
  std::string continuation;
  do {
    std::string from = std::move(continuation);
    Result<partner_center::PolicyPage> page = co_await policy_page(place, std::move(from));
    if (!page) co_return fail(std::move(page.error()));
    for (partner_center::ConfigurationPolicy& policy : page->policies) {
      const bool is_it = equals_ignoring_case(policy.id, wanted) || policy.name == wanted;
      if (is_it) co_return std::move(policy);
    }
    continuation = std::move(page->continuation);
  } while (guard.is_new(continuation));
  if (guard.is_cut()) co_return fail(Errc::corrupt, "the listing of the policies does not end");
  co_return fail(Errc::not_found, "no policy " + printable(wanted) + " of " + place.label);
}

asio::awaitable<Result<std::vector<std::string>>> ServiceVerbs::ids_of(
    ServicePlace& place, std::vector<std::string> devices) {
  const bool are_ids = std::ranges::all_of(
      devices, [](const std::string& text) { return Uuid::parse(text).has_value(); });
  if (are_ids) co_return devices;
  if (place.batch.empty()) {
    co_return fail(Errc::rejected, "say device ids, or the batch with --batch");
  }
  Names names(devices);
  partner_center::PageGuard guard(kPagesMax);
  std::string continuation;
  do {
    std::string from = std::move(continuation);
    Result<partner_center::DevicePage> page = co_await device_page(place, std::move(from));
    if (!page) co_return fail(std::move(page.error()));
    for (const partner_center::DeviceListing& device : page->devices) names.saw(device);
    continuation = std::move(page->continuation);
  } while (guard.is_new(continuation));
  if (guard.is_cut()) co_return fail(Errc::corrupt, "the listing of the batch does not end");
  co_return names.ids();
}

asio::awaitable<Result<json::object>> ServiceVerbs::apply_policy(ControlCall& call,
                                                                 ServicePlace& place) {
  const Result<ledger::Actor> actor = co_await actor_of(context_, call, Reason::required);
  if (!actor) co_return fail(Error(actor.error()));
  Result<std::vector<std::string>> wanted = texts_field(call.request, "devices", kDevicesAtOnce);
  if (!wanted) co_return fail(std::move(wanted.error()));
  if (wanted->empty()) co_return fail(Errc::rejected, "say which devices");
  Result<partner_center::ConfigurationPolicy> policy =
      co_await find_policy(place, text_field(call.request, "policy"));
  if (!policy) co_return fail(std::move(policy.error()));
  Result<std::vector<std::string>> ids = co_await ids_of(place, std::move(*wanted));
  if (!ids) co_return fail(std::move(ids.error()));
  std::vector<partner_center::PolicyAssignment> assignments;
  std::string detail = "apply policy " + policy->id + " (" + policy->name + ") of " + place.label +
                       " to " + std::to_string(ids->size()) + " devices:";
  for (const std::string& id : *ids) {
    assignments.push_back({id, policy->id});
    detail += " " + id;
  }
  const Deed deed{*actor, "policies.apply", "policy:" + policy->id, detail};
  const std::string body = partner_center::encode_assignments(assignments);
  MakeQuestion make = [&](const partner_center::CallIds& call_ids,
                          std::shared_ptr<const Secret> bearer) {
    return api_.assign_policies(place.destination().customer, call_ids, body, std::move(bearer));
  };
  Result<ServiceReply> reply = co_await change_service(context_, place.destination(), deed, make);
  if (!reply) co_return fail(std::move(reply.error()));
  const std::int64_t asked = number_field(call.request, "timeout_s");
  const std::chrono::seconds limit(
      std::min(call.request.contains("timeout_s") ? asked : kPatienceSeconds, kPatienceSecondsMax));
  json::object job = co_await end_of_job(deed, place, *reply, limit);
  job["policy"] = policy->id;
  job["devices"] = ids->size();
  co_return job;
}

asio::awaitable<json::object> ServiceVerbs::end_of_job(const Deed& deed, const ServicePlace& place,
                                                       const ServiceReply& reply,
                                                       std::chrono::milliseconds limit) {
  const std::string& base_url = context_.settings.service.base_url;
  const std::optional<Uuid> tracking_id =
      partner_center::read_tracking_id(reply.response, base_url);
  json::object job;
  if (!tracking_id) {
    job["is_over"] = false;
    job["last_error"] = "accepted, but the service did not say where its job can be watched";
    co_return job;
  }
  job = co_await follow_job(context_, place, *tracking_id, limit);
  co_await audit_end(context_, deed, told(job));
  co_return job;
}

}  // namespace devicebatch::engine
