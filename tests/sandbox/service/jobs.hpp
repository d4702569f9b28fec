// sandbox/service/jobs.hpp - asynchronous uploads and the batches they fill.
//
// Purpose:   a job is decided when it is accepted; time only decides what the client may see of it.
//            So a job that is stuck or lost has registered its devices all the same, and a crash of
//            the sandbox leaves nothing half done.
// Threading: the loop.
// Units:     ages count from the job's acceptance on the monotonic clock.
#pragma once

#include "base/clock.hpp"
#include "sandbox/service/device_rows.hpp"

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace devicebatch::sandbox {

// How a job misbehaves, set by the fault rules that matched its upload.
struct JobQuirks {
  bool is_stuck = false;
  bool hides_devices = false;  // devicesStatus absent until the job has ended
  bool is_shuffled = false;
  std::uint64_t omitted = 0;                      // so many devices are missing from the result
  std::chrono::milliseconds hidden{0};            // 404 at first
  std::chrono::milliseconds unknown{0};           // status `unknown` at first
  std::chrono::milliseconds batch_hidden{0};      // the batch it creates is not there at first
  std::optional<std::chrono::milliseconds> lost;  // 404 from then on
  std::optional<std::chrono::milliseconds> duration;
};

struct Job {
  std::string tracking_id;
  std::string customer;  // lower case
  std::string batch;     // as spelled by its creator
  MonoTime accepted;
  UtcTime accepted_utc;
  std::chrono::milliseconds duration{0};
  JobQuirks quirks;
  std::vector<DeviceRow> rows;
  std::vector<DeviceResult> results;

  std::uint64_t registered() const;
  bool is_done(MonoTime now) const { return now - accepted >= duration; }
};

struct Batch {
  std::string id;
  UtcTime created;
  MonoTime visible_from;
  std::vector<const Job*> jobs;
};

class Jobs {
 public:
  // The batch comes into being with the first job that names it.
  const Job& add(Job job);
  const Job* find(std::string_view customer, std::string_view tracking_id) const;

  const Batch* batch(std::string_view customer,
                     std::string_view id) const;  // compared without case
  const std::deque<Batch>& batches_of(std::string_view customer) const;
  std::size_t count() const { return jobs_.size(); }
  void clear() { *this = Jobs(); }

 private:
  std::unordered_map<std::string, std::unique_ptr<Job>> jobs_;
  std::unordered_map<std::string, std::deque<Batch>> batches_;  // by customer, oldest first
  std::unordered_map<std::string, Batch*> by_name_;  // customer + '\n' + name in lower case
};

// The body of a status reply; nullopt while or once the job cannot be found.
std::optional<boost::json::object> describe_job(const Job& job, MonoTime now, StatusStyle style);

}  // namespace devicebatch::sandbox
