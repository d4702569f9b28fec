#include "engine/chunk_post.hpp"

#include "partner_center/replies.hpp"

namespace devicebatch::engine {

using flow::PostNext;
using ledger::ChunkKind;
using ledger::ChunkRow;
using ledger::ChunkState;
template <class T>
using Verb = std::function<Result<T>(ledger::Ledger&)>;

partner_center::Api make_api(const settings::Settings& settings) {
  partner_center::ApiOptions options;
  options.base_url = settings.service.base_url;
  options.application = settings.service.application;
  options.locale = settings.service.locale;
  options.sends_expect = settings.wire.expect_continue;
  return partner_center::Api(options);
}

partner_center::WireBody wire_form(const settings::Settings& settings) {
  return settings.wire.body == settings::BodyForm::sdk ? partner_center::WireBody::sdk
                                                       : partner_center::WireBody::minimal;
}

policy::RetryRules retry_rules(const settings::Settings& settings) {
  const settings::Delivery& delivery = settings.delivery;
  return {delivery.retry_first, delivery.retry_ceiling, delivery.retry_after_cap};
}

ChunkPost::ChunkPost(Context& context, Destination& destination)
    : context_(context),
      destination_(destination),
      ledger_(context.ledger_thread, context.log),
      api_(make_api(context.settings)),
      form_(wire_form(context.settings)),
      rules_(retry_rules(context.settings)) {}

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

http::Request ChunkPost::make_request(const ChunkRow& chunk, Body body, const Uuid& correlation,
                                      std::shared_ptr<const Secret> bearer) const {
  const partner_center::CallIds ids(chunk.request_id, correlation);
  if (chunk.kind == ChunkKind::create) {
    return api_.create_batch(destination_.customer, ids, std::move(body.text), std::move(bearer));
  }
  return api_.append_devices(destination_.customer, destination_.batch_on_service(), ids,
                             std::move(body.text), std::move(bearer));
}

asio::awaitable<void> ChunkPost::begin(const ChunkRow& chunk, const Body& body,
                                       const Uuid& correlation) {
  const UtcTime now = context_.clock.now_utc();
  ledger::AttemptStart start;
  start.owner = context_.owner;
  start.lease_until = now + context_.settings.service.request_timeout + std::chrono::minutes(1);
  start.body_sha256 = body.digest;
  start.correlation_id = correlation;
  Verb<void> verb = [&](ledger::Ledger& verbs) {
    return verbs.delivery().begin_attempt(chunk.id, start, now);
  };
  co_await ledger_.keep<void>(verb);
}

asio::awaitable<bool> ChunkPost::attempt(ChunkId id) {
  Verb<ChunkRow> read = [id](ledger::Ledger& verbs) { return verbs.delivery().chunk(id); };
  ChunkRow chunk = co_await ledger_.keep<ChunkRow>(read);
  Result<HeldToken> token = co_await destination_.account.token();
  if (!token) co_return false;  // the account says when to come back
  Body body = co_await build_body(chunk);
  const Uuid correlation = Uuid::random(context_.random);
  co_await begin(chunk, body, correlation);
  flow::PostContext judged;
  judged.call =
      chunk.kind == ChunkKind::create ? policy::Call::create_batch : policy::Call::append_devices;
  judged.attempt = chunk.attempts + 1;
  judged.was_unconfirmed = chunk.state == ChunkState::unconfirmed;
  const std::string_view endpoint =
      chunk.kind == ChunkKind::create ? "create_batch" : "append_devices";
  for (;;) {
    MakeRequest make = [&](std::shared_ptr<const Secret> bearer) {
      return make_request(chunk, std::move(body), correlation, std::move(bearer));
    };
    ServiceReply reply = co_await call_service(context_, endpoint, make, *token);
    reply.outcome.has_tracking_id = partner_center::read_tracking_id(reply.response).has_value();
    const UtcTime now = context_.clock.now_utc();
    flow::PostStep step = flow::judge_post(judged, reply.outcome, rules_, now, context_.random);
    log_outcome(chunk, reply, step);
    if (step.next == PostNext::repeat_with_token) {
      destination_.account.refused(*token);
      judged.was_token_renewed = true;
      token = co_await destination_.account.token();
      if (token) {
        body = co_await build_body(chunk);  // the same bytes: its text went out with the request
        continue;
      }
      step.next = judged.was_unconfirmed ? PostNext::unconfirmed : PostNext::retry;
      step.not_before = now;
    }
    bool is_followed = co_await record(chunk, std::move(reply), std::move(step));
    co_return is_followed;
  }
}

asio::awaitable<bool> ChunkPost::record(const ChunkRow& chunk, ServiceReply reply,
                                        flow::PostStep step) {
  switch (step.next) {
    case PostNext::submitted:
      context_.observer.chunk_attempt("submitted");
      co_await record_submitted(chunk, reply);
      co_return true;
    case PostNext::refuse:
      context_.observer.chunk_attempt("refused");
      co_await record_refused(chunk, reply, step);
      co_return true;
    case PostNext::list_again:
      context_.observer.chunk_attempt("void");
      co_await record_void(chunk, reply, step);
      co_return false;
    case PostNext::pause_destination:
    case PostNext::pause_account: {
      context_.observer.chunk_attempt("auth");
      step.not_before = context_.clock.now_utc();
      std::string reason = with_advice(reply.record.error, step.advice);
      co_await pause_destination(context_, destination_, step.code, reason);
      co_await record_later(chunk, reply, step);
      co_return false;
    }
    case PostNext::retry:
    case PostNext::unconfirmed:
    case PostNext::repeat_with_token:
      context_.observer.chunk_attempt(step.next == PostNext::retry ? "retry" : "unconfirmed");
      co_await record_later(chunk, reply, step);
      co_return false;
  }
  co_return false;
}

asio::awaitable<void> ChunkPost::record_submitted(const ChunkRow& chunk,
                                                  const ServiceReply& reply) {
  const Uuid tracking_id = *partner_center::read_tracking_id(reply.response);
  const UtcTime now = context_.clock.now_utc();
  const UtcTime next_poll =
      now + policy::poll_interval(context_.settings.delivery.poll_first,
                                  context_.settings.delivery.poll_ceiling, 1, context_.random);
  Verb<void> verb = [&](ledger::Ledger& verbs) {
    return verbs.delivery().attempt_submitted(chunk.id, reply.record, tracking_id, next_poll, now);
  };
  co_await ledger_.keep<void>(verb);
}

asio::awaitable<void> ChunkPost::record_later(const ChunkRow& chunk, const ServiceReply& reply,
                                              const flow::PostStep& step) {
  const bool is_unknown =
      step.next == PostNext::unconfirmed || chunk.state == ChunkState::unconfirmed;
  const UtcTime now = context_.clock.now_utc();
  Verb<void> verb = [&](ledger::Ledger& verbs) -> Result<void> {
    if (step.throttle_until) {
      Result<void> throttled = verbs.delivery().throttle(destination_.id, *step.throttle_until);
      if (!throttled) return throttled;
    }
    return verbs.delivery().attempt_failed(chunk.id, reply.record, is_unknown, step.not_before,
                                           now);
  };
  co_await ledger_.keep<void>(verb);
}

asio::awaitable<void> ChunkPost::record_refused(const ChunkRow& chunk, const ServiceReply& reply,
                                                const flow::PostStep& step) {
  const UtcTime now = context_.clock.now_utc();
  ledger::Refusal refusal;
  refusal.code = step.code;
  refusal.message = "the service refused the request: " + reply.record.error;
  refusal.fix = step.advice;
  Verb<void> verb = [&](ledger::Ledger& verbs) {
    return verbs.delivery().attempt_refused(chunk.id, reply.record, refusal, now);
  };
  co_await ledger_.keep<void>(verb);
}

asio::awaitable<void> ChunkPost::record_void(const ChunkRow& chunk, const ServiceReply& reply,
                                             const flow::PostStep& step) {
  const UtcTime now = context_.clock.now_utc();
  Verb<void> verb = [&](ledger::Ledger& verbs) -> Result<void> {
    Result<void> forgotten = verbs.delivery().record_presence(
        destination_.id, ledger::BatchPresence::unknown, std::string_view());
    if (!forgotten) return forgotten;
    return verbs.delivery().attempt_void(chunk.id, reply.record, step.code, now);
  };
  co_await ledger_.keep<void>(verb);
}

void ChunkPost::log_outcome(const ChunkRow& chunk, const ServiceReply& reply,
                            const flow::PostStep& step) const {
  const bool is_good = step.next == PostNext::submitted;
  log(context_.log, is_good ? LogLevel::info : LogLevel::warning,
      is_good ? "chunk.submitted" : "chunk.not_submitted", reply.record.error,
      {{"chunk", chunk.id.value},
       {"destination", destination_.name},
       {"devices", chunk.devices},
       {"attempt", chunk.attempts + 1},
       {"http_status", reply.record.http_status},
       {"error_code", step.code},
       {"request_id", chunk.request_id.to_string()},
       {"correlation_id", reply.record.correlation_id}});
}

}  // namespace devicebatch::engine
