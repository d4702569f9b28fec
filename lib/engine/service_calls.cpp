#include "engine/service_calls.hpp"

#include "base/text.hpp"
#include "partner_center/replies.hpp"
#include "policy/retry.hpp"

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

std::string with_advice(std::string what, std::string_view advice) {
  if (advice.empty()) return what;
  if (!what.empty()) what += what.ends_with('.') ? " " : ". ";
  return what += advice;
}

asio::awaitable<void> pause_destination(Context& context, Destination& destination,
                                        std::string code, std::string reason) {
  LedgerPort ledger(context.ledger_thread, context.log);
  const UtcTime now = context.clock.now_utc();
  std::function<Result<void>(ledger::Ledger&)> pause = [&](ledger::Ledger& verbs) {
    return verbs.delivery().pause(destination.id, code, reason, now);
  };
  co_await ledger.keep<void>(pause);
  log(context.log, LogLevel::error, "destination.paused", reason,
      {{"destination", destination.name}, {"code", code}});
}

}  // namespace devicebatch::engine
