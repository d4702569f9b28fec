// sandbox/options.hpp - every knob of the sandbox.
//
// Purpose:   one table names each knob, so that the command line (`--job-ms 50`), scenario files
//            and `POST /sandbox/options` (`{"job_ms": 50}`) cannot drift apart.
// Units:     milliseconds, seconds and bytes, as the name of the knob says.
// Errors:    Errc::bad_config with the knob and the accepted values.
// Source:    tests/sandbox/README.md explains each; defaults behave as the documented service.
#pragma once

#include "base/result.hpp"
#include "sandbox/service/job_quirks.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace devicebatch::sandbox {

enum class ExistingBatch { conflict, append, bad_request };
enum class LocationForm { relative, absolute };
enum class StatusStyle { docs, strict };
enum class StatusWords { snake, camel, pascal, number, unheard };
enum class Casing { camel, pascal };
enum class Paging { body, links, both };
enum class Expectation { honour, ignore, refuse };
// What a repeated MS-RequestId gets: the same 202, a 409, a 200 with the job, or another job.
enum class Replay { same, conflict, earlier, ignore };
enum class DeviceCodeEnd { approve, decline, expire };
enum class TimeFlow { real, virtual_time };

struct Options {
  std::string listen = "127.0.0.1:0";
  bool allows_remote = false;
  std::string port_file;
  std::string ledger_file;
  std::string rules_file;
  std::string registry_file;
  std::string scenario_file;
  std::string request_log_file;
  std::string tls_certificate;
  std::string tls_key;
  std::string tls_versions = "1.2-1.3";
  bool prints_requests = false;
  std::uint64_t seed = 0;  // 0: from the kernel's entropy
  // Knobs that win over those of the scenario, in their order.
  std::vector<std::pair<std::string, std::string>> overrides;

  std::chrono::milliseconds latency{0};
  std::uint64_t capacity = 0;  // uploads processed at once; 0: all
  std::uint64_t capacity_queue = 1'000;
  std::uint64_t capacity_refusal = 503;
  TimeFlow time_flow = TimeFlow::real;
  std::chrono::seconds date_offset{0};

  std::chrono::seconds token_lifetime{600};
  std::string client_secret = "sandbox-secret";  // several between spaces
  std::string expired_client_secret;             // likewise
  std::string client_certificate;                // a PEM file
  std::string resource = "https://api.partnercenter.microsoft.com";
  std::string token_audience;  // empty: as asked
  bool has_mfa = true;
  std::string refresh_token = "sandbox-refresh-token";
  std::chrono::seconds refresh_token_lifetime{std::chrono::days(90)};
  bool rotates_refresh_tokens = true;
  std::string authorization_code = "sandbox-code";
  DeviceCodeEnd device_code = DeviceCodeEnd::approve;
  std::uint64_t device_code_pending = 1;
  std::uint64_t device_code_interval = 5;
  bool app_only_creates = true;
  bool app_only_calls = true;

  Replay replay = Replay::same;
  std::chrono::milliseconds replay_window{0};  // 0: for ever
  ExistingBatch existing_batch = ExistingBatch::conflict;
  bool sends_bom = true;
  Casing casing = Casing::camel;
  LocationForm location = LocationForm::relative;
  StatusStyle status_style = StatusStyle::docs;
  StatusWords status_words = StatusWords::snake;
  bool knows_tuples = true;
  std::chrono::milliseconds tuples_known_after{0};
  bool detects_registered = true;
  bool accepts_dummy_hashes = false;
  std::uint64_t storage_errors = 1;
  std::uint64_t max_devices = 1'000;
  std::uint64_t max_body_bytes = std::uint64_t{4} << 20;
  std::uint64_t page_size = 100;
  std::uint64_t batch_page_size = 0;  // 0: all batches in one answer, as documented
  Paging paging = Paging::body;
  Expectation expect = Expectation::honour;
  bool knows_all_policies = true;
  std::uint64_t policy_create_status = 200;
  std::string policy_count_name = "devicesAssignedCount";

  std::chrono::milliseconds job_time{1'000};
  JobQuirks job;  // of every job
};

struct Knob {
  const char* name;  // "job_ms"; the command line says --job-ms
  const char* help;
  bool (*set)(Options& options, std::string_view value);  // false: not an accepted value
};

const std::vector<Knob>& knobs();
Result<void> set_knob(Options& options, std::string_view name, std::string_view value);

}  // namespace devicebatch::sandbox
