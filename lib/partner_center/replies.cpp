#include "partner_center/replies.hpp"

#include "base/text.hpp"
#include "partner_center/json_reply.hpp"

#include <algorithm>
#include <array>

namespace devicebatch::partner_center {

namespace json = boost::json;

namespace {

constexpr std::size_t kIdBytes = 100;            // of the exchange ids, all GUIDs or shorter
constexpr std::size_t kCodeBytes = 64;           // of codes and states, numbers and symbolic names
constexpr std::size_t kNameBytes = 200;          // of an errorDescription
constexpr std::size_t kDescriptionBytes = 1024;  // as documented
constexpr std::size_t kContinuationBytes = 8 * 1024;  // what servers accept in a header

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

}  // namespace

ServiceError read_error(const http::Response& response) {
  const Result<json::value> value = parse_reply(response.body);
  const json::object* object = value ? value->if_object() : nullptr;
  if (object != nullptr) {
    if (ServiceError error = error_of(*object); says_something(error)) return error;
    const json::object* inner = object_member(*object, "error");
    if (inner != nullptr) {
      if (ServiceError error = error_of(*inner); says_something(error)) return error;
    }
  }
  return {"", short_text(trim(response.body), kDescriptionBytes)};
}

namespace {

bool continues_word(char c) {
  return is_ascii_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') || c == '-';
}

// The GUID at the front of `text`, if it ends there.
std::optional<Uuid> leading_guid(std::string_view text) {
  constexpr std::size_t kGuidLength = 36;
  if (text.size() < kGuidLength) return std::nullopt;
  if (text.size() > kGuidLength && continues_word(text[kGuidLength])) return std::nullopt;
  const auto guid = Uuid::parse(text.substr(0, kGuidLength));
  return guid && !guid->is_nil() ? guid : std::nullopt;
}

// Depth-first, in the order of the text; parse_reply bounds the depth.
std::optional<Uuid> tracking_id_within(const json::value& value) {
  if (const json::string* text = value.if_string()) return tracking_id_in(*text);
  if (const json::array* array = value.if_array()) {
    for (const json::value& element : *array) {
      if (const auto id = tracking_id_within(element)) return id;
    }
  }
  if (const json::object* object = value.if_object()) {
    for (const json::key_value_pair& pair : *object) {
      if (const auto id = tracking_id_within(pair.value())) return id;
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<Uuid> tracking_id_in(std::string_view location) {
  constexpr std::string_view kSegment = "batchjobstatus/";
  const auto same_letter = [](char a, char b) { return ascii_lower(a) == b; };
  while (true) {
    const auto found = std::search(location.begin(), location.end(), kSegment.begin(),
                                   kSegment.end(), same_letter);
    if (found == location.end()) return std::nullopt;
    location.remove_prefix(static_cast<std::size_t>(found - location.begin()) + kSegment.size());
    // A doubled slash is tolerated by the service, and therefore here.
    while (location.starts_with('/')) location.remove_prefix(1);
    if (const auto guid = leading_guid(location)) return guid;
  }
}

std::optional<Uuid> read_tracking_id(const http::Response& response) {
  if (const auto id = tracking_id_in(response.header("Location"))) return id;
  const Result<json::value> value = parse_reply(response.body);
  return value ? tracking_id_within(*value) : tracking_id_in(response.body);
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
  if (devices == nullptr) return job;
  for (const json::value& element : devices->get_array()) {
    if (const json::object* device = element.if_object()) {
      job.devices.push_back(device_status(*device));
    }
  }
  return job;
}

namespace {

bool is_header_safe(std::string_view text) {
  return text.size() <= kContinuationBytes &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

// {"links":{"next":{"headers":[{"key":"MS-ContinuationToken","value":"..."}]}}}
std::string continuation_in_links(const json::object& object) {
  const json::object* links = object_member(object, "links");
  const json::object* next = links == nullptr ? nullptr : object_member(*links, "next");
  const json::array* headers = next == nullptr ? nullptr : array_member(*next, "headers");
  if (headers == nullptr) return {};
  for (const json::value& element : *headers) {
    const json::object* header = element.if_object();
    if (header != nullptr &&
        equals_ignoring_case(text_member(*header, "key"), "MS-ContinuationToken")) {
      return text_member(*header, "value");
    }
  }
  return {};
}

std::uint64_t device_count(const json::object& batch) {
  auto count = number_member(batch, "devicesCount");
  if (!count) count = number_member(batch, "deviceCount");
  return count && *count > 0 ? static_cast<std::uint64_t>(*count) : 0;
}

std::vector<BatchSummary> batches_of(const json::array& items) {
  std::vector<BatchSummary> batches;
  for (const json::value& element : items) {
    const json::object* batch = element.if_object();
    if (batch == nullptr) continue;
    std::string id = text_member(*batch, "id");
    if (!id.empty()) batches.push_back({std::move(id), device_count(*batch)});
  }
  return batches;
}

}  // namespace

Result<BatchPage> read_batch_page(std::string_view body) {
  Result<json::value> value = parse_reply(body);
  if (!value) return fail(std::move(value), "batch list");
  const json::object* object = value->if_object();
  if (object == nullptr) return fail(Errc::corrupt, "batch list: not an object");
  const json::array* items = array_member(*object, "items");
  // Nulls may be left out, so an empty collection can come without items; anything else can not:
  // taking it for "no batches" would create one that exists.
  if (items == nullptr && number_member(*object, "totalCount") != 0) {
    return fail(Errc::corrupt, "batch list: no items");
  }
  BatchPage page;
  if (items != nullptr) page.batches = batches_of(*items);
  page.continuation = text_member(*object, "continuationToken");
  if (page.continuation.empty()) page.continuation = continuation_in_links(*object);
  if (!is_header_safe(page.continuation)) {
    return fail(Errc::corrupt, "batch list: the continuation token does not fit a header");
  }
  return page;
}

}  // namespace devicebatch::partner_center
