#include "engine/batch_lookup.hpp"

#include "base/text.hpp"
#include "engine/chunk_post.hpp"
#include "flow/list_flow.hpp"

namespace devicebatch::engine {
namespace {

// A listing that does not end is a loop of the service's continuation tokens.
constexpr int kPagesMax = 1000;

}  // namespace

BatchLookup::BatchLookup(Context& context, Destination& destination)
    : context_(context),
      destination_(destination),
      ledger_(context.ledger_thread, context.log),
      api_(make_api(context.settings)) {}

asio::awaitable<void> BatchLookup::run() {
  std::string continuation;
  std::string spelling;
  for (int page = 0; page < kPagesMax; ++page) {
    std::optional<partner_center::BatchPage> batches = co_await read_page(continuation);
    if (!batches) co_return;
    for (const partner_center::BatchSummary& batch : batches->batches) {
      const bool is_ours = equals_ignoring_case(batch.id, destination_.batch);
      if (is_ours && spelling.empty()) spelling = batch.id;
    }
    const bool is_last = batches->continuation.empty() || batches->continuation == continuation;
    if (!spelling.empty() || is_last) break;
    continuation = std::move(batches->continuation);
  }
  destination_.list_failures = 0;
  co_await record(std::move(spelling));
}

asio::awaitable<ServiceReply> BatchLookup::ask(std::string continuation, HeldToken token) {
  const Uuid request_id = Uuid::random(context_.random);
  const Uuid correlation_id = Uuid::random(context_.random);
  const partner_center::CallIds ids(request_id, correlation_id);
  MakeRequest make = [&](std::shared_ptr<const Secret> bearer) {
    return api_.list_batches(destination_.customer, continuation, ids, std::move(bearer));
  };
  ServiceReply reply = co_await call_service(context_, "list_batches", make, std::move(token));
  co_return reply;
}

asio::awaitable<std::optional<partner_center::BatchPage>> BatchLookup::read_page(
    std::string continuation) {
  bool was_token_renewed = false;
  for (;;) {
    Result<HeldToken> token = co_await destination_.account.token();
    if (!token) co_return std::nullopt;  // the account says when to come back
    const ServiceReply reply = co_await ask(continuation, *token);
    const flow::ListStep step = flow::judge_listing(reply.outcome, was_token_renewed);
    if (step.next == flow::ListNext::repeat_with_token) {
      was_token_renewed = true;
      destination_.account.refused(*token);
      continue;
    }
    if (step.next == flow::ListNext::pause) {
      std::string reason = with_advice(reply.record.error, step.advice);
      co_await pause_destination(context_, destination_, step.code, reason);
      co_return std::nullopt;
    }
    if (step.next == flow::ListNext::later) {
      failed(reply.record.error, reply.outcome.retry_after);
      co_return std::nullopt;
    }
    Result<partner_center::BatchPage> page = partner_center::read_batch_page(reply.response.body);
    if (page) co_return std::move(*page);
    failed(page.error().message(), std::nullopt);
    co_return std::nullopt;
  }
}

void BatchLookup::failed(const std::string& why,
                         std::optional<std::chrono::milliseconds> retry_after) {
  ++destination_.list_failures;
  destination_.list_not_before =
      policy::next_attempt_at(retry_rules(context_.settings), destination_.list_failures,
                              context_.clock.now_utc(), retry_after, context_.random);
  log(context_.log, LogLevel::warning, "batch.lookup_failed", why,
      {{"destination", destination_.name}, {"attempt", destination_.list_failures}});
}

asio::awaitable<void> BatchLookup::record(std::string spelling) {
  const ledger::BatchPresence presence =
      spelling.empty() ? ledger::BatchPresence::absent : ledger::BatchPresence::present;
  std::function<Result<void>(ledger::Ledger&)> verb = [&](ledger::Ledger& verbs) {
    return verbs.delivery().record_presence(destination_.id, presence, spelling);
  };
  co_await ledger_.keep<void>(verb);
  log(context_.log, LogLevel::info, "batch.looked_up", "",
      {{"destination", destination_.name},
       {"batch", spelling.empty() ? destination_.batch : spelling},
       {"presence", to_string(presence)}});
}

}  // namespace devicebatch::engine
