#include "sandbox/service/capacity.hpp"

#include "base/clock.hpp"
#include "sandbox/test/running_sandbox.hpp"

#include <boost/json/value.hpp>
#include <catch2/catch.hpp>

#include <future>

using namespace devicebatch::sandbox;
using std::chrono::milliseconds;

namespace {

devicebatch::MonoTime at(int ms) {
  return devicebatch::MonoTime(std::chrono::hours(1)) + milliseconds(ms);
}

std::vector<Reply> post_together(const RunningSandbox& sandbox, int count) {
  std::vector<std::future<Reply>> running;
  for (int i = 0; i < count; ++i) {
    running.push_back(std::async(std::launch::async, [&sandbox, i] {
      const std::string name = "B" + std::to_string(i);
      return sandbox.post(batches_path(), create_body(name, {name}));
    }));
  }
  std::vector<Reply> replies;
  for (auto& each : running) replies.push_back(each.get());
  return replies;
}

}  // namespace

TEST_CASE("uploads beyond the capacity wait in their order") {
  Capacity capacity;
  const Capacity::Limits limits{2, 10, milliseconds(100)};
  CHECK(capacity.admit(at(0), limits) == at(100));
  CHECK(capacity.admit(at(0), limits) == at(100));
  CHECK(capacity.admit(at(0), limits) == at(200));
  CHECK(capacity.admit(at(50), limits) == at(200));
  CHECK(capacity.admit(at(60), limits) == at(300));
  CHECK(capacity.admit(at(150), limits) == at(300));
  CHECK(capacity.admit(at(1'000), limits) == at(1'100));
  CHECK(capacity.most_at_once() == 5);
}

TEST_CASE("uploads beyond the queue are refused") {
  Capacity capacity;
  const Capacity::Limits limits{1, 1, milliseconds(100)};
  CHECK(capacity.admit(at(0), limits));
  CHECK(capacity.admit(at(0), limits) == at(200));
  CHECK_FALSE(capacity.admit(at(0), limits));
  CHECK_FALSE(capacity.admit(at(99), limits));
  CHECK(capacity.admit(at(100), limits) == at(300));
  CHECK(capacity.refused() == 2);
}

TEST_CASE("without a limit nobody waits for another") {
  Capacity capacity;
  for (int i = 0; i < 5; ++i) CHECK(capacity.admit(at(0), {0, 0, milliseconds(7)}) == at(7));
}

TEST_CASE("answers take longer when more is sent than the service can process") {
  const RunningSandbox sandbox;
  sandbox.set_option(R"({"latency_ms":100,"capacity":2})");
  const devicebatch::SystemClock clock;
  const auto started = clock.now_mono();
  for (const Reply& each : post_together(sandbox, 6)) CHECK(each.status == 202);
  CHECK(clock.now_mono() - started >= milliseconds(300));
  CHECK(sandbox.summary().at("capacity_refused") == 0);
}

TEST_CASE("what finds no place is refused unprocessed") {
  const RunningSandbox sandbox;
  sandbox.set_option(R"({"latency_ms":500,"capacity":1,"capacity_queue":1})");
  std::vector<Reply> replies = post_together(sandbox, 5);
  const auto refused = std::count_if(replies.begin(), replies.end(),
                                     [](const Reply& each) { return each.status == 503; });
  CHECK(refused >= 1);
  CHECK(sandbox.summary().at("capacity_refused") == refused);
  CHECK(sandbox.summary().at("unprocessed") == refused);
  CHECK(sandbox.summary().at("registered") == 5 - refused);
  sandbox.set_option(R"({"capacity_queue":0,"capacity_refusal":429})");
  replies = post_together(sandbox, 4);
  const auto throttled = std::find_if(replies.begin(), replies.end(),
                                      [](const Reply& each) { return each.status == 429; });
  REQUIRE(throttled != replies.end());
  CHECK(throttled->header("Retry-After") == "1");
}
