// partner_center/replies.hpp - bytes of the service to meaning.
//
// Purpose:   reads what the service sends, in every shape seen or documented: BOM or none, any
//            casing, null or absent, numbers as strings. Collections are in pages.hpp, the Location
//            of a job in tracking_id.hpp.
// Threading: pure; any thread.
// Errors:    Errc::corrupt with the place when a body cannot be read. HTTP statuses are judged by
//            policy/classify, not here.
// Source:    docs/protocol.md, "Replies".
#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "http/transport.hpp"
#include "partner_center/pages.hpp"
#include "partner_center/tracking_id.hpp"

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
  std::string raw;          // the start of the body as it came: at most 2,048 bytes, printable
};
// Never fails: a body that is no error object gives an empty code and the start of the body.
ServiceError read_error(const http::Response& response);

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
  std::string started;    // as written by the service; see read_date()
  std::string completed;
  std::vector<DeviceStatus> devices;
};
Result<JobStatus> read_job_status(std::string_view body);

// A date in any of the service's three shapes, without a zone taken as UTC. nullopt: unset (the
// service writes the year 1), or no date.
std::optional<UtcTime> read_date(std::string_view text);

}  // namespace devicebatch::partner_center
