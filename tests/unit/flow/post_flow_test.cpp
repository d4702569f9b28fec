#include "flow/post_flow.hpp"

#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::flow;
using namespace std::chrono_literals;

namespace {

const UtcTime kNow(1'800'000'000'000ms);
const policy::RetryRules kRules(1s, 15min, 1h);

PostStep judge(const Outcome& outcome, PostContext context = {}) {
  SeededRandom random(1);
  return judge_post(context, outcome, kRules, kNow, random);
}

Outcome a_reply(int status, std::string code = {}) {
  Outcome outcome;
  outcome.http_status = status;
  outcome.service_code = std::move(code);
  return outcome;
}

Outcome no_reply(Errc why) {
  Outcome outcome;
  outcome.transport_error = why;
  return outcome;
}

}  // namespace

TEST_CASE("202 with a tracking id is submitted") {
  Outcome outcome = a_reply(202);
  outcome.has_tracking_id = true;
  CHECK(judge(outcome).next == PostNext::submitted);
}

TEST_CASE("202 without a tracking id asks again with the same request") {
  const PostStep step = judge(a_reply(202));
  CHECK(step.next == PostNext::unconfirmed);
  CHECK(step.code == "service.no_location");
  CHECK(step.not_before > kNow);
}

TEST_CASE("what never left is planned again, what may have arrived is unconfirmed") {
  CHECK(judge(no_reply(Errc::transient)).next == PostNext::retry);
  CHECK(judge(no_reply(Errc::unconfirmed)).next == PostNext::unconfirmed);
}

TEST_CASE("an unknown fate stays unknown through failures that say nothing about it") {
  PostContext context;
  context.was_unconfirmed = true;
  CHECK(judge(no_reply(Errc::transient), context).next == PostNext::unconfirmed);
  CHECK(judge(a_reply(429), context).next == PostNext::unconfirmed);
}

TEST_CASE("429 keeps the whole destination away for as long as asked") {
  Outcome outcome = a_reply(429);
  outcome.retry_after = 57s;
  const PostStep step = judge(outcome);
  CHECK(step.next == PostNext::retry);
  CHECK(step.not_before >= kNow + 57s);
  CHECK(step.throttle_until == step.not_before);
}

TEST_CASE("a 5xx may have had an effect") {
  for (const int status : {500, 502, 503, 504}) {
    INFO(status);
    CHECK(judge(a_reply(status)).next == PostNext::unconfirmed);
  }
}

TEST_CASE("a refused token is renewed once, then a person must act") {
  PostContext context;
  CHECK(judge(a_reply(401), context).next == PostNext::repeat_with_token);
  context.was_token_renewed = true;
  CHECK(judge(a_reply(401), context).next == PostNext::pause_account);
}

TEST_CASE("403 pauses, 400 refuses") {
  CHECK(judge(a_reply(403, "20002")).next == PostNext::pause_destination);
  CHECK(judge(a_reply(400, "800002")).next == PostNext::refuse);
}

TEST_CASE("a create that meets its batch, and an append that misses it, look again") {
  PostContext create;
  create.call = policy::Call::create_batch;
  CHECK(judge(a_reply(409), create).next == PostNext::list_again);
  CHECK(judge(a_reply(404, "1000")).next == PostNext::list_again);
}
