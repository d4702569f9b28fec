#include "sandbox/control/describe_world.hpp"

#include "sandbox/control/request_trail.hpp"

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
          {"already", device.already},     {"deleted", device.is_removed},
          {"uploads", std::move(uploads)}};
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
  for (std::size_t i = 0; i < kOutcomes; ++i) {
    const auto outcome = static_cast<Outcome>(i);
    const bool is_error = !is_success(outcome) && outcome != Outcome::already;
    if (is_error) refused[text_of(outcome).word] = registry.count(outcome);
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
          {"deleted", registry.removed()},
          {"jobs", world.jobs.count()},
          {"capacity_refused", world.capacity.refused()},
          {"capacity_most", world.capacity.most_at_once()},
          {"token_requests", world.tokens.requests},
          {"tokens_issued", world.tokens.issued},
          {"tokens_refreshed", world.tokens.refreshed}};
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
