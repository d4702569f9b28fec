#include "base/text.hpp"
#include "sandbox/service/device_edit.hpp"
#include "sandbox/world.hpp"

#include <boost/json/value.hpp>

namespace devicebatch::sandbox {
namespace {

namespace json = boost::json;

void put(json::object& object, std::string_view name, std::string_view text) {
  if (!text.empty()) object[name] = text;
}

json::object describe_device(const DeviceRow& row, const DeviceResult& result) {
  json::object device;
  put(device, "serial", row.serial);
  put(device, "pkid", row.pkid);
  put(device, "manufacturer", row.manufacturer);
  put(device, "model", row.model);
  put(device, "hash", row.hash);
  put(device, "device_id", result.device_id);
  device["outcome"] = text_of(result.outcome).word;
  return device;
}

json::array describe_devices(const Job& job) {
  json::array devices;
  devices.reserve(job.rows.size());
  for (std::size_t i = 0; i < job.rows.size(); ++i) {
    devices.push_back(describe_device(job.rows[i], job.results[i]));
  }
  return devices;
}

void restore_devices(const json::object& event, Job& job) {
  const json::value* devices = event.if_contains("devices");
  if (devices == nullptr || !devices->is_array()) return;
  for (const json::value& each : devices->get_array()) {
    const json::object* device = each.if_object();
    if (device == nullptr) continue;
    const auto outcome = outcome_named(text_member(*device, "outcome"));
    if (!outcome) continue;
    job.rows.push_back({text_member(*device, "serial"),
                        text_member(*device, "pkid"),
                        text_member(*device, "manufacturer"),
                        text_member(*device, "model"),
                        text_member(*device, "hash"),
                        *outcome != Outcome::bad_hash,
                        {}});
    job.results.push_back({*outcome, text_member(*device, "device_id")});
  }
}

Post read_post(const json::object& event) {
  Post post;
  post.at = parse_utc(text_member(event, "at")).value_or(UtcTime());
  post.path = text_member(event, "path");
  post.customer = text_member(event, "customer");
  post.batch = text_member(event, "batch");
  post.request_id = text_member(event, "request_id");
  post.correlation_id = text_member(event, "correlation_id");
  post.body_sha256 = text_member(event, "body_sha256");
  post.outcome = text_member(event, "outcome");
  post.tracking_id = text_member(event, "tracking_id");
  post.fault = text_member(event, "fault");
  json::error_code ignored;
  if (const auto* bytes = member(event, "body_bytes")) {
    post.body_bytes = bytes->to_number<std::uint64_t>(ignored);
  }
  if (const auto* status = member(event, "status")) {
    post.status = status->to_number<unsigned>(ignored);
  }
  return post;
}

void restore_policy(World& world, const json::object& event) {
  Policy policy = read_policy_event(event);
  const json::value* deleted = member(event, "deleted");
  const bool is_gone = deleted != nullptr && *deleted == true;
  is_gone ? world.policies.remove(policy.id) : void(world.policies.put(std::move(policy)));
}

}  // namespace

json::object to_event(const Post& post, const Job* job) {
  json::object event = {{"event", "post"}, {"at", format_utc(post.at)}, {"outcome", post.outcome}};
  put(event, "path", post.path);
  put(event, "customer", post.customer);
  put(event, "batch", post.batch);
  put(event, "request_id", post.request_id);
  put(event, "correlation_id", post.correlation_id);
  put(event, "body_sha256", post.body_sha256);
  event["body_bytes"] = post.body_bytes;
  event["status"] = post.status;
  put(event, "tracking_id", post.tracking_id);
  put(event, "fault", post.fault);
  if (job != nullptr) event["devices"] = describe_devices(*job);
  return event;
}

void restore_event(World& world, const json::object& event) {
  const std::string kind = text_member(event, "event");
  if (kind == "reset") world.reset();
  if (kind == "token") ++world.tokens.requests;
  if (kind == "device") restore_device_event(world, event);
  if (kind == "policy") restore_policy(world, event);
  if (kind != "post") return;
  Post post = read_post(event);
  if (post.outcome == "accepted") {
    Job job;
    job.tracking_id = post.tracking_id;
    job.customer = post.customer;
    job.batch = post.batch;
    job.accepted = world.clock.now_mono();
    job.accepted_utc = post.at;
    restore_devices(event, job);
    world.registry.apply({post.customer, post.batch, world.history.next()}, job.rows, job.results);
    world.jobs.add(std::move(job));
  }
  world.history.add(std::move(post));
}

}  // namespace devicebatch::sandbox
