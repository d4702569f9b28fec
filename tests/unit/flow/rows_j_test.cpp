// Rows J1 and J2 of the fault matrix, as the flow of a job sees them.
#include "flow/job_flow.hpp"

#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::flow;
using namespace std::chrono_literals;

namespace {

const UtcTime kNow(1'800'000'000'000ms);

PollStep judge(std::chrono::milliseconds age, int status, JobReading reading, int polls = 0,
               PollRules rules = {}) {
  SeededRandom random(1);
  PollContext context;
  context.submitted_at = kNow - age;
  context.polls = polls;
  context.reading = reading;
  Outcome outcome;
  outcome.http_status = status;
  return judge_poll(context, outcome, rules, kNow, random);
}

}  // namespace

TEST_CASE(
    "J1: a job that never ends is stalled after its deadline, followed slowly, never judged") {
  for (const auto age : {31min, 1440min, 1440min * 365}) {
    const PollStep step = judge(age, 200, JobReading::open, 1'000'000);
    CHECK(step.is_stalled);
    CHECK(step.next == PollNext::poll_again);
    CHECK(step.next_poll > kNow + 1min);
    CHECK(step.next_poll <= kNow + 6min);
  }
}

TEST_CASE("J1: a job in a state that nobody has heard of is followed like an open one") {
  CHECK(judge(5s, 200, JobReading::open).next == PollNext::poll_again);
  CHECK_FALSE(judge(5s, 200, JobReading::open).is_stalled);
}

TEST_CASE("J1: a fresh job that is not found has a grace, an old one is lost") {
  for (const int status : {404, 410}) {
    INFO("HTTP " << status);
    CHECK(judge(0s, status, JobReading::unreadable).next == PollNext::poll_again);
    CHECK(judge(119s, status, JobReading::unreadable).next == PollNext::poll_again);
    CHECK(judge(120s, status, JobReading::unreadable).next == PollNext::lost);
  }
}

TEST_CASE("J1: a state that goes backwards changes nothing: only an end settles") {
  CHECK(judge(5s, 200, JobReading::open, 4).next == PollNext::poll_again);
  CHECK(judge(5s, 200, JobReading::over, 5).next == PollNext::settle);
}

TEST_CASE("J1: a reply that is cut off decides nothing and is named") {
  const PollStep step = judge(5s, 200, JobReading::unreadable);
  CHECK(step.next == PollNext::poll_again);
  CHECK(step.code == "service.unreadable_reply");
}

TEST_CASE("J2: a storm of refusals settles nothing and loses no job") {
  for (const int status : {0, 408, 425, 429, 500, 502, 503, 504, 507, 511}) {
    INFO("HTTP " << status);
    for (const auto age : {0min, 60min, 1440min * 30}) {
      CHECK(judge(age, status, JobReading::unreadable, 1000).next == PollNext::poll_again);
    }
  }
}

TEST_CASE("J2: ten thousand open jobs share the looks of a second") {
  PollRules rules;
  rules.least = 1000s;  // ten thousand at ten a second
  for (const int status : {200, 429, 503}) {
    CHECK(judge(5s, status, JobReading::open, 0, rules).next_poll >= kNow + 1000s);
  }
}
