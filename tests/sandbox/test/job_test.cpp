#include "base/clock.hpp"
#include "sandbox/test/running_sandbox.hpp"

#include <boost/json/value.hpp>
#include <catch2/catch.hpp>

#include <chrono>

using namespace devicebatch::sandbox;
using Words = std::vector<std::string>;

namespace {

// The job of an upload that a rule has spoilt.
Reply status_under(const RunningSandbox& sandbox, std::string_view rule,
                   const Words& serials = {"A"}) {
  sandbox.set_rules("[" + std::string(rule) + "]");
  const Reply accepted = sandbox.post(batches_path(), create_body("T", serials));
  REQUIRE(accepted.status == 202);
  return sandbox.get(job_path(accepted));
}

}  // namespace

TEST_CASE("a finished job has the documented shape") {
  const RunningSandbox sandbox;
  const Reply accepted = sandbox.post(batches_path(), create_body("T", {"A", "FAIL-808-B"}));
  const auto body = sandbox.get(job_path(accepted)).json();
  const std::string location(accepted.header("Location"));
  const std::string tracking(std::string_view(body.at("batchTrackingId").as_string()));
  CHECK_THAT(location, Catch::EndsWith("/" + tracking));
  CHECK(body.at("status") == "finished");
  CHECK(body.at("startedTime").as_string().size() == 19);
  CHECK(body.at("completedTime").as_string().size() == 19);
  CHECK(body.at("attributes").at("objectType") == "BatchUploadDetails");
  const auto good = body.at("devicesStatus").at(0);
  CHECK(good.at("serialNumber") == "A");
  CHECK(good.at("status") == "finished");
  CHECK(good.at("deviceId").as_string().size() == 36);
  CHECK_FALSE(good.as_object().contains("errorCode"));
  CHECK(good.at("attributes").at("objectType") == "DeviceUploadDetails");
  const auto bad = body.at("devicesStatus").at(1);
  CHECK(bad.at("status") == "finished_with_errors");
  CHECK(bad.at("errorCode") == "808");
  CHECK(bad.at("errorDescription") == "ZtdDeviceAssignedToOtherTenant");
  CHECK_FALSE(bad.as_object().contains("deviceId"));
}

TEST_CASE("a strict service says when devices have failed") {
  const RunningSandbox sandbox;
  sandbox.set_option(R"({"status_style":"strict"})");
  const Reply accepted = sandbox.post(batches_path(), create_body("T", {"A", "FAIL-808-B"}));
  CHECK(job_state(sandbox.get(job_path(accepted))) == "finished_with_errors");
}

TEST_CASE("a job is queued, then processed, then finished") {
  const RunningSandbox sandbox;
  sandbox.set_option(R"({"job_ms":2000})");
  const Reply accepted = sandbox.post(batches_path(), create_body("T", {"A"}));
  const devicebatch::SystemClock clock;
  const auto deadline = clock.now_mono() + std::chrono::seconds(30);
  Words seen;
  while (seen.empty() || (seen.back() != "finished" && clock.now_mono() < deadline)) {
    const std::string state = job_state(sandbox.get(job_path(accepted)));
    if (seen.empty() || seen.back() != state) seen.push_back(state);
  }
  CHECK(seen == Words{"queued", "processing", "finished"});
}

TEST_CASE("devices of an unfinished job are not listed yet") {
  const RunningSandbox sandbox;
  sandbox.set_option(R"({"job_ms":1000000})");
  REQUIRE(sandbox.post(batches_path(), create_body("T", {"A"})).status == 202);
  CHECK(sandbox.get(batches_path()).json().at("items").at(0).at("devicesCount") == 0);
  CHECK(sandbox.get(devices_path("T")).json().at("totalCount") == 0);
}

TEST_CASE("a job can be hidden, lost, unknown or stuck") {
  const RunningSandbox sandbox;
  sandbox.set_option(R"({"existing_batch":"append"})");
  CHECK(job_state(status_under(sandbox, R"({"fault":"job_hidden","ms":1000000})")) == "404");
  CHECK(job_state(status_under(sandbox, R"({"fault":"job_lost","ms":0})")) == "404");
  CHECK(job_state(status_under(sandbox, R"({"fault":"job_unknown","ms":1000000})")) == "unknown");
  CHECK(job_state(status_under(sandbox, R"({"fault":"job_slow","ms":1000000})")) == "queued");
  const Reply stuck = status_under(sandbox, R"({"fault":"job_stuck"})");
  CHECK(job_state(stuck) == "processing");
  CHECK(device_states(stuck) == Words{"processing"});
}

TEST_CASE("a job can keep its devices back, leave some out or mix them") {
  const RunningSandbox sandbox;
  sandbox.set_option(R"({"existing_batch":"append"})");
  const Reply stuck =
      status_under(sandbox, R"({"fault":"job_stuck"},{"fault":"job_hides_devices"})");
  CHECK(device_states(stuck).empty());
  const Words serials = {"A1", "A2", "A3", "A4", "A5", "A6", "A7", "A8"};
  const Reply some = status_under(sandbox, R"({"fault":"job_omits","count":3})", serials);
  CHECK(device_states(some).size() == 5);
  const Reply mixed = status_under(sandbox, R"({"fault":"job_shuffled"})", serials);
  Words order;
  const auto devices = mixed.json().at("devicesStatus");
  for (const auto& each : devices.as_array()) {
    order.emplace_back(std::string_view(each.at("serialNumber").as_string()));
  }
  CHECK(order != serials);
  CHECK_THAT(order, Catch::UnorderedEquals(serials));
}

TEST_CASE("a job can say null about its devices until it ends") {
  const RunningSandbox sandbox;
  sandbox.set_option(R"({"existing_batch":"append"})");
  const Reply stuck =
      status_under(sandbox, R"({"fault":"job_stuck"},{"fault":"job_null_devices"})");
  CHECK(stuck.json().at("devicesStatus").is_null());
  CHECK(device_states(status_under(sandbox, R"({"fault":"job_null_devices"})", {"B"})) ==
        Words{"finished"});
}

TEST_CASE("a job can go back") {
  Options options = quick_options();
  options.time_flow = TimeFlow::virtual_time;
  options.job_time = std::chrono::milliseconds(4'000);
  const RunningSandbox sandbox(options);
  sandbox.set_rules(R"([{"fault":"job_backwards"}])");
  const Reply accepted = sandbox.post(batches_path(), create_body("T", {"A"}));
  Words seen;
  for (int i = 0; i < 5; ++i) {
    seen.push_back(job_state(sandbox.get(job_path(accepted))));
    sandbox.steer("clock", R"({"advance_ms":1000})");
  }
  CHECK(seen == Words{"processing", "queued", "processing", "queued", "finished"});
}

TEST_CASE("a job can fail as a whole, with or without its devices") {
  const RunningSandbox sandbox;
  sandbox.set_option(R"({"existing_batch":"append"})");
  const Reply silent = status_under(sandbox, R"({"fault":"job_fails"})");
  CHECK(job_state(silent) == "finished_with_errors");
  CHECK(device_states(silent).empty());
  const Reply named = status_under(sandbox, R"({"fault":"job_fails_devices"})");
  CHECK(device_states(named) == Words{"InvalidZtdRequestBody"});
  CHECK(sandbox.summary().at("registered") == 0);
  CHECK(device_states(status_under(sandbox, R"({"fault":"slow","ms":0})")) == Words{"finished"});
}

TEST_CASE("a result can hold devices that nobody sent, and some twice") {
  const RunningSandbox sandbox;
  sandbox.set_option(R"({"existing_batch":"append"})");
  const auto strangers =
      status_under(sandbox, R"({"fault":"job_strangers","count":2})").json().at("devicesStatus");
  REQUIRE(strangers.as_array().size() == 3);
  CHECK(strangers.at(2).at("serialNumber") == "STRANGER-2");
  CHECK(strangers.at(2).at("deviceId").as_string().size() == 36);
  const Reply twice = status_under(sandbox, R"({"fault":"job_repeats"})", {"B", "C"});
  CHECK(device_states(twice).size() == 3);
  CHECK(sandbox.summary().at("registered") == 3);
}

TEST_CASE("some devices of a job meet a storage error") {
  const RunningSandbox sandbox;
  sandbox.set_option(R"({"existing_batch":"append"})");
  const Reply status =
      status_under(sandbox, R"({"fault":"job_storage_errors","count":2})", {"A", "B", "C"});
  CHECK(device_states(status) == Words{"StorageError", "StorageError", "finished"});
  CHECK_FALSE(status.json().at("devicesStatus").at(0).as_object().contains("errorCode"));
}

TEST_CASE("what a rule does to one job, a knob does to all") {
  const RunningSandbox sandbox;
  sandbox.set_option(R"({"existing_batch":"append","job_omits":1,"job_strangers":1})");
  const Reply odd = status_under(sandbox, R"({"fault":"job_omits"})", {"A", "B", "C"});
  CHECK(device_states(odd).size() == 2);
  sandbox.set_option(R"({"job_lost_ms":0})");
  CHECK(job_state(status_under(sandbox, R"({"fault":"slow","ms":0})", {"D"})) == "404");
  sandbox.set_option(R"({"job_lost_ms":"no","job_unknown_ms":100000})");
  CHECK(job_state(status_under(sandbox, R"({"fault":"slow","ms":0})", {"E"})) == "unknown");
}

TEST_CASE("a status is spelled as chosen") {
  const RunningSandbox sandbox;
  sandbox.set_option(R"({"status_style":"strict"})");
  const Reply accepted = sandbox.post(batches_path(), create_body("T", {"FAIL-808-A"}));
  const auto spelled = [&](std::string_view words) {
    sandbox.set_option(R"({"status_words":")" + std::string(words) + "\"}");
    return sandbox.get(job_path(accepted)).json().at("status");
  };
  CHECK(spelled("camel") == "finishedWithErrors");
  CHECK(spelled("pascal") == "FinishedWithErrors");
  CHECK(spelled("number") == 4);
  CHECK(spelled("unheard") == "sandbox_finished_with_errors");
  CHECK(spelled("snake") == "finished_with_errors");
}

TEST_CASE("a job belongs to its customer") {
  const RunningSandbox sandbox;
  const Reply accepted = sandbox.post(batches_path(), create_body("T", {"A"}));
  const std::string location(accepted.header("Location"));
  const std::string elsewhere = "/v1/customers/" + std::string(kOtherCustomer) +
                                location.substr(location.rfind("/batchJobStatus"));
  CHECK(sandbox.get(elsewhere).status == 404);
  CHECK(sandbox.get(elsewhere).code() == "1000");
}

TEST_CASE("a new batch can stay out of sight for a while") {
  const RunningSandbox sandbox;
  sandbox.set_rules(R"([{"fault":"batch_hidden","ms":1000000}])");
  REQUIRE(sandbox.post(batches_path(), create_body("T", {"A"})).status == 202);
  CHECK(sandbox.get(batches_path()).json().at("totalCount") == 0);
  CHECK(sandbox.post(devices_path("T"), append_body({"B"})).status == 404);
  CHECK(sandbox.post(batches_path(), create_body("T", {"B"})).status == 409);
}
