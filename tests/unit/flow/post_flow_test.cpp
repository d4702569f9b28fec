#include "flow/post_flow.hpp"

#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::flow;
using namespace std::chrono_literals;

namespace {

const UtcTime kNow(1'800'000'000'000ms);
const PostRules kRules{policy::RetryRules(1s, 15min, 1h), 120h, 30s};

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

TEST_CASE("202 without a tracking id is looked for, never sent again") {
  const PostStep step = judge(a_reply(202));
  CHECK(step.next == PostNext::look);
  CHECK(step.is_unknown);
  CHECK(step.code == "service.no_location");
  CHECK(step.not_before == kNow + 30s);
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

TEST_CASE("429 keeps the whole account away for as long as asked") {
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

TEST_CASE("403 pauses") {
  CHECK(judge(a_reply(403, "20002")).next == PostNext::pause_destination);
  CHECK(judge(a_reply(403, "900329")).next == PostNext::pause_account);
}

TEST_CASE("400 halves a chunk until the bad device stands alone, and refuses that") {
  PostContext context;
  context.devices = 2;
  CHECK(judge(a_reply(400, "800002"), context).next == PostNext::split);
  context.devices = 1;
  CHECK(judge(a_reply(400, "800002"), context).next == PostNext::refuse);
}

TEST_CASE("413 halves a chunk and has the size remembered") {
  PostContext context;
  context.devices = 2;
  CHECK(judge(a_reply(413), context).next == PostNext::halve);
  context.devices = 1;
  CHECK(judge(a_reply(413), context).next == PostNext::refuse);
}

TEST_CASE("a definite no after an unknown outcome is looked into, not believed") {
  PostContext context;
  context.was_unconfirmed = true;
  context.devices = 5;
  for (const int status : {400, 409, 413, 422}) {
    INFO(status);
    const PostStep step = judge(a_reply(status), context);
    CHECK(step.next == PostNext::look);
    CHECK_FALSE(step.is_unknown);
  }
  context.call = policy::Call::create_batch;
  CHECK(judge(a_reply(409), context).next == PostNext::look);
}

TEST_CASE("an append that meets a conflict is looked for") {
  CHECK(judge(a_reply(409)).next == PostNext::look);
}

TEST_CASE("a service that does not honour request ids is never sent the same again") {
  PostContext context;
  context.may_resend = false;
  context.has_budget = true;
  CHECK(judge(no_reply(Errc::unconfirmed), context).next == PostNext::look);
  CHECK(judge(a_reply(504), context).next == PostNext::look);
  CHECK(judge(no_reply(Errc::transient), context).next == PostNext::try_again);
  context.was_unconfirmed = true;
  CHECK(judge(a_reply(429), context).next == PostNext::look);
}

TEST_CASE("a hiccup is tried again at once, three times in all, while the budget lasts") {
  PostContext context;
  context.has_budget = true;
  const PostStep step = judge(a_reply(503), context);
  CHECK(step.next == PostNext::try_again);
  CHECK(step.is_unknown);
  CHECK(step.delay <= 50ms);
  context.tries = 3;
  CHECK(judge(a_reply(503), context).next == PostNext::unconfirmed);
  context.tries = 1;
  context.has_budget = false;
  CHECK(judge(a_reply(503), context).next == PostNext::unconfirmed);
}

TEST_CASE("what the service asks to wait for is not tried at once") {
  PostContext context;
  context.has_budget = true;
  Outcome outcome = a_reply(503);
  outcome.retry_after = 5s;
  const PostStep step = judge(outcome, context);
  CHECK(step.next == PostNext::unconfirmed);
  CHECK(step.not_before >= kNow + 5s);
  CHECK(judge(a_reply(429), context).next == PostNext::retry);
}

TEST_CASE("giving up goes by age, and never while the fate is unknown") {
  PostContext context;
  context.failures = 1'000'000;
  context.failing_since = kNow - 119h;
  CHECK(judge(no_reply(Errc::transient), context).next == PostNext::retry);
  context.failing_since = kNow - 121h;
  const PostStep step = judge(no_reply(Errc::transient), context);
  CHECK(step.next == PostNext::give_up);
  CHECK(step.code == "delivery.gave_up");
  CHECK_FALSE(step.advice.empty());
  context.was_unconfirmed = true;
  CHECK(judge(no_reply(Errc::transient), context).next == PostNext::unconfirmed);
}

TEST_CASE("only the service's own trouble counts against its health") {
  CHECK(health_of(a_reply(202)) == Health::well);
  CHECK(health_of(a_reply(400)) == Health::well);
  CHECK(health_of(a_reply(401)) == Health::well);
  CHECK(health_of(a_reply(429)) == Health::throttled);
  CHECK(health_of(a_reply(503)) == Health::ill);
  CHECK(health_of(no_reply(Errc::transient)) == Health::ill);
}

TEST_CASE("a create that meets its batch, and an append that misses it, look again") {
  PostContext create;
  create.call = policy::Call::create_batch;
  CHECK(judge(a_reply(409), create).next == PostNext::list_again);
  CHECK(judge(a_reply(404, "1000")).next == PostNext::list_again);
}
