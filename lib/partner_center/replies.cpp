#include "partner_center/replies.hpp"

#include "base/text.hpp"
#include "partner_center/json_reply.hpp"

#include <array>

namespace devicebatch::partner_center {

namespace json = boost::json;

namespace {

constexpr std::size_t kIdBytes = 100;            // of the exchange ids, all GUIDs or shorter
constexpr std::size_t kCodeBytes = 64;           // of codes and states, numbers and symbolic names
constexpr std::size_t kNameBytes = 200;          // of an errorDescription
constexpr std::size_t kDescriptionBytes = 1024;  // as documented
constexpr std::size_t kRawBytes = 2048;          // of a body that is kept with a failure
constexpr std::size_t kDateBytes = 64;

// A job has at most as many devices as its request, some hundred; a reply with more is no reply,
// and its entries would take ten times the memory of its tree.
constexpr std::size_t kDevicesOfJob = 50'000;

std::string id_header(const http::Response& response, std::string_view name) {
  return short_text(response.header(name), kIdBytes);
}

}  // namespace

ExchangeIds exchange_ids(const http::Response& response) {
  ExchangeIds ids;
  ids.request_id = id_header(response, "MS-RequestId");
  ids.correlation_id = id_header(response, "MS-CorrelationId");
  ids.cv = id_header(response, "MS-CV");
  ids.server_id = id_header(response, "MS-ServerId");
  ids.date = id_header(response, "Date");
  return ids;
}

namespace {

ServiceError error_of(const json::object& object) {
  ServiceError error;
  error.code = short_text(trim(text_member(object, "code")), kCodeBytes);
  std::string description = text_member(object, "description");
  // The gateway in front of the service says `message`.
  if (description.empty()) description = text_member(object, "message");
  error.description = short_text(trim(description), kDescriptionBytes);
  return error;
}

bool says_something(const ServiceError& error) {
  return !error.code.empty() || !error.description.empty();
}

ServiceError described_error(const http::Response& response) {
  const Result<json::value> value = parse_reply(response.body);
  const json::object* object = value ? value->if_object() : nullptr;
  if (object != nullptr) {
    if (ServiceError error = error_of(*object); says_something(error)) return error;
    const json::object* inner = object_member(*object, "error");
    if (inner != nullptr) {
      if (ServiceError error = error_of(*inner); says_something(error)) return error;
    }
  }
  ServiceError error;
  error.description = short_text(trim(response.body), kDescriptionBytes);
  return error;
}

}  // namespace

ServiceError read_error(const http::Response& response) {
  ServiceError error = described_error(response);
  error.raw = short_text(trim(without_bom(response.body)), kRawBytes);
  return error;
}

namespace {

// Snake, camel and Pascal case become one word.
std::string folded(std::string_view spelling) {
  std::string word = to_lower(trim(spelling));
  std::erase_if(word, [](char c) { return c == '_' || c == '-' || c == ' '; });
  return word;
}

JobState job_state(std::string_view spelling) {
  struct Spelling {
    std::string_view word;
    std::string_view number;
    JobState state;
  };
  constexpr std::array kSpellings{
      Spelling{"unknown", "0", JobState::unknown}, Spelling{"queued", "1", JobState::queued},
      Spelling{"processing", "2", JobState::processing},
      Spelling{"finished", "3", JobState::finished},
      Spelling{"finishedwitherrors", "4", JobState::finished_with_errors}};
  // Long texts are no state; they are not worth folding.
  const std::string word = folded(spelling.substr(0, kCodeBytes));
  for (const Spelling& known : kSpellings) {
    if (word == known.word || word == known.number) return known.state;
  }
  return JobState::unknown;
}

DeviceStatus device_status(const json::object& object) {
  DeviceStatus device;
  device.device_id = text_member(object, "deviceId");
  device.serial = text_member(object, "serialNumber");
  device.pkid = text_member(object, "productKey");
  device.state = job_state(text_member(object, "status"));
  device.error_code = short_text(trim(text_member(object, "errorCode")), kCodeBytes);
  device.error_name = short_text(trim(text_member(object, "errorDescription")), kNameBytes);
  return device;
}

}  // namespace

Result<JobStatus> read_job_status(std::string_view body) {
  Result<json::value> value = parse_reply(body);
  if (!value) return fail(std::move(value), "job status");
  const json::object* object = value->if_object();
  if (object == nullptr) return fail(Errc::corrupt, "job status: not an object");
  const json::value* state = member(*object, "status");
  const json::value* devices = member(*object, "devicesStatus");
  if (state == nullptr && devices == nullptr) {
    return fail(Errc::corrupt, "job status: neither status nor devicesStatus");
  }
  if (devices != nullptr && !devices->is_array()) {
    return fail(Errc::corrupt, "job status: devicesStatus is not an array");
  }
  if (devices != nullptr && devices->get_array().size() > kDevicesOfJob) {
    return fail(Errc::corrupt, "job status: more devices than any job has");
  }
  JobStatus job;
  const std::string spelling = state == nullptr ? std::string() : text_of(*state);
  job.state = job_state(spelling);
  job.raw_state = short_text(spelling, kCodeBytes);
  job.started = short_text(trim(text_member(*object, "startedTime")), kDateBytes);
  job.completed = short_text(trim(text_member(*object, "completedTime")), kDateBytes);
  if (devices == nullptr) return job;
  for (const json::value& element : devices->get_array()) {
    if (const json::object* device = element.if_object()) {
      job.devices.push_back(device_status(*device));
    }
  }
  return job;
}

std::optional<UtcTime> read_date(std::string_view text) {
  const auto date = parse_utc(trim(text));
  if (!date || *date < UtcTime()) return std::nullopt;
  return date;
}

}  // namespace devicebatch::partner_center
