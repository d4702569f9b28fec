#include "engine/control/service_change.hpp"

namespace devicebatch::engine {
namespace {

bool is_success(const ServiceReply& reply) {
  return reply.outcome.http_status >= 200 && reply.outcome.http_status < 300;
}

// Why not, in words, with what a person can do about it.
Error refusal_of(policy::Call call, const ServiceReply& reply) {
  const int status = reply.outcome.http_status;
  if (status == 0) {
    return Error(Errc::transient, "the service cannot be reached: " + reply.record.error);
  }
  const policy::Classified row = policy::classify(call, status, reply.outcome.service_code);
  const Errc code = status == 404 ? Errc::not_found : Errc::rejected;
  return Error(code, "the service refused it: " + with_advice(reply.record.error, row.advice));
}

// Nobody to ask, or nobody we may ask as.
Error not_asked(const Error& error) {
  const bool is_token = error.code() == Errc::unauthorized || error.code() == Errc::forbidden;
  const Errc code = is_token ? Errc::rejected : error.code();
  return Error(code, "the service was not asked: " + error.message());
}

// No answer, or one of something that failed on the way: the change may be there all the same.
bool is_unknown(const ServiceReply& reply) {
  return reply.outcome.http_status == 0 || reply.outcome.http_status >= 500;
}

bool refuses_token(const ServiceReply& reply) {
  const int status = reply.outcome.http_status;
  if (status == 0) return false;
  return policy::classify(policy::Call::manage, status, reply.outcome.service_code).reaction ==
         policy::Reaction::refresh_token;
}

// As ask_service(), but once and under one id; a token that was refused had no effect.
asio::awaitable<Result<ServiceReply>> send_once(Context& context, Destination& destination,
                                                MakeQuestion make) {
  Account& account = destination.account;
  const Uuid request_id = Uuid::random(context.random);
  const Uuid correlation_id = Uuid::random(context.random);
  const partner_center::CallIds ids(request_id, correlation_id);
  for (bool was_token_renewed = false;; was_token_renewed = true) {
    if (!account.admit(destination.customer)) co_return fail(Errc::busy, "the breaker is open");
    Result<HeldToken> token = co_await account.tokens().token();
    if (!token) {
      account.abandon(destination.customer);
      co_return fail(std::move(token.error()));
    }
    MakeRequest request = [&](std::shared_ptr<const Secret> bearer) {
      return make(ids, std::move(bearer));
    };
    const std::string_view endpoint = endpoint_of(policy::Call::manage);
    ServiceReply reply = co_await call_service(context, endpoint, request, *token);
    const flow::Health health = flow::health_of(reply.outcome);
    account.report(destination.customer, health);
    if (health == flow::Health::throttled) co_await account.throttle(reply.outcome.retry_after);
    if (was_token_renewed || !refuses_token(reply)) co_return reply;
    account.tokens().refused(*token);
  }
}

}  // namespace

asio::awaitable<void> audit_end(Context& context, const Deed& deed, std::string what) {
  LedgerPort ledger(context.ledger_queue, context.log);
  const UtcTime now = context.clock.now_utc();
  std::function<Result<void>(ledger::Ledger&)> write = [&](ledger::Ledger& verbs) {
    return verbs.operators().audit(deed.actor, deed.verb, deed.target, what, now);
  };
  co_await ledger.keep<void>(write);
  log(context.log, LogLevel::info, "service.changed", what,
      {{"verb", deed.verb}, {"target", deed.target}, {"who", deed.actor.who}});
}

asio::awaitable<Result<ServiceReply>> change_service(Context& context, Destination& destination,
                                                     const Deed& deed, MakeQuestion make) {
  LedgerPort ledger(context.ledger_queue, context.log);
  const UtcTime now = context.clock.now_utc();
  const std::string asked = "asked for: " + deed.detail;
  std::function<Result<void>(ledger::Ledger&)> write = [&](ledger::Ledger& verbs) {
    return verbs.operators().audit(deed.actor, deed.verb, deed.target, asked, now);
  };
  Result<void> written = co_await ledger.ask<void>(write);
  if (!written) co_return fail(std::move(written.error()));
  Result<ServiceReply> reply = co_await send_once(context, destination, std::move(make));
  if (!reply) {
    Error error = not_asked(std::move(reply.error()));
    co_await audit_end(context, deed, error.message());
    co_return fail(std::move(error));
  }
  if (is_success(*reply)) {
    std::string done = "done: HTTP " + std::to_string(reply->outcome.http_status);
    co_await audit_end(context, deed, std::move(done));
    co_return reply;
  }
  Error error = refusal_of(policy::Call::manage, *reply);
  if (is_unknown(*reply)) {
    error = Error(Errc::unconfirmed,
                  "it may or may not have happened, look before you ask again: " + error.message());
  }
  co_await audit_end(context, deed, error.message());
  co_return fail(std::move(error));
}

asio::awaitable<Result<ServiceReply>> question_service(Context& context, Destination& destination,
                                                       policy::Call call, MakeQuestion make) {
  Result<ServiceReply> reply = co_await ask_service(context, destination, call, std::move(make));
  if (!reply) co_return fail(not_asked(std::move(reply.error())));
  if (is_success(*reply)) co_return reply;
  co_return fail(refusal_of(call, *reply));
}

}  // namespace devicebatch::engine
