#include "sandbox/service/jobs.hpp"

#include "base/random.hpp"
#include "base/text.hpp"

#include <boost/json/value.hpp>

#include <algorithm>
#include <numeric>

namespace devicebatch::sandbox {
namespace {

namespace json = boost::json;

bool is_success(const DeviceResult& result) {
  return result.outcome == Outcome::registered;
}

// Times in job replies carry no zone.
std::string zoneless(UtcTime time) {
  return format_utc(time).substr(0, 19);
}

void put(json::object& object, std::string_view name, std::string_view text) {
  if (!text.empty()) object[name] = text;
}

json::object describe_device(const DeviceRow& row, const DeviceResult& result, bool is_done) {
  json::object device;
  const OutcomeText& text = text_of(result.outcome);
  if (is_done && is_success(result)) put(device, "deviceId", result.device_id);
  put(device, "serialNumber", row.serial);
  put(device, "productKey", row.pkid);
  if (is_done) {
    device["status"] = is_success(result) ? "finished" : "finished_with_errors";
    put(device, "errorCode", text.error_code);
    put(device, "errorDescription", text.error_name);
  } else {
    device["status"] = "processing";
  }
  device["attributes"] = {{"objectType", "DeviceUploadDetails"}};
  return device;
}

std::vector<std::size_t> shown_devices(const Job& job) {
  std::vector<std::size_t> order(job.rows.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const std::size_t omitted = std::min<std::size_t>(job.quirks.omitted, order.size());
  order.erase(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(omitted));
  if (!job.quirks.is_shuffled) return order;
  SeededRandom random(std::hash<std::string>()(job.tracking_id));
  for (std::size_t left = order.size(); left > 1; --left) {
    std::swap(order[left - 1], order[random.next() % left]);
  }
  return order;
}

json::array describe_devices(const Job& job, bool is_done) {
  json::array devices;
  for (const std::size_t i : shown_devices(job)) {
    devices.push_back(describe_device(job.rows[i], job.results[i], is_done));
  }
  return devices;
}

const char* status_word(const Job& job, MonoTime now, StatusStyle style) {
  const auto age = now - job.accepted;
  if (age < job.quirks.unknown) return "unknown";
  if (age * 4 < job.duration) return "queued";
  if (!job.is_done(now) || job.quirks.is_stuck) return "processing";
  const bool is_clean = std::all_of(job.results.begin(), job.results.end(), is_success);
  return is_clean || style == StatusStyle::docs ? "finished" : "finished_with_errors";
}

}  // namespace

std::uint64_t Job::registered() const {
  return static_cast<std::uint64_t>(std::count_if(results.begin(), results.end(), is_success));
}

const Job& Jobs::add(Job job) {
  const std::string name = job.customer + '\n' + to_lower(job.batch);
  Batch*& batch = by_name_[name];
  if (batch == nullptr) {
    std::deque<Batch>& batches = batches_[job.customer];
    const MonoTime visible_from = job.accepted + job.quirks.batch_hidden;
    batch = &batches.emplace_back(Batch{job.batch, job.accepted_utc, visible_from, {}});
  }
  std::unique_ptr<Job>& kept = jobs_[job.tracking_id];
  kept = std::make_unique<Job>(std::move(job));
  batch->jobs.push_back(kept.get());
  return *kept;
}

const Job* Jobs::find(std::string_view customer, std::string_view tracking_id) const {
  const auto found = jobs_.find(to_lower(tracking_id));
  if (found == jobs_.end() || found->second->customer != customer) return nullptr;
  return found->second.get();
}

const Batch* Jobs::batch(std::string_view customer, std::string_view id) const {
  const auto found = by_name_.find(std::string(customer) + '\n' + to_lower(id));
  return found == by_name_.end() ? nullptr : found->second;
}

const std::deque<Batch>& Jobs::batches_of(std::string_view customer) const {
  static const std::deque<Batch> kNone;
  const auto found = batches_.find(std::string(customer));
  return found == batches_.end() ? kNone : found->second;
}

std::optional<json::object> describe_job(const Job& job, MonoTime now, StatusStyle style) {
  const auto age = now - job.accepted;
  if (age < job.quirks.hidden || (job.quirks.lost && age >= *job.quirks.lost)) return std::nullopt;
  const std::string_view status = status_word(job, now, style);
  const bool is_done = status.starts_with("finished");
  json::object body = {{"batchTrackingId", job.tracking_id},
                       {"status", status},
                       {"startedTime", zoneless(job.accepted_utc)}};
  if (is_done) body["completedTime"] = zoneless(job.accepted_utc + job.duration);
  const bool shows_devices = is_done || (status == "processing" && !job.quirks.hides_devices);
  if (shows_devices) body["devicesStatus"] = describe_devices(job, is_done);
  body["attributes"] = {{"objectType", "BatchUploadDetails"}};
  return body;
}

}  // namespace devicebatch::sandbox
