// sandbox/service/jobs.hpp - asynchronous uploads and the batches they fill.
//
// Purpose:   a job is decided when it is accepted; time only decides what the client may see of it.
//            So a job that is stuck or lost has registered its devices all the same, and a crash of
//            the sandbox leaves nothing half done.
// Threading: the loop.
// Units:     ages count from the job's acceptance on the sandbox's clock.
#pragma once

#include "base/clock.hpp"
#include "sandbox/service/device_rows.hpp"
#include "sandbox/service/job_quirks.hpp"

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace devicebatch::sandbox {

struct Job {
  std::string tracking_id;
  std::string customer;  // lower case
  std::string batch;     // as spelled by its creator; empty for an update of policies
  MonoTime accepted;
  UtcTime accepted_utc;
  std::chrono::milliseconds duration{0};
  JobQuirks quirks;
  std::vector<DeviceRow> rows;
  std::vector<DeviceResult> results;

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

struct JobView {
  MonoTime now;
  StatusStyle style;
  StatusWords words;
};

// The body of a status reply; nullopt while or once the job cannot be found.
std::optional<boost::json::object> describe_job(const Job& job, const JobView& view);

}  // namespace devicebatch::sandbox
