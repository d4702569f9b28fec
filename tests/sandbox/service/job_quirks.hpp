// sandbox/service/job_quirks.hpp - how a job misbehaves.
//
// Purpose:   set for all jobs by options, and for one by the fault rules that matched its upload.
// Threading: values.
// Units:     times count from the job's acceptance on the sandbox's clock.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace devicebatch::sandbox {

struct JobQuirks {
  bool is_stuck = false;
  bool hides_devices = false;  // devicesStatus absent until the job has ended
  bool nulls_devices = false;  // devicesStatus null until then
  bool is_shuffled = false;
  bool goes_back = false;                     // processing, queued, processing, ended
  bool fails = false;                         // as a whole: nothing registered, no devices named
  bool fails_devices = false;                 // nothing registered, every device says 801
  std::uint64_t omitted = 0;                  // so many devices are missing from the result
  std::uint64_t strangers = 0;                // so many that nobody sent are in the result
  std::uint64_t repeated = 0;                 // so many stand in it twice
  std::uint64_t storage_errors = 0;           // so many devices get StorageError
  std::chrono::milliseconds hidden{0};        // 404 at first
  std::chrono::milliseconds unknown{0};       // status `unknown` at first
  std::chrono::milliseconds batch_hidden{0};  // the batch it creates is not there at first
  std::optional<std::chrono::milliseconds> lost;  // 404 from then on
  std::optional<std::chrono::milliseconds> duration;

  // Takes over what `other` brings; times and counts add up.
  void merge(const JobQuirks& other);
};

}  // namespace devicebatch::sandbox
