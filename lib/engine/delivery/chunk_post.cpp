#include "engine/delivery/chunk_post.hpp"

#include "flow/job_flow.hpp"
#include "partner_center/tracking_id.hpp"
#include "policy/retry.hpp"

namespace devicebatch::engine {

using flow::PostNext;
using ledger::ChunkKind;
using ledger::ChunkRow;
using ledger::ChunkState;
using ledger::FailureKind;

namespace {

template <class T>
using Verb = std::function<Result<T>(ledger::Ledger&)>;

flow::PostRules post_rules(const settings::Settings& settings) {
  return {retry_rules(settings), settings.delivery.give_up_after,
          settings.delivery.reconcile_first};
}

}  // namespace

partner_center::WireBody wire_form(const settings::Settings& settings) {
  return settings.wire.body == settings::BodyForm::sdk ? partner_center::WireBody::sdk
                                                       : partner_center::WireBody::minimal;
}

ChunkPost::ChunkPost(Context& context, Destination& destination)
    : context_(context),
      destination_(destination),
      ledger_(context.ledger_queue, context.log),
      api_(make_api(context.settings)),
      form_(wire_form(context.settings)),
      rules_(post_rules(context.settings)) {}

asio::awaitable<ChunkPost::Body> ChunkPost::build_body(const ChunkRow& chunk) {
  Verb<std::vector<record::Device>> read = [&](ledger::Ledger& verbs) {
    return verbs.delivery().devices_of(chunk.id);
  };
  std::vector<record::Device> devices = co_await ledger_.keep<std::vector<record::Device>>(read);
  Body body;
  std::function<void()> encode = [&] {
    std::string text = chunk.kind == ChunkKind::create
                           ? partner_center::encode_batch(form_, destination_.batch, devices)
                           : partner_center::encode_devices(form_, devices);
    body.digest = sha256(std::string_view(text));
    body.text = std::move(text);
  };
  co_await run_on_worker(context_.workers, encode);
  co_return body;
}

http::Request ChunkPost::make_request(const Attempt& attempt, Body body,
                                      std::shared_ptr<const Secret> bearer) const {
  const partner_center::CallIds ids(attempt.chunk.request_id, attempt.correlation);
  if (attempt.chunk.kind == ChunkKind::create) {
    return api_.create_batch(destination_.customer, ids, std::move(body.text), std::move(bearer));
  }
  return api_.append_devices(destination_.customer, destination_.batch_on_service(), ids,
                             std::move(body.text), std::move(bearer));
}

asio::awaitable<void> ChunkPost::begin(const Attempt& attempt, const Body& body) {
  const UtcTime now = context_.clock.now_utc();
  ledger::AttemptStart start;
  start.owner = context_.owner;
  start.lease_until = now + context_.settings.service.request_timeout + std::chrono::minutes(1);
  start.body_sha256 = body.digest;
  start.correlation_id = attempt.correlation;
  Verb<void> verb = [&](ledger::Ledger& verbs) {
    return verbs.delivery().begin_attempt(attempt.chunk.id, start, now);
  };
  co_await ledger_.keep<void>(verb);
}

asio::awaitable<bool> ChunkPost::attempt(ChunkId id) {
  Account& account = destination_.account;
  Verb<ChunkRow> read = [id](ledger::Ledger& verbs) { return verbs.delivery().chunk(id); };
  Attempt attempt;
  attempt.chunk = co_await ledger_.keep<ChunkRow>(read);
  if (!account.admit(destination_.customer)) co_return false;
  Result<HeldToken> token = co_await account.tokens().token();
  if (!token) {
    account.abandon(destination_.customer);
    co_return false;  // the account says when to come back
  }
  Body body = co_await build_body(attempt.chunk);
  attempt.correlation = Uuid::random(context_.random);
  attempt.body_bytes = body.text.size();
  const ChunkRow& chunk = attempt.chunk;
  flow::PostContext& judged = attempt.judged;
  judged.call =
      chunk.kind == ChunkKind::create ? policy::Call::create_batch : policy::Call::append_devices;
  judged.devices = chunk.devices;
  judged.failures = chunk.failures;
  judged.failing_since = chunk.failing_since;
  judged.was_unconfirmed = chunk.state == ChunkState::unconfirmed;
  judged.may_resend = account.may_resend(chunk, context_.clock.now_utc());
  co_await begin(attempt, body);
  HeldToken held = std::move(*token);
  bool is_followed = co_await send_and_record(std::move(attempt), std::move(body), std::move(held));
  co_return is_followed;
}

asio::awaitable<ServiceReply> ChunkPost::send(const Attempt& attempt, Body body, HeldToken token) {
  Account& account = destination_.account;
  const int in_flight = account.uploads();
  MakeRequest make = [&](std::shared_ptr<const Secret> bearer) {
    return make_request(attempt, std::move(body), std::move(bearer));
  };
  const std::string_view endpoint = endpoint_of(attempt.judged.call);
  ServiceReply reply = co_await call_service(context_, endpoint, make, std::move(token));
  const std::string& base_url = context_.settings.service.base_url;
  reply.outcome.has_tracking_id =
      partner_center::read_tracking_id(reply.response, base_url).has_value();
  const flow::Health health = flow::health_of(reply.outcome);
  account.report(destination_.customer, health);
  account.measure(health, reply.took, in_flight);
  co_return reply;
}

asio::awaitable<bool> ChunkPost::send_and_record(Attempt attempt, Body body, HeldToken token) {
  Account& account = destination_.account;
  flow::PostContext& judged = attempt.judged;
  bool had_unknown_try = false;
  for (;;) {
    judged.has_budget = account.budget().tokens() > 0;
    ServiceReply reply = co_await send(attempt, std::move(body), token);
    reply.record.tries = judged.tries;
    reply.record.had_unknown_try = had_unknown_try;
    const UtcTime now = context_.clock.now_utc();
    flow::PostStep step = flow::judge_post(judged, reply.outcome, rules_, now, context_.random);
    log_outcome(attempt, reply, step);
    const bool tries_again = step.next == PostNext::try_again && account.budget().take();
    if (step.next == PostNext::try_again && !tries_again) {
      judged.has_budget = false;
      step = flow::judge_post(judged, reply.outcome, rules_, now, context_.random);
    }
    if (tries_again) {
      had_unknown_try = had_unknown_try || step.is_unknown;
      judged.was_unconfirmed = judged.was_unconfirmed || step.is_unknown;
      ++judged.tries;
      co_await pause_for(step.delay);
      // A breaker that opened meanwhile ends the quick tries.
      if (account.admit(destination_.customer)) {
        body = co_await build_body(attempt.chunk);  // the same bytes: its text went out before
        continue;
      }
      judged.has_budget = false;
      step = flow::judge_post(judged, reply.outcome, rules_, now, context_.random);
    }
    if (step.next == PostNext::repeat_with_token) {
      account.tokens().refused(token);
      judged.was_token_renewed = true;
      Result<HeldToken> renewed = co_await account.tokens().token();
      if (renewed) {
        token = std::move(*renewed);
        body = co_await build_body(attempt.chunk);
        continue;
      }
      step.not_before = now;
    }
    if (step.next == PostNext::submitted) account.budget().succeeded(judged.tries);
    bool is_followed = co_await record(attempt, std::move(reply), std::move(step));
    co_return is_followed;
  }
}

asio::awaitable<bool> ChunkPost::record(const Attempt& attempt, ServiceReply reply,
                                        flow::PostStep step) {
  context_.observer.chunk_attempt(flow::to_string(step.next));
  const UtcTime now = context_.clock.now_utc();
  std::string reason = with_advice(reply.record.error, step.advice);
  switch (step.next) {
    case PostNext::submitted:
      co_await record_submitted(attempt, reply);
      co_return true;
    case PostNext::refuse:
    case PostNext::give_up:
      co_await record_refused(attempt, reply, step);
      co_return true;
    case PostNext::split:
    case PostNext::halve:
      co_await record_split(attempt, reply, step);
      co_return false;
    case PostNext::list_again:
      co_await record_void(attempt, reply, step);
      co_return false;
    case PostNext::pause_destination:
      step.not_before = now;
      co_await pause_destination(context_, destination_, step.code, reason);
      co_await record_failed(attempt, reply, step, FailureKind::turned_away);
      co_return false;
    case PostNext::pause_account:
      step.not_before = now;
      co_await pause_account(context_, destination_.account, step.code, reason);
      co_await record_failed(attempt, reply, step, FailureKind::turned_away);
      co_return false;
    case PostNext::repeat_with_token:  // there was no other token
      co_await record_failed(attempt, reply, step, FailureKind::turned_away);
      co_return false;
    case PostNext::retry:
    case PostNext::try_again:
    case PostNext::unconfirmed:
    case PostNext::look:
      break;
  }
  const FailureKind kind = step.is_unknown ? FailureKind::unknown : FailureKind::no_effect;
  co_await record_failed(attempt, reply, step, kind);
  co_return false;
}

asio::awaitable<void> ChunkPost::record_submitted(const Attempt& attempt,
                                                  const ServiceReply& reply) {
  const std::string& base_url = context_.settings.service.base_url;
  const Uuid tracking_id = *partner_center::read_tracking_id(reply.response, base_url);
  const UtcTime now = context_.clock.now_utc();
  const settings::Delivery& delivery = context_.settings.delivery;
  flow::PollRules rules;
  rules.first = delivery.poll_first;
  rules.ceiling = delivery.poll_ceiling;
  rules.retry_after_cap = delivery.retry_after_cap;
  const UtcTime next_poll = flow::first_poll_at(reply.outcome, rules, now, context_.random);
  Verb<void> verb = [&](ledger::Ledger& verbs) {
    return verbs.delivery().attempt_submitted(attempt.chunk.id, reply.record, tracking_id,
                                              next_poll, now);
  };
  co_await ledger_.keep<void>(verb);
}

asio::awaitable<void> ChunkPost::record_failed(const Attempt& attempt, const ServiceReply& reply,
                                               const flow::PostStep& step, FailureKind kind) {
  const UtcTime now = context_.clock.now_utc();
  ledger::AttemptFailure failure;
  failure.kind = kind;
  failure.inquiry = step.next == PostNext::look ? ledger::Inquiry::look : ledger::Inquiry::resend;
  failure.not_before = step.not_before;
  Account& account = destination_.account;
  Verb<void> verb = [&](ledger::Ledger& verbs) -> Result<void> {
    if (step.throttle_until) {
      Result<void> throttled =
          verbs.delivery().throttle_account(account.name(), *step.throttle_until);
      if (!throttled) return throttled;
    }
    return verbs.delivery().attempt_failed(attempt.chunk.id, reply.record, failure, now);
  };
  co_await ledger_.keep<void>(verb);
  if (step.throttle_until) account.throttled(*step.throttle_until);
}

asio::awaitable<void> ChunkPost::record_split(const Attempt& attempt, const ServiceReply& reply,
                                              const flow::PostStep& step) {
  const UtcTime now = context_.clock.now_utc();
  const std::size_t half = attempt.chunk.devices / 2;
  const std::array<Uuid, 2> ids{Uuid::random(context_.random), Uuid::random(context_.random)};
  const bool is_too_large = step.next == PostNext::halve;
  // keep() would be wrong for a verb that makes chunks if it could happen twice; this one refuses
  // to, since the chunk is settled by then.
  Verb<void> verb = [&](ledger::Ledger& verbs) -> Result<void> {
    Result<ChunkRow> before = verbs.delivery().chunk(attempt.chunk.id);
    if (!before) return fail(std::move(before.error()));
    if (before->state == ChunkState::settled) return {};
    if (is_too_large) {
      Result<void> learned =
          verbs.delivery().learn_size(destination_.id, half, attempt.body_bytes / 2);
      if (!learned) return learned;
    }
    return verbs.delivery().attempt_split(attempt.chunk.id, reply.record, half, ids, now);
  };
  co_await ledger_.keep<void>(verb);
}

asio::awaitable<void> ChunkPost::record_refused(const Attempt& attempt, const ServiceReply& reply,
                                                const flow::PostStep& step) {
  const UtcTime now = context_.clock.now_utc();
  ledger::Refusal refusal;
  refusal.code = step.code;
  refusal.message = (step.next == PostNext::give_up ? "the service could not be reached: "
                                                    : "the service refused the request: ") +
                    reply.record.error;
  refusal.fix = step.advice;
  Verb<void> verb = [&](ledger::Ledger& verbs) {
    return verbs.delivery().attempt_refused(attempt.chunk.id, reply.record, refusal, now);
  };
  co_await ledger_.keep<void>(verb);
}

asio::awaitable<void> ChunkPost::record_void(const Attempt& attempt, const ServiceReply& reply,
                                             const flow::PostStep& step) {
  const UtcTime now = context_.clock.now_utc();
  Verb<void> verb = [&](ledger::Ledger& verbs) -> Result<void> {
    Result<void> forgotten = verbs.delivery().record_presence(
        destination_.id, ledger::BatchPresence::unknown, std::string_view());
    if (!forgotten) return forgotten;
    return verbs.delivery().attempt_void(attempt.chunk.id, reply.record, step.code, now);
  };
  co_await ledger_.keep<void>(verb);
}

void ChunkPost::log_outcome(const Attempt& attempt, const ServiceReply& reply,
                            const flow::PostStep& step) const {
  const ChunkRow& chunk = attempt.chunk;
  const bool is_good = step.next == PostNext::submitted;
  log(context_.log, is_good ? LogLevel::info : LogLevel::warning,
      is_good ? "chunk.submitted" : "chunk.not_submitted", reply.record.error,
      {{"chunk", chunk.id.value},
       {"destination", destination_.name},
       {"devices", chunk.devices},
       {"attempt", chunk.attempts + 1},
       {"try", attempt.judged.tries},
       {"then", flow::to_string(step.next)},
       {"http_status", reply.record.http_status},
       {"error_code", step.code},
       {"request_id", chunk.request_id.to_string()},
       {"correlation_id", reply.record.correlation_id}});
}

}  // namespace devicebatch::engine
