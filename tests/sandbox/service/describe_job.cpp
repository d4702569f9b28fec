#include "base/random.hpp"
#include "sandbox/service/jobs.hpp"

#include <boost/json/value.hpp>

#include <algorithm>
#include <array>
#include <numeric>

namespace devicebatch::sandbox {
namespace {

namespace json = boost::json;

// Times in job replies carry no zone.
std::string zoneless(UtcTime time) {
  return format_utc(time).substr(0, 19);
}

void put(json::object& object, std::string_view name, std::string_view text) {
  if (!text.empty()) object[name] = text;
}

// Everything the service may call a state, in the order of its numbers.
struct StateWord {
  const char* snake;
  const char* camel;
  const char* pascal;
};
constexpr std::array<StateWord, 5> kStates = {{
    {"unknown", "unknown", "Unknown"},
    {"queued", "queued", "Queued"},
    {"processing", "processing", "Processing"},
    {"finished", "finished", "Finished"},
    {"finished_with_errors", "finishedWithErrors", "FinishedWithErrors"},
}};
enum State : std::size_t { kUnknown, kQueued, kProcessing, kFinished, kFinishedWithErrors };

bool has_ended(State state) {
  return state >= kFinished;
}

json::value spelled(State state, StatusWords words) {
  const StateWord& word = kStates[state];
  switch (words) {
    case StatusWords::camel:
      return json::string(word.camel);
    case StatusWords::pascal:
      return json::string(word.pascal);
    case StatusWords::number:
      return static_cast<std::size_t>(state);
    case StatusWords::unheard:
      return json::string("sandbox_" + std::string(word.snake));
    case StatusWords::snake:
      break;
  }
  return json::string(word.snake);
}

json::object describe_device(const DeviceRow& row, const DeviceResult& result, bool is_done,
                             StatusWords words) {
  json::object device;
  const OutcomeText& text = text_of(result.outcome);
  const bool is_good = is_success(result.outcome);
  // 806 does not say which device it was.
  if (is_done && result.outcome != Outcome::already) put(device, "deviceId", result.device_id);
  put(device, "serialNumber", row.serial);
  put(device, "productKey", row.pkid);
  const State ended = is_good ? kFinished : kFinishedWithErrors;
  device["status"] = spelled(is_done ? ended : kProcessing, words);
  if (is_done) {
    put(device, "errorCode", text.error_code);
    put(device, "errorDescription", text.error_name);
  }
  device["attributes"] = {{"objectType", "DeviceUploadDetails"}};
  return device;
}

std::vector<std::size_t> shown_devices(const Job& job) {
  std::vector<std::size_t> order(job.rows.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const std::size_t omitted = std::min<std::size_t>(job.quirks.omitted, order.size());
  order.erase(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(omitted));
  const std::size_t repeated = std::min<std::size_t>(job.quirks.repeated, order.size());
  for (std::size_t i = 0; i < repeated; ++i) order.push_back(order[i]);
  if (!job.quirks.is_shuffled) return order;
  SeededRandom random(std::hash<std::string>()(job.tracking_id));
  for (std::size_t left = order.size(); left > 1; --left) {
    std::swap(order[left - 1], order[random.next() % left]);
  }
  return order;
}

json::array describe_devices(const Job& job, bool is_done, StatusWords words) {
  json::array devices;
  for (const std::size_t i : shown_devices(job)) {
    devices.push_back(describe_device(job.rows[i], job.results[i], is_done, words));
  }
  // An upload never has more rows than this, so a stranger never outnumbers them by much.
  const std::uint64_t strangers = std::min<std::uint64_t>(job.quirks.strangers, 1'000);
  for (std::uint64_t i = 1; i <= strangers; ++i) {
    DeviceRow row;
    row.serial = "STRANGER-" + std::to_string(i);
    const DeviceResult result{Outcome::registered,
                              "00000000-0000-4000-8000-" + std::to_string(100'000'000'000 + i)};
    devices.push_back(describe_device(row, result, is_done, words));
  }
  return devices;
}

State state_of(const Job& job, const JobView& view) {
  const auto age = view.now - job.accepted;
  if (age < job.quirks.unknown) return kUnknown;
  const bool is_done = job.is_done(view.now) && !job.quirks.is_stuck;
  if (!is_done) {
    const bool is_early = age * 4 < job.duration;
    if (!job.quirks.goes_back) return is_early ? kQueued : kProcessing;
    const auto quarter = job.duration.count() == 0 ? 0 : age * 4 / job.duration;
    return quarter % 2 == 0 ? kProcessing : kQueued;
  }
  if (job.quirks.fails) return kFinishedWithErrors;
  const bool is_clean =
      std::all_of(job.results.begin(), job.results.end(),
                  [](const DeviceResult& each) { return is_success(each.outcome); });
  return is_clean || view.style == StatusStyle::docs ? kFinished : kFinishedWithErrors;
}

bool shows_devices(const Job& job, State state) {
  if (has_ended(state)) return !job.quirks.fails;
  const bool keeps_back = job.quirks.hides_devices || job.quirks.nulls_devices;
  return state == kProcessing && !keeps_back;
}

}  // namespace

std::optional<json::object> describe_job(const Job& job, const JobView& view) {
  const auto age = view.now - job.accepted;
  if (age < job.quirks.hidden || (job.quirks.lost && age >= *job.quirks.lost)) return std::nullopt;
  const State state = state_of(job, view);
  json::object body = {{"batchTrackingId", job.tracking_id},
                       {"status", spelled(state, view.words)},
                       {"startedTime", zoneless(job.accepted_utc)}};
  if (has_ended(state)) body["completedTime"] = zoneless(job.accepted_utc + job.duration);
  if (shows_devices(job, state)) {
    body["devicesStatus"] = describe_devices(job, has_ended(state), view.words);
  } else if (job.quirks.nulls_devices) {
    body["devicesStatus"] = nullptr;
  }
  body["attributes"] = {{"objectType", "BatchUploadDetails"}};
  return body;
}

}  // namespace devicebatch::sandbox
