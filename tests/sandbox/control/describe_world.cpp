#include "sandbox/control/describe_world.hpp"

#include <boost/json/value.hpp>

#include <algorithm>

namespace devicebatch::sandbox {
namespace {

namespace json = boost::json;

json::object describe_sighting(const World& world, const Sighting& sighting) {
  const Post& post = world.history.posts()[sighting.post];
  return {{"request_id", post.request_id},
          {"tracking_id", post.tracking_id},
          {"batch", post.batch},
          {"outcome", text_of(sighting.outcome).word}};
}

json::object describe_device(const World& world, const RegisteredDevice& device) {
  json::array uploads;
  for (const Sighting& each : device.sightings) uploads.push_back(describe_sighting(world, each));
  return {{"key", device.key()},           {"serial", device.row.serial},
          {"pkid", device.row.pkid},       {"hash", device.row.hash},
          {"customer", device.customer},   {"batch", device.batch},
          {"device_id", device.device_id}, {"registered", device.registered},
          {"already", device.already},     {"uploads", std::move(uploads)}};
}

const char* ending_word(Ending ending) {
  switch (ending) {
    case Ending::close:
      return "closed";
    case Ending::reset:
      return "reset";
    case Ending::cut:
      return "cut";
    case Ending::answer:
      break;
  }
  return "answered";
}

json::object describe_request(const RecentRequest& request) {
  json::array headers;
  for (const Header& each : request.headers) {
    headers.push_back(json::array{each.name, each.value});
  }
  return {{"at", format_utc(request.at)}, {"method", request.method},
          {"target", request.target},     {"headers", std::move(headers)},
          {"body", request.body},         {"body_bytes", request.body_bytes},
          {"status", request.status},     {"ending", ending_word(request.ending)},
          {"fault", request.fault}};
}

}  // namespace

json::object describe_summary(const World& world) {
  const Registry& registry = world.registry;
  const auto& devices = registry.devices();
  const auto twice = std::count_if(devices.begin(), devices.end(),
                                   [](const RegisteredDevice& d) { return d.registered > 1; });
  json::object refused;
  for (const Outcome each : {Outcome::other_tenant, Outcome::duplicated, Outcome::bad_hash,
                             Outcome::not_found, Outcome::entra_object, Outcome::storage_error}) {
    refused[text_of(each).word] = registry.count(each);
  }
  const History& history = world.history;
  return {{"devices", devices.size()},
          {"registered", registry.count(Outcome::registered)},
          {"registered_twice", twice},
          {"already", registry.count(Outcome::already)},
          {"device_errors", std::move(refused)},
          {"posts", history.posts().size()},
          {"accepted", history.count("accepted")},
          {"replayed", history.count("replayed")},
          {"refused", history.count("refused")},
          {"unprocessed", history.count("unprocessed")},
          {"violations", history.count("violation")},
          {"repeated_bodies", history.repeated_bodies()},
          {"jobs", world.jobs.count()},
          {"token_requests", world.tokens.requests},
          {"tokens_issued", world.tokens.issued}};
}

json::object describe_ledger(const World& world) {
  json::array devices;
  devices.reserve(world.registry.devices().size());
  for (const RegisteredDevice& each : world.registry.devices()) {
    devices.push_back(describe_device(world, each));
  }
  json::array posts;
  json::array violations;
  for (const Post& each : world.history.posts()) {
    posts.push_back(to_event(each, nullptr));
    if (each.outcome == "violation") violations.push_back(to_event(each, nullptr));
  }
  return {{"summary", describe_summary(world)},
          {"devices", std::move(devices)},
          {"posts", std::move(posts)},
          {"violations", std::move(violations)}};
}

json::object describe_requests(const World& world) {
  json::array requests;
  for (const RecentRequest& each : world.recent) requests.push_back(describe_request(each));
  return {{"requests", std::move(requests)}};
}

json::object describe_rules(const World& world) {
  json::array rules;
  for (const FaultRule& each : world.rules.rules()) {
    rules.push_back({{"fault", each.name}, {"matched", each.seen}, {"fired", each.fired}});
  }
  return {{"rules", std::move(rules)}};
}

}  // namespace devicebatch::sandbox
