#include "engine/delivery/service_calls.hpp"

#include "base/text.hpp"
#include "partner_center/replies.hpp"
#include "policy/retry.hpp"
#include "policy/retry_budget.hpp"

namespace devicebatch::engine {
namespace {

constexpr std::size_t kErrorBytes = 2048;

void read_reply(ServiceReply& reply, UtcTime now) {
  const http::Response& response = reply.response;
  const partner_center::ExchangeIds ids = partner_center::exchange_ids(response);
  reply.record.http_status = response.status;
  reply.record.request_id = ids.request_id;
  reply.record.correlation_id = ids.correlation_id;
  reply.record.cv = ids.cv;
  reply.record.server_id = ids.server_id;
  reply.record.date = ids.date;
  reply.outcome.http_status = response.status;
  reply.outcome.retry_after = policy::parse_retry_after(response.header("Retry-After"), now);
  if (response.status >= 200 && response.status < 300) return;
  const partner_center::ServiceError error = partner_center::read_error(response);
  reply.outcome.service_code = error.code;
  reply.outcome.description = error.description;
  reply.record.error = "HTTP " + std::to_string(response.status);
  if (!error.code.empty()) reply.record.error += " code " + error.code;
  if (!error.description.empty()) {
    reply.record.error += ": " + printable(error.description, kErrorBytes);
  }
}

}  // namespace

asio::awaitable<ServiceReply> call_service(Context& context, std::string_view endpoint,
                                           MakeRequest make, HeldToken token) {
  http::Request request = make(token.access);
  const MonoTime started = context.clock.now_mono();
  Result<http::Response> response = co_await exchange(context.transport, std::move(request));
  const auto took = context.clock.now_mono() - started;
  context.observer.http_exchange(endpoint, response ? response->status : 0, took);
  ServiceReply reply;
  reply.took = took;
  if (response) {
    reply.response = std::move(*response);
    read_reply(reply, context.clock.now_utc());
  } else {
    reply.outcome.transport_error = response.error().code();
    reply.outcome.description = response.error().message();
    reply.record.error = printable(response.error().message(), kErrorBytes);
  }
  if (reply.outcome.http_status == 401) {
    log(context.log, LogLevel::debug, "service.unauthorized", reply.record.error,
        {{"endpoint", endpoint}});
  }
  co_return reply;
}

namespace {

// A second answer of the service decides, whatever the first one said.
bool refuses_token(policy::Call call, const flow::Outcome& outcome) {
  if (outcome.http_status == 0) return false;
  const policy::Classified row = policy::classify(call, outcome.http_status, outcome.service_code);
  return row.reaction == policy::Reaction::refresh_token;
}

}  // namespace

asio::awaitable<Result<ServiceReply>> ask_service(Context& context, Destination& destination,
                                                  policy::Call call, MakeQuestion make) {
  Account& account = destination.account;
  const std::string_view endpoint = endpoint_of(call);
  bool was_token_renewed = false;
  for (int tries = 1;;) {
    if (!account.admit(destination.customer)) co_return fail(Errc::busy, "the breaker is open");
    Result<HeldToken> token = co_await account.tokens().token();
    if (!token) {
      account.abandon(destination.customer);
      co_return fail(std::move(token.error()));
    }
    const Uuid request_id = Uuid::random(context.random);
    const Uuid correlation_id = Uuid::random(context.random);
    const partner_center::CallIds ids(request_id, correlation_id);
    MakeRequest request = [&](std::shared_ptr<const Secret> bearer) {
      return make(ids, std::move(bearer));
    };
    ServiceReply reply = co_await call_service(context, endpoint, request, *token);
    const flow::Health health = flow::health_of(reply.outcome);
    account.report(destination.customer, health);
    if (health == flow::Health::throttled) co_await account.throttle(reply.outcome.retry_after);
    if (!was_token_renewed && refuses_token(call, reply.outcome)) {
      was_token_renewed = true;
      account.tokens().refused(*token);
      continue;
    }
    const bool may_try =
        health == flow::Health::ill && tries < policy::kTriesMax && !reply.outcome.retry_after;
    if (may_try && account.budget().take()) {
      const std::chrono::milliseconds delay = policy::quick_delay(tries, context.random);
      co_await pause_for(delay);
      ++tries;
      continue;
    }
    if (health == flow::Health::well) account.budget().succeeded(tries);
    reply.was_token_renewed = was_token_renewed;
    co_return reply;
  }
}

std::string with_advice(std::string what, std::string_view advice) {
  if (advice.empty()) return what;
  if (!what.empty()) what += what.ends_with('.') ? " " : ". ";
  return what += advice;
}

asio::awaitable<void> pause_destination(Context& context, Destination& destination,
                                        std::string code, std::string reason) {
  LedgerPort ledger(context.ledger_queue, context.log);
  const UtcTime now = context.clock.now_utc();
  std::function<Result<void>(ledger::Ledger&)> pause = [&](ledger::Ledger& verbs) {
    return verbs.delivery().pause(destination.id, code, reason, now);
  };
  co_await ledger.keep<void>(pause);
  log(context.log, LogLevel::error, "destination.paused", reason,
      {{"destination", destination.name}, {"code", code}});
}

asio::awaitable<void> pause_account(Context& context, Account& account, std::string code,
                                    std::string reason) {
  LedgerPort ledger(context.ledger_queue, context.log);
  const UtcTime now = context.clock.now_utc();
  std::function<Result<void>(ledger::Ledger&)> pause = [&](ledger::Ledger& verbs) {
    return verbs.delivery().pause_account(account.name(), code, reason, now);
  };
  co_await ledger.keep<void>(pause);
  log(context.log, LogLevel::error, "account.paused", reason,
      {{"account", account.name()}, {"code", code}});
}

partner_center::Api make_api(const settings::Settings& settings) {
  partner_center::ApiOptions options;
  options.base_url = settings.service.base_url;
  options.application = settings.service.application;
  options.locale = settings.service.locale;
  options.contract_version = settings.wire.contract_version;
  options.sends_expect = settings.wire.expect_continue;
  return partner_center::Api(options);
}

policy::RetryRules retry_rules(const settings::Settings& settings) {
  const settings::Delivery& delivery = settings.delivery;
  return {delivery.retry_first, delivery.retry_ceiling, delivery.retry_after_cap};
}

std::string_view endpoint_of(policy::Call call) {
  switch (call) {
    case policy::Call::create_batch:
      return "create_batch";
    case policy::Call::append_devices:
      return "append_devices";
    case policy::Call::list_batches:
      return "list_batches";
    case policy::Call::list_devices:
      return "list_devices";
    case policy::Call::job_status:
      return "job_status";
    case policy::Call::manage:
      return "manage";
    case policy::Call::token:
      return "token";
  }
  return "unknown";
}

}  // namespace devicebatch::engine
