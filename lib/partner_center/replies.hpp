// partner_center/replies.hpp - bytes of the service to meaning.
//
// Purpose:   reads what the service sends, in every shape seen or documented: BOM or none, either
//            casing, null or absent, numbers as strings.
// Threading: pure; any thread.
// Errors:    Errc::corrupt with the place when a body cannot be read. HTTP statuses are judged by
//            policy/classify, not here.
// Source:    docs/protocol.md, "Replies".
#pragma once

#include "base/result.hpp"
#include "base/uuid.hpp"
#include "http/transport.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace devicebatch::partner_center {

// What identifies an exchange for Microsoft's support; kept with every attempt.
struct ExchangeIds {
  std::string request_id;      // MS-RequestId
  std::string correlation_id;  // MS-CorrelationId
  std::string cv;              // MS-CV
  std::string server_id;       // MS-ServerId
  std::string date;            // Date
};
ExchangeIds exchange_ids(const http::Response& response);

struct ServiceError {
  std::string code;         // may be empty
  std::string description;  // at most 1,024 bytes, printable
};
// Never fails: a body that is no error object gives an empty code and the start of the body.
ServiceError read_error(const http::Response& response);

// The tracking id of a 200/201/202: from Location, else from a link in the body. nullopt: accepted,
// but nobody said where to look. Host and prefix of the Location are ignored (docs/protocol.md).
std::optional<Uuid> read_tracking_id(const http::Response& response);
// The GUID after "batchJobStatus/", case-insensitively.
std::optional<Uuid> tracking_id_in(std::string_view location);

enum class JobState { unknown, queued, processing, finished, finished_with_errors };

struct DeviceStatus {
  std::string device_id;
  std::string serial;
  std::string pkid;
  JobState state = JobState::unknown;
  std::string error_code;
  std::string error_name;
};

struct JobStatus {
  JobState state = JobState::unknown;
  std::string raw_state;  // as spelled by the service
  std::vector<DeviceStatus> devices;
};
Result<JobStatus> read_job_status(std::string_view body);

struct BatchSummary {
  std::string id;
  std::uint64_t devices = 0;
};
struct BatchPage {
  std::vector<BatchSummary> batches;
  std::string continuation;  // empty: the last page
};
Result<BatchPage> read_batch_page(std::string_view body);

}  // namespace devicebatch::partner_center
