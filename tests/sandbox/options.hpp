// sandbox/options.hpp - every knob of the sandbox.
//
// Purpose:   one table names each knob, so that the command line (`--job-ms 50`) and
//            `POST /sandbox/options` (`{"job_ms": 50}`) cannot drift apart.
// Units:     milliseconds, seconds and bytes, as the name of the knob says.
// Errors:    Errc::bad_config with the knob and the accepted values.
// Source:    tests/sandbox/README.md explains each; defaults behave as the documented service.
#pragma once

#include "base/result.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace devicebatch::sandbox {

enum class ExistingBatch { conflict, append, bad_request };
enum class LocationForm { relative, absolute };
enum class StatusStyle { docs, strict };
enum class Paging { body, links, both };
enum class Expectation { honour, ignore, refuse };

struct Options {
  std::string listen = "127.0.0.1:0";
  bool allows_remote = false;
  std::string port_file;
  std::string ledger_file;
  std::string rules_file;
  std::string registry_file;
  bool prints_requests = false;
  std::uint64_t seed = 0;  // 0: from the kernel's entropy

  std::chrono::milliseconds latency{0};
  std::chrono::milliseconds job_time{1'000};
  std::chrono::seconds token_lifetime{600};
  std::string client_secret = "sandbox-secret";
  std::string resource = "https://api.partnercenter.microsoft.com";
  bool honours_request_id = true;
  ExistingBatch existing_batch = ExistingBatch::conflict;
  bool app_only_creates = true;
  bool sends_bom = true;
  LocationForm location = LocationForm::relative;
  StatusStyle status_style = StatusStyle::docs;
  bool knows_tuples = true;
  bool detects_registered = true;
  bool accepts_dummy_hashes = false;
  std::uint64_t max_devices = 1'000;
  std::uint64_t max_body_bytes = std::uint64_t{4} << 20;
  std::uint64_t page_size = 100;
  std::uint64_t batch_page_size = 0;  // 0: all batches in one answer, as documented
  Paging paging = Paging::body;
  Expectation expect = Expectation::honour;
};

struct Knob {
  const char* name;  // "job_ms"; the command line says --job-ms
  const char* help;
  bool (*set)(Options& options, std::string_view value);  // false: not an accepted value
};

const std::vector<Knob>& knobs();
Result<void> set_knob(Options& options, std::string_view name, std::string_view value);

}  // namespace devicebatch::sandbox
