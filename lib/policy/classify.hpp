// policy/classify.hpp - what an answer of the service means for what we do next.
//
// Purpose:   the one table from HTTP status and service code to a reaction, and from the code of
//            the result of a device to its fate. docs/errors.md shows the same table.
// Threading: pure; any thread.
// Source:    docs/protocol.md, "Errors" and "Results of a device".
#pragma once

#include <chrono>
#include <span>
#include <string_view>

namespace devicebatch::policy {

enum class Call {
  create_batch,
  append_devices,
  list_batches,
  list_devices,
  job_status,
  manage,  // what an operator asks: change or remove a device, policies
  token
};

enum class Reaction {
  accept,         // a success for this call
  retry,          // same id and body, later; the request surely had no effect or may be repeated
  unconfirmed,    // it may have had an effect: same id and body again, never another id
  wait,           // throttled: stay away as told, then the same id and body
  refresh_token,  // get a new token once, then the same id and body
  pause_destination,  // a person must act for this customer
  pause_account,      // a person must act for this partner account
  batch_exists,       // create: somebody was first; list, then append
  batch_missing,      // append: the batch is gone; list again
  job_missing,        // status: unknown tracking id; grace, then the batch is looked at
  look,               // only the listing of the batch can tell what became of it
  split,              // one of the devices is wrong: halves, until it stands alone
  halve,              // too large: halves, and the size is remembered
  refuse,             // this request is wrong and stays wrong
};
std::string_view to_string(Reaction reaction);

struct Classified {
  Reaction reaction;
  std::string_view code;    // stable: "http.503", "service.20002"
  std::string_view advice;  // what a person should do; empty when nobody needs to
};

// `service_code` is the `code` member of the error body as text, empty when there is none; for
// Call::token it is the AADSTS number or, without one, the `error` word. Every status has an
// answer; one that no row names belongs to the row of its hundred.
Classified classify(Call call, int http_status, std::string_view service_code);

// What becomes of a device by its errorCode/errorDescription in a job's result.
enum class DeviceFate { registered, already_there, retry, failed };

// When a device that is sent again has been sent often enough.
enum class Patience {
  counted,       // after `tries_max` times in all
  service,       // as long as any request: delivery.give_up_after
  manufacturer,  // until the manufacturer's data should have arrived
};

struct DeviceResult {
  DeviceFate fate;
  std::string_view code;    // stable: "device.808"
  std::string_view reason;  // plain words
  std::string_view advice;
  // For DeviceFate::retry: sent again not before so long, and until when; then it has failed.
  // Patience::manufacturer has its times from the settings.
  std::chrono::minutes least_wait{0};
  int tries_max = 1;
  Patience patience = Patience::counted;
};

// Name first, number second; an unknown pair is DeviceFate::failed with code "device.unknown".
// `is_finished_ok` is true when the device's status is `finished` and it carries no error.
DeviceResult judge_device(bool is_finished_ok, std::string_view error_code,
                          std::string_view error_name);

// Calls that share an answer. `service` is every call but the token's.
enum class CallGroup { service, posts, gets, create, append, list, devices, status, manage, token };
std::string_view to_string(CallGroup group);

// The rows behind both functions, for docs/errors.md. The first row that matches decides.
struct RequestRow {
  int http_status;  // first and last of a range, mostly the same
  int last_status;
  CallGroup calls;
  std::string_view service_code;  // "" matches any
  Classified result;              // of a range: code "http.4xx"; classify() says the status itself
};
struct DeviceRow {
  std::string_view number;
  std::string_view name;
  DeviceResult result;
};
std::span<const RequestRow> request_table();
std::span<const DeviceRow> device_table();

}  // namespace devicebatch::policy
