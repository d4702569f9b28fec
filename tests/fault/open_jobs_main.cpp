// devicebatch-open-jobs: a ledger with many jobs that are open, and the sandbox's side of them.
//
//   devicebatch-open-jobs LEDGER SANDBOX_LEDGER CUSTOMER JOBS
//
// Each job is one device, submitted a moment ago to batch LINE of account a1; the service has
// registered it.
#include "bench/ledger_load.hpp"
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <cstdio>
#include <cstdlib>
#include <fstream>

namespace {

using namespace devicebatch;
using bench::require;

constexpr std::uint64_t kJobsPerCommit = 1000;

class OpenJobs {
 public:
  OpenJobs(ledger::Ledger& ledger, std::string customer, std::ofstream& sandbox)
      : ledger_(ledger), customer_(std::move(customer)), sandbox_(sandbox) {}

  void make(std::uint64_t jobs) {
    begin();
    append(jobs);
    for (std::uint64_t made = 0; made < jobs; ++made) {
      if (made % kJobsPerCommit == 0) {
        commit();
        begin();
      }
      submit_one();
    }
    commit();
  }

 private:
  template <class T>
  T must(Result<T> result) {
    require(result.has_value(), result ? "" : result.error().message());
    if constexpr (!std::is_void_v<T>) return std::move(*result);
  }
  void begin() { must(ledger_.begin()); }
  void commit() { must(ledger_.commit()); }

  void append(std::uint64_t devices) {
    to_ = must(ledger_.intake().ensure_destination(*Uuid::parse(customer_), "LINE", "a1"));
    must(ledger_.delivery().record_presence(to_, ledger::BatchPresence::present, "LINE"));
    ledger::SeenFile file;
    file.uuid = Uuid::random(random_);
    file.destination = to_;
    file.name = "open.csv";
    const SubmissionId submission = must(ledger_.intake().record_seen({&file, 1}, now_)).front();
    bench::DeviceSupply supply(1, true);
    const auto batch = supply.batch(devices);
    must(ledger_.intake().append(submission, *batch, now_));
    must(ledger_.intake().complete(submission, {}, now_));
  }

  void submit_one() {
    ledger::DeliveryVerbs& verbs = ledger_.delivery();
    ledger::ChunkLimits limits;
    limits.devices = 1;
    const Uuid request_id = Uuid::random(random_);
    const auto planned =
        must(verbs.plan_chunk(to_, ledger::ChunkKind::append, limits, request_id, now_));
    require(planned.has_value(), "nothing to plan");
    ledger::AttemptStart start;
    start.owner = "host:1";
    start.lease_until = now_;
    start.correlation_id = Uuid::random(random_);
    must(verbs.begin_attempt(planned->id, start, now_));
    const Uuid tracking_id = Uuid::random(random_);
    must(verbs.attempt_submitted(planned->id, {}, tracking_id, now_, now_));
    tell_sandbox(must(verbs.devices_of(planned->id)).front().serial, request_id, tracking_id);
  }

  void tell_sandbox(const std::string& serial, const Uuid& request_id, const Uuid& tracking_id) {
    namespace json = boost::json;
    json::object device{{"serial", serial},
                        {"device_id", Uuid::random(random_).to_string()},
                        {"outcome", "registered"}};
    const json::object event{{"event", "post"},
                             {"at", format_utc(now_)},
                             {"outcome", "accepted"},
                             {"customer", customer_},
                             {"batch", "LINE"},
                             {"request_id", request_id.to_string()},
                             {"tracking_id", tracking_id.to_string()},
                             {"devices", json::array{std::move(device)}}};
    sandbox_ << json::serialize(event) << '\n';
  }

  ledger::Ledger& ledger_;
  std::string customer_;
  std::ofstream& sandbox_;
  SystemRandom random_;
  UtcTime now_ = SystemClock().now_utc();
  DestinationId to_;
};

}  // namespace

int main(int argc, char** argv) {
  require(argc == 5, "devicebatch-open-jobs LEDGER SANDBOX_LEDGER CUSTOMER JOBS");
  std::ofstream sandbox(argv[2]);
  const auto ledger = bench::open_ledger(argv[1]);
  OpenJobs(*ledger, argv[3], sandbox).make(std::strtoull(argv[4], nullptr, 10));
  sandbox.close();
  require(sandbox.good(), "the sandbox's ledger cannot be written");
  return 0;
}
