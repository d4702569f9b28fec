#include "engine/control/service_verbs.hpp"

#include "base/text.hpp"
#include "engine/control/request_fields.hpp"
#include "engine/control/service_rows.hpp"
#include "partner_center/change_bodies.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <array>

namespace devicebatch::engine {
namespace {

namespace json = boost::json;

// 100 devices a page: more devices than any batch will have.
constexpr std::size_t kPagesMax = 100'000;
constexpr std::size_t kSettingsMax = 20;

template <class Rows, class ToJson>
json::object page_json(const Rows& rows, const std::string& continuation, ToJson to_json) {
  json::array array;
  for (const auto& row : rows) array.push_back(to_json(row));
  json::object page;
  page["rows"] = std::move(array);
  page["next"] = continuation.empty() ? json::value(nullptr) : json::value(continuation);
  return page;
}

Result<void> need_batch(const ServicePlace& place) {
  if (!place.batch.empty()) return {};
  return fail(Errc::rejected, "say which batch of the customer with --batch");
}

std::string describe(const partner_center::DeviceListing& device) {
  std::string text = "device " + device.id;
  if (!device.serial.empty()) text += ", serial " + device.serial;
  return text;
}

// What is to be different; Errc::rejected when nothing is.
Result<std::string> change_device(partner_center::DeviceListing& device,
                                  const json::object& request) {
  std::string what;
  const auto change = [&](std::string_view name, const std::string& before,
                          const std::string& after) {
    what +=
        (what.empty() ? "" : ", ") + std::string(name) + " \"" + before + "\" to \"" + after + "\"";
  };
  if (const std::string model = text_field(request, "model"); !model.empty()) {
    change("model", device.model, model);
    device.model = model;
  }
  if (const std::string maker = text_field(request, "manufacturer"); !maker.empty()) {
    change("manufacturer", device.manufacturer, maker);
    device.manufacturer = maker;
  }
  if (const std::string policy = text_field(request, "policy"); !policy.empty()) {
    using partner_center::DevicePolicy;
    const auto at = std::ranges::find(device.policies, partner_center::kOobe, &DevicePolicy::key);
    change("policy", at == device.policies.end() ? "" : at->value, policy);
    if (at != device.policies.end()) device.policies.erase(at);
    device.policies.push_back({std::string(partner_center::kOobe), policy});
  }
  if (what.empty()) return fail(Errc::rejected, "say what is to be different");
  Result<void> checked = check_text(what, "the change");
  if (!checked) return fail(std::move(checked.error()));
  return what;
}

}  // namespace

ServiceVerbs::ServiceVerbs(Context& context, Engine& engine)
    : context_(context), engine_(engine), api_(make_api(context.settings)) {}

const ServiceVerbs::Verb* ServiceVerbs::find_verb(std::string_view name) {
  static constexpr std::array kVerbs{
      Verb{"batches", &ServiceVerbs::batches},
      Verb{"devices", &ServiceVerbs::devices},
      Verb{"policies", &ServiceVerbs::policies},
      Verb{"delete_device", &ServiceVerbs::delete_device},
      Verb{"update_device", &ServiceVerbs::update_device},
      Verb{"create_policy", &ServiceVerbs::create_policy},
      Verb{"apply_policy", &ServiceVerbs::apply_policy},
  };
  const auto found = std::ranges::find(kVerbs, name, &Verb::name);
  return found == kVerbs.end() ? nullptr : &*found;
}

bool ServiceVerbs::has(std::string_view verb) {
  return find_verb(verb) != nullptr;
}

asio::awaitable<Result<json::object>> ServiceVerbs::handle(ControlCall& call) {
  const std::string name = text_field(call.request, "verb");
  Result<ServicePlace> place = co_await find_place(context_, engine_, call);
  if (!place) co_return fail(std::move(place.error()));
  co_return co_await (this->*find_verb(name)->handler)(call, *place);
}

asio::awaitable<Result<json::object>> ServiceVerbs::batches(ControlCall& call,
                                                            ServicePlace& place) {
  const std::string continuation = text_field(call.request, "next");
  MakeQuestion make = [&](const partner_center::CallIds& ids,
                          std::shared_ptr<const Secret> bearer) {
    return api_.list_batches(place.destination().customer, continuation, ids, std::move(bearer));
  };
  constexpr auto kCall = policy::Call::list_batches;
  Result<ServiceReply> reply =
      co_await question_service(context_, place.destination(), kCall, make);
  if (!reply) co_return fail(std::move(reply.error()));
  Result<partner_center::BatchPage> page = partner_center::read_batch_page(reply->response.body);
  if (!page) co_return fail(std::move(page.error()));
  co_return page_json(page->batches, page->continuation, batch_row);
}

asio::awaitable<Result<partner_center::DevicePage>> ServiceVerbs::device_page(
    ServicePlace& place, std::string continuation) {
  MakeQuestion make = [&](const partner_center::CallIds& ids,
                          std::shared_ptr<const Secret> bearer) {
    return api_.list_devices(place.destination().customer, place.batch, continuation, ids,
                             std::move(bearer));
  };
  constexpr auto kCall = policy::Call::list_devices;
  Result<ServiceReply> reply =
      co_await question_service(context_, place.destination(), kCall, make);
  if (!reply) co_return fail(std::move(reply.error()));
  co_return partner_center::read_device_page(reply->response.body);
}

asio::awaitable<Result<json::object>> ServiceVerbs::devices(ControlCall& call,
                                                            ServicePlace& place) {
  Result<void> has_batch = need_batch(place);
  if (!has_batch) co_return fail(std::move(has_batch.error()));
  std::string continuation = text_field(call.request, "next");
  Result<partner_center::DevicePage> page = co_await device_page(place, std::move(continuation));
  if (!page) co_return fail(std::move(page.error()));
  co_return page_json(page->devices, page->continuation, device_row);
}

asio::awaitable<Result<partner_center::DeviceListing>> ServiceVerbs::find_device(
    ServicePlace& place, std::string wanted) {
  std::vector<partner_center::DeviceListing> found;
  partner_center::PageGuard guard(kPagesMax);
  std::string continuation;
  do {
    std::string from = std::move(continuation);
    Result<partner_center::DevicePage> page = co_await device_page(place, std::move(from));
    if (!page) co_return fail(std::move(page.error()));
    for (partner_center::DeviceListing& device : page->devices) {
      if (equals_ignoring_case(device.id, wanted)) co_return std::move(device);
      if (device.serial == wanted) found.push_back(std::move(device));
    }
    continuation = std::move(page->continuation);
  } while (guard.is_new(continuation) && found.size() < 2);
  if (guard.is_cut()) co_return fail(Errc::corrupt, "the listing of the batch does not end");
  if (found.empty()) {
    co_return fail(Errc::not_found, "no device " + printable(wanted) + " in batch " + place.batch);
  }
  if (found.size() > 1) {
    co_return fail(Errc::rejected, "several devices have the serial number " + printable(wanted) +
                                       "; say the device id");
  }
  co_return std::move(found.front());
}

asio::awaitable<Result<ServiceVerbs::ChosenDevice>> ServiceVerbs::choose_device(
    ControlCall& call, ServicePlace& place) {
  Result<void> has_batch = need_batch(place);
  if (!has_batch) co_return fail(std::move(has_batch.error()));
  Result<ledger::Actor> actor = co_await actor_of(context_, call, Reason::required);
  if (!actor) co_return fail(std::move(actor.error()));
  std::string wanted = text_field(call.request, "device");
  Result<partner_center::DeviceListing> device = co_await find_device(place, std::move(wanted));
  if (!device) co_return fail(std::move(device.error()));
  ChosenDevice chosen{std::move(*actor), std::move(*device)};
  co_return chosen;
}

asio::awaitable<Result<json::object>> ServiceVerbs::delete_device(ControlCall& call,
                                                                  ServicePlace& place) {
  Result<ChosenDevice> chosen = co_await choose_device(call, place);
  if (!chosen) co_return fail(std::move(chosen.error()));
  partner_center::DeviceListing& device = chosen->device;
  const Deed deed{
      chosen->actor, "devices.delete", "device:" + device.id,
      "remove " + describe(device) + " from batch " + place.batch + " of " + place.label};
  const partner_center::DevicePlace where{place.destination().customer, place.batch, device.id};
  MakeQuestion make = [&](const partner_center::CallIds& ids,
                          std::shared_ptr<const Secret> bearer) {
    return api_.delete_device(where, ids, std::move(bearer));
  };
  Result<ServiceReply> reply = co_await change_service(context_, place.destination(), deed, make);
  if (!reply) co_return fail(std::move(reply.error()));
  co_return device_row(device);
}

asio::awaitable<Result<json::object>> ServiceVerbs::update_device(ControlCall& call,
                                                                  ServicePlace& place) {
  Result<ChosenDevice> chosen = co_await choose_device(call, place);
  if (!chosen) co_return fail(std::move(chosen.error()));
  partner_center::DeviceListing& device = chosen->device;
  Result<std::string> what = change_device(device, call.request);
  if (!what) co_return fail(std::move(what.error()));
  const Deed deed{chosen->actor, "devices.update", "device:" + device.id,
                  "of " + describe(device) + " in batch " + place.batch + " of " + place.label +
                      " change " + *what};
  const partner_center::DevicePlace where{place.destination().customer, place.batch, device.id};
  const std::string body = partner_center::encode_device(device);
  MakeQuestion make = [&](const partner_center::CallIds& ids,
                          std::shared_ptr<const Secret> bearer) {
    return api_.update_device(where, ids, body, std::move(bearer));
  };
  Result<ServiceReply> reply = co_await change_service(context_, place.destination(), deed, make);
  if (!reply) co_return fail(std::move(reply.error()));
  co_return device_row(device);
}

asio::awaitable<Result<partner_center::PolicyPage>> ServiceVerbs::policy_page(
    ServicePlace& place, std::string continuation) {
  MakeQuestion make = [&](const partner_center::CallIds& ids,
                          std::shared_ptr<const Secret> bearer) {
    return api_.list_policies(place.destination().customer, continuation, ids, std::move(bearer));
  };
  constexpr auto kCall = policy::Call::manage;
  Result<ServiceReply> reply =
      co_await question_service(context_, place.destination(), kCall, make);
  if (!reply) co_return fail(std::move(reply.error()));
  co_return partner_center::read_policy_page(reply->response.body);
}

asio::awaitable<Result<json::object>> ServiceVerbs::policies(ControlCall& call,
                                                             ServicePlace& place) {
  std::string continuation = text_field(call.request, "next");
  Result<partner_center::PolicyPage> page = co_await policy_page(place, std::move(continuation));
  if (!page) co_return fail(std::move(page.error()));
  co_return page_json(page->policies, page->continuation, policy_row);
}

asio::awaitable<Result<json::object>> ServiceVerbs::create_policy(ControlCall& call,
                                                                  ServicePlace& place) {
  const Result<ledger::Actor> actor = co_await actor_of(context_, call, Reason::required);
  if (!actor) co_return fail(Error(actor.error()));
  partner_center::ConfigurationPolicy policy;
  policy.name = text_field(call.request, "name");
  policy.description = text_field(call.request, "description");
  Result<std::vector<std::string>> chosen = texts_field(call.request, "settings", kSettingsMax);
  if (!chosen) co_return fail(std::move(chosen.error()));
  policy.settings = std::move(*chosen);
  std::string detail = "make policy \"" + policy.name + "\"";
  if (!policy.description.empty()) detail += " (" + policy.description + ")";
  detail += " of " + place.label + " with settings:";
  for (const std::string& setting : policy.settings) detail += " " + setting;
  if (policy.settings.empty()) detail += " none";
  Result<void> checked = check_text(detail, "the policy");
  if (checked && policy.name.empty()) checked = fail(Errc::rejected, "the policy needs a name");
  if (!checked) co_return fail(std::move(checked.error()));
  const Deed deed{*actor, "policies.create", "policy:" + policy.name, detail};
  const std::string body = partner_center::encode_policy(policy);
  MakeQuestion make = [&](const partner_center::CallIds& ids,
                          std::shared_ptr<const Secret> bearer) {
    return api_.create_policy(place.destination().customer, ids, body, std::move(bearer));
  };
  Result<ServiceReply> reply = co_await change_service(context_, place.destination(), deed, make);
  if (!reply) co_return fail(std::move(reply.error()));
  Result<partner_center::ConfigurationPolicy> made =
      partner_center::read_policy(reply->response.body);
  if (!made) co_return policy_row(policy);  // made, although nobody says under which id
  co_return policy_row(*made);
}

}  // namespace devicebatch::engine
