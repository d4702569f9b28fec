#include "sandbox/clock.hpp"

#include "sandbox/test/running_sandbox.hpp"

#include <boost/json/value.hpp>
#include <catch2/catch.hpp>

using namespace devicebatch::sandbox;
using Words = std::vector<std::string>;
using std::chrono::milliseconds;

namespace {

Options virtual_options() {
  Options options = quick_options();
  options.time_flow = TimeFlow::virtual_time;
  options.job_time = milliseconds(1'000);
  return options;
}

void advance(const RunningSandbox& sandbox, int ms) {
  sandbox.steer("clock", R"({"advance_ms":)" + std::to_string(ms) + "}");
}

}  // namespace

TEST_CASE("a stopped clock moves only when it is told to") {
  SandboxClock clock;
  clock.flow(false);
  const auto mono = clock.now_mono();
  const auto utc = clock.now_utc();
  CHECK(clock.now_mono() == mono);
  clock.advance(milliseconds(1'500));
  CHECK(clock.now_mono() == mono + milliseconds(1'500));
  CHECK(clock.now_utc() == utc + milliseconds(1'500));
  clock.flow(true);
  CHECK(clock.now_mono() >= mono + milliseconds(1'500));
  CHECK(clock.now_mono() < mono + std::chrono::hours(1));
}

TEST_CASE("jobs live by the service's clock") {
  const RunningSandbox sandbox(virtual_options());
  const std::string job = job_path(sandbox.post(batches_path(), create_body("T", {"A"})));
  Words seen = {job_state(sandbox.get(job))};
  for (const int ms : {249, 1, 749, 1}) {
    advance(sandbox, ms);
    seen.push_back(job_state(sandbox.get(job)));
  }
  CHECK(seen == Words{"queued", "queued", "processing", "processing", "finished"});
  CHECK(sandbox.get(devices_path("T")).json().at("totalCount") == 1);
}

TEST_CASE("tokens end by the service's clock") {
  const RunningSandbox sandbox(virtual_options());
  advance(sandbox, 599'000);
  CHECK(sandbox.get(batches_path()).status == 200);
  advance(sandbox, 1'000);
  CHECK(sandbox.get(batches_path()).code() == "400");
}

TEST_CASE("hidden windows and lost jobs live by it") {
  const RunningSandbox sandbox(virtual_options());
  sandbox.set_rules(R"([{"match":{"method":"POST"},"fault":"job_hidden","ms":5000},
                        {"match":{"method":"POST"},"fault":"job_lost","ms":9000},
                        {"match":{"method":"POST"},"fault":"batch_hidden","ms":3000}])");
  const std::string job = job_path(sandbox.post(batches_path(), create_body("T", {"A"})));
  const auto look = [&](int ms) {
    advance(sandbox, ms);
    return Words{job_state(sandbox.get(job)),
                 std::to_string(sandbox.get(devices_path("T")).status)};
  };
  CHECK(look(2'999) == Words{"404", "404"});
  CHECK(look(1) == Words{"404", "200"});
  CHECK(look(2'000) == Words{"finished", "200"});
  CHECK(look(4'000) == Words{"404", "200"});
}

TEST_CASE("manufacturers tell about devices without a hash at a time") {
  Options options = virtual_options();
  options.token_lifetime = std::chrono::days(2);
  const RunningSandbox sandbox(options);
  sandbox.set_option(R"({"tuples_known_after_ms":86400000,"existing_batch":"append","job_ms":0})");
  const auto state = [&] {
    const std::string_view body = R"({"batchId":"T","devices":[{"productKey":"K1"}]})";
    return device_states(sandbox.get(job_path(sandbox.post(batches_path(), body)))).at(0);
  };
  CHECK(state() == "ZtdDeviceNotFound");
  advance(sandbox, 86'399'000);
  CHECK(state() == "ZtdDeviceNotFound");
  advance(sandbox, 1'000);
  CHECK(state() == "finished");
}

TEST_CASE("a request id is as good as new after its window") {
  const RunningSandbox sandbox(virtual_options());
  sandbox.set_option(R"({"replay_window_ms":1000,"existing_batch":"append"})");
  const std::vector<Header> id = {{"MS-RequestId", "AAAAAAAA-0000-4000-8000-000000000001"}};
  const auto post = [&] { return sandbox.post(batches_path(), create_body("T", {"A"}), id); };
  const Reply first = post();
  advance(sandbox, 1'000);
  CHECK(post().header("Location") == first.header("Location"));
  advance(sandbox, 1);
  const Reply fresh = post();
  CHECK(fresh.header("Location") != first.header("Location"));
  CHECK(post().header("Location") == fresh.header("Location"));
}

TEST_CASE("Date shows the service's clock, which may be wrong") {
  const RunningSandbox sandbox(virtual_options());
  const std::string before(sandbox.get(batches_path()).header("Date"));
  CHECK(sandbox.get(batches_path()).header("Date") == before);
  advance(sandbox, 86'400'000);
  const std::string after(sandbox.get(batches_path()).header("Date"));
  CHECK(after != before);
  sandbox.set_option(R"({"date_offset_s":-86400})");
  CHECK(sandbox.get(batches_path()).header("Date") == before);
  const auto clock = sandbox.get("/sandbox/clock").json();
  CHECK(clock.at("flows") == false);
  CHECK(clock.at("advanced_ms") == 86'400'000);
}

TEST_CASE("a clock that flows can be moved, too") {
  const RunningSandbox sandbox;
  CHECK(sandbox.get(batches_path()).status == 200);
  advance(sandbox, 600'000);
  CHECK(sandbox.get(batches_path()).status == 401);
}

TEST_CASE("a step that is no step is refused") {
  const RunningSandbox sandbox;
  for (const std::string_view bad : {"{}", "[]", R"({"advance_ms":-1})", R"({"advance_ms":"1"})",
                                     R"({"advance_ms":1e15})", R"({"advance_ms":1,"x":2})"}) {
    CAPTURE(bad);
    CHECK(sandbox.post("/sandbox/clock", bad).status == 400);
  }
}
