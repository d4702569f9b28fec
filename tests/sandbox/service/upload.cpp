#include "sandbox/service/upload.hpp"

#include "base/hex.hpp"
#include "base/sha256.hpp"
#include "base/text.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

namespace devicebatch::sandbox {
namespace {

Post describe(World& world, const UploadCall& call) {
  const Request& request = call.request;
  Post post;
  post.at = world.clock.now_utc();
  post.path = request.target.substr(0, request.target.find('?'));
  post.customer = to_lower(call.customer);
  post.batch = call.batch.value_or("");
  post.request_id = to_lower(request.header("MS-RequestId"));
  post.correlation_id = request.header("MS-CorrelationId");
  post.body_sha256 = to_hex(sha256(request.body));
  post.body_bytes = request.body.size();
  post.fault = call.fault.names;
  return post;
}

UtcTime oldest_replay(const World& world) {
  const auto window = world.options.replay_window;
  return window.count() == 0 ? UtcTime() : world.clock.now_utc() - window;
}

// What an upload gets that was accepted before.
Answer replayed(const World& world, const UploadCall& call, const std::string& tracking_id) {
  if (world.options.replay == Replay::conflict) {
    return service_error(409, "409", "A request with this MS-RequestId was accepted already.");
  }
  Answer answer = accepted(world, call.request, call.customer, tracking_id);
  if (world.options.replay == Replay::same) return answer;
  answer.status = 200;
  const Job* job = world.jobs.find(to_lower(call.customer), tracking_id);
  const auto body = job ? describe_job(*job, world.job_view()) : std::nullopt;
  if (!body) return answer;
  answer.body = boost::json::serialize(*body);
  answer.add("Content-Type", "application/json; charset=utf-8");
  return answer;
}

struct Target {
  std::string batch;  // the spelling that stands
  std::optional<Answer> refusal;
};

Target find_batch(const World& world, const UploadCall& call, const std::string& created) {
  const std::string customer = to_lower(call.customer);
  const Batch* batch = world.jobs.batch(customer, call.batch.value_or(created));
  if (call.batch) {
    const bool is_there = batch && batch->visible_from <= world.clock.now_mono();
    if (!is_there) return {*call.batch, service_error(404, "1000", "Device batch is not found.")};
    return {batch->id, {}};
  }
  if (batch == nullptr) return {created, {}};
  switch (world.options.existing_batch) {
    case ExistingBatch::append:
      break;
    case ExistingBatch::conflict:
      return {batch->id, service_error(409, "409", "The device batch already exists.")};
    case ExistingBatch::bad_request:
      return {batch->id, service_error(400, "800002", "Invalid request input: batch exists.")};
  }
  return {batch->id, {}};
}

// A policy that the customer does not have spoils the registration.
void judge_policies(const World& world, const Job& job, std::vector<DeviceResult>& results) {
  if (world.options.knows_all_policies) return;
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (results[i].outcome != Outcome::registered) continue;
    const auto fault = world.policies.judge(job.customer, job.rows[i].policies);
    if (fault) results[i] = {*fault, {}};
  }
}

void start_job(World& world, const UploadCall& call, Post& post, std::vector<DeviceRow> rows) {
  Job job;
  job.tracking_id = post.tracking_id = world.new_guid();
  job.customer = post.customer;
  job.batch = post.batch;
  job.accepted = world.clock.now_mono();
  job.accepted_utc = post.at;
  job.quirks = call.fault.job;
  job.quirks.merge(world.options.job);
  job.duration = job.quirks.duration.value_or(world.options.job_time);
  job.rows = std::move(rows);
  const Terms terms{world.options, job.quirks, world.knows_tuples()};
  job.results = world.registry.judge(job.customer, job.rows, terms, *world.random);
  judge_policies(world, job, job.results);
  world.registry.apply({job.customer, job.batch, world.history.next()}, job.rows, job.results);
  world.jobs.add(std::move(job));
}

Answer process(World& world, const UploadCall& call, Post& post) {
  post.outcome = "refused";
  ReadUpload read = read_upload(call.request.body, !call.batch, world.options);
  if (read.refusal) return *read.refusal;
  Target target = find_batch(world, call, read.body.batch);
  post.batch = target.batch;
  if (target.refusal) return *target.refusal;
  start_job(world, call, post, std::move(read.body.rows));
  post.outcome = "accepted";
  return accepted(world, call.request, call.customer, post.tracking_id);
}

Answer decide(World& world, const UploadCall& call, Post& post) {
  const Repeat repeat = world.history.check(post);
  post.outcome = repeat == Repeat::other_body ? "violation" : "refused";
  if (call.denial) return *call.denial;
  if (repeat == Repeat::other_body) {
    return service_error(400, "800002", "This MS-RequestId belongs to another request.");
  }
  const auto earlier = world.history.accepted_as(post.request_id, oldest_replay(world));
  if (earlier && world.options.replay != Replay::ignore) {
    post.outcome = "replayed";
    post.tracking_id = *earlier;
    return replayed(world, call, *earlier);
  }
  return process(world, call, post);
}

void write_down(World& world, Post post) {
  if (world.ledger.is_open()) {
    const bool has_job = post.outcome == "accepted";
    const Job* job = has_job ? world.jobs.find(post.customer, post.tracking_id) : nullptr;
    world.ledger.append(to_event(post, job));
  }
  world.history.add(std::move(post));
}

Answer overloaded(const World& world) {
  const auto status = static_cast<unsigned>(world.options.capacity_refusal);
  if (status != 429) return gateway_error(status, "The service is too busy.");
  Answer answer = gateway_error(429, "Rate limit is exceeded. Try again in 1 seconds.");
  answer.add("Retry-After", "1");
  return answer;
}

}  // namespace

Answer accepted(const World& world, const Request& request, const std::string& customer,
                const std::string& tracking_id) {
  Answer answer;
  answer.status = 202;
  std::string location = "/customers/" + customer + "/batchJobStatus/" + tracking_id;
  if (world.options.location == LocationForm::absolute) {
    const std::string scheme = request.is_secure ? "https://" : "http://";
    location = scheme + std::string(request.header("Host")) + "/v1" + location;
  }
  answer.add("Location", std::move(location));
  return answer;
}

Answer upload(World& world, const UploadCall& call) {
  const Options& options = world.options;
  const auto end = world.capacity.admit(
      call.request.received, {options.capacity, options.capacity_queue, options.latency});
  if (!end) {
    note_unprocessed(world, call);
    return overloaded(world);
  }
  Post post = describe(world, call);
  Answer answer = decide(world, call, post);
  post.status = answer.status;
  answer.delay = std::chrono::ceil<std::chrono::milliseconds>(*end - call.request.received);
  write_down(world, std::move(post));
  return answer;
}

void note_unprocessed(World& world, const UploadCall& call) {
  Post post = describe(world, call);
  const bool is_violation = world.history.check(post) == Repeat::other_body;
  post.outcome = is_violation ? "violation" : "unprocessed";
  write_down(world, std::move(post));
}

}  // namespace devicebatch::sandbox
