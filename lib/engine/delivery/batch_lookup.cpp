#include "engine/delivery/batch_lookup.hpp"

#include "base/text.hpp"
#include "flow/list_flow.hpp"

namespace devicebatch::engine {
BatchLookup::BatchLookup(Context& context, Destination& destination)
    : context_(context),
      destination_(destination),
      ledger_(context.ledger_queue, context.log),
      api_(make_api(context.settings)) {}

asio::awaitable<bool> BatchLookup::run() {
  std::string continuation;
  std::string spelling;
  partner_center::PageGuard guard;
  do {
    std::optional<partner_center::BatchPage> batches = co_await read_page(continuation);
    if (!batches) co_return false;
    for (const partner_center::BatchSummary& batch : batches->batches) {
      const bool is_ours = equals_ignoring_case(batch.id, destination_.batch);
      if (is_ours && spelling.empty()) spelling = batch.id;
    }
    continuation = std::move(batches->continuation);
  } while (spelling.empty() && guard.is_new(continuation));
  if (spelling.empty() && guard.is_cut()) {
    // What was not read may hold our batch.
    failed("the listing of batches does not end", std::nullopt);
    co_return false;
  }
  destination_.list_failures = 0;
  co_await record(std::move(spelling));
  co_return true;
}

asio::awaitable<std::optional<partner_center::BatchPage>> BatchLookup::read_page(
    std::string continuation) {
  MakeQuestion make = [&](const partner_center::CallIds& ids,
                          std::shared_ptr<const Secret> bearer) {
    return api_.list_batches(destination_.customer, continuation, ids, std::move(bearer));
  };
  constexpr auto kCall = policy::Call::list_batches;
  Result<ServiceReply> asked = co_await ask_service(context_, destination_, kCall, make);
  if (!asked) co_return std::nullopt;  // the account says when to come back
  const ServiceReply& reply = *asked;
  const flow::ListStep step = flow::judge_listing(kCall, reply.outcome, reply.was_token_renewed);
  std::string reason = with_advice(reply.record.error, step.advice);
  switch (step.next) {
    case flow::ListNext::pause_destination:
      co_await pause_destination(context_, destination_, step.code, reason);
      co_return std::nullopt;
    case flow::ListNext::pause_account:
      co_await pause_account(context_, destination_.account, step.code, reason);
      co_return std::nullopt;
    case flow::ListNext::read:
      break;
    default:
      failed(reply.record.error, reply.outcome.retry_after);
      co_return std::nullopt;
  }
  Result<partner_center::BatchPage> page = partner_center::read_batch_page(reply.response.body);
  if (page) co_return std::move(*page);
  failed(page.error().message(), std::nullopt);
  co_return std::nullopt;
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
