#include "engine/delivery_loop.hpp"

#include "engine/async.hpp"

#include <algorithm>

namespace devicebatch::engine {
namespace {

template <class T>
using Verb = std::function<Result<T>(ledger::Ledger&)>;

// Longer than any step of ours; a wait is cut here so that a jump of the wall clock cannot stretch
// it.
constexpr std::chrono::minutes kLongestWait{5};

flow::Presence to_flow(ledger::BatchPresence presence) {
  switch (presence) {
    case ledger::BatchPresence::absent:
      return flow::Presence::absent;
    case ledger::BatchPresence::present:
      return flow::Presence::present;
    case ledger::BatchPresence::unknown:
      break;
  }
  return flow::Presence::unknown;
}

struct LedgerView {
  ledger::DestinationRow row;
  std::vector<ledger::ChunkRow> unsent;
  ledger::DeliveryVerbs::Waiting waiting;
  bool has_open_create = false;
};

}  // namespace

DeliveryLoop::DeliveryLoop(Context& context, Destination& destination, Wakeup& submitted)
    : context_(context),
      destination_(destination),
      submitted_(submitted),
      ledger_(context.ledger_thread, context.log),
      post_(context, destination),
      lookup_(context, destination) {
  const settings::Delivery& delivery = context.settings.delivery;
  limits_.in_flight = delivery.in_flight;
  limits_.chunk_devices = delivery.chunk_devices;
  limits_.linger = delivery.linger;
  chunk_limits_.devices = delivery.chunk_devices;
  chunk_limits_.body_bytes = delivery.chunk_bytes;
  chunk_limits_.overhead_per_device =
      partner_center::encoding_overhead(wire_form(context.settings));
}

void DeliveryLoop::stop() {
  is_stopping_ = true;
  destination_.changed.raise();
}

asio::awaitable<flow::DeliveryView> DeliveryLoop::load_view() {
  const UtcTime now = context_.clock.now_utc();
  const DestinationId id = destination_.id;
  const std::size_t enough = limits_.chunk_devices;
  Verb<LedgerView> read = [id, now, enough](ledger::Ledger& verbs) -> Result<LedgerView> {
    LedgerView view;
    Result<ledger::DestinationRow> row = verbs.delivery().destination(id);
    if (!row) return fail(std::move(row.error()));
    Result<std::vector<ledger::ChunkRow>> unsent = verbs.delivery().unsent_chunks(id);
    if (!unsent) return fail(std::move(unsent.error()));
    Result<ledger::DeliveryVerbs::Waiting> waiting = verbs.delivery().waiting(id, enough, now);
    if (!waiting) return fail(std::move(waiting.error()));
    Result<bool> open_create = verbs.delivery().has_open_create(id);
    if (!open_create) return fail(std::move(open_create.error()));
    view.row = std::move(*row);
    view.unsent = std::move(*unsent);
    view.waiting = *waiting;
    view.has_open_create = *open_create;
    return view;
  };
  LedgerView stored = co_await ledger_.keep<LedgerView>(read);
  destination_.spelling = stored.row.spelling;
  flow::DeliveryView view;
  view.presence = to_flow(stored.row.presence);
  view.is_paused = !stored.row.paused_code.empty();
  view.throttled_until = stored.row.throttled_until;
  view.account_blocked_until = destination_.account.blocked_until();
  view.has_open_create = stored.has_open_create;
  view.waiting = stored.waiting.records;
  view.next_requeued = stored.waiting.next_requeued;
  view.last_planned = destination_.last_planned;
  view.list_not_before = destination_.list_not_before;
  for (const ledger::ChunkRow& chunk : stored.unsent) {
    flow::UnsentChunk unsent;
    unsent.id = chunk.id;
    unsent.is_create = chunk.kind == ledger::ChunkKind::create;
    unsent.was_attempted = chunk.attempts > 0;
    unsent.is_running = destination_.running.contains(chunk.id);
    unsent.not_before = chunk.not_before;
    view.unsent.push_back(unsent);
  }
  co_return view;
}

asio::awaitable<void> DeliveryLoop::run() {
  while (!is_stopping_) {
    const flow::DeliveryView view = co_await load_view();
    const flow::DeliveryStep step =
        flow::next_delivery_step(view, limits_, context_.clock.now_utc());
    if (const auto* idle = std::get_if<flow::Idle>(&step)) {
      co_await wait(idle->until);
    } else if (std::holds_alternative<flow::ListBatches>(step)) {
      co_await lookup_.run();
    } else if (const auto* planned = std::get_if<flow::PlanChunk>(&step)) {
      co_await plan(planned->is_create);
    } else if (const auto* unwanted = std::get_if<flow::DropCreate>(&step)) {
      co_await drop_create(unwanted->chunk);
    } else {
      start_post(std::get<flow::PostChunk>(step).chunk);
    }
  }
  while (!destination_.running.empty()) {
    const std::optional<std::chrono::milliseconds> for_ever;
    co_await destination_.changed.wait_for(for_ever);
  }
}

asio::awaitable<void> DeliveryLoop::wait(std::optional<UtcTime> until) {
  std::optional<std::chrono::milliseconds> at_most = kLongestWait;
  if (until) {
    const std::chrono::milliseconds left = *until - context_.clock.now_utc();
    at_most =
        std::clamp<std::chrono::milliseconds>(left, std::chrono::milliseconds(0), kLongestWait);
  }
  co_await destination_.changed.wait_for(at_most);
}

void DeliveryLoop::start_post(ChunkId chunk) {
  destination_.running.insert(chunk);
  auto attempt = [](DeliveryLoop& loop, ChunkId id) -> asio::awaitable<void> {
    const bool is_followed = co_await loop.post_.attempt(id);
    loop.destination_.running.erase(id);
    loop.destination_.changed.raise();
    if (is_followed) loop.submitted_.raise();
  };
  spawn(context_.loop, attempt(*this, chunk));
}

asio::awaitable<void> DeliveryLoop::plan(bool is_create) {
  const UtcTime now = context_.clock.now_utc();
  const Uuid request_id = Uuid::random(context_.random);
  const ledger::ChunkKind kind = is_create ? ledger::ChunkKind::create : ledger::ChunkKind::append;
  Verb<std::optional<ledger::ChunkRow>> verb = [&](ledger::Ledger& verbs) {
    return verbs.delivery().plan_chunk(destination_.id, kind, chunk_limits_, request_id, now);
  };
  // Not keep(): a plan whose commit only seemed to fail is found by the next look, while a second
  // one would give other records the same request id (promise I5).
  Result<std::optional<ledger::ChunkRow>> planned =
      co_await ledger_.ask<std::optional<ledger::ChunkRow>>(verb);
  if (!planned) {
    co_await ledger_.pause_after(planned.error());
    co_return;
  }
  const std::optional<ledger::ChunkRow>& chunk = *planned;
  destination_.last_planned = now;
  if (!chunk) co_return;
  log(context_.log, LogLevel::debug, "chunk.planned", "",
      {{"chunk", chunk->id.value},
       {"destination", destination_.name},
       {"devices", chunk->devices},
       {"kind", to_string(kind)},
       {"request_id", request_id.to_string()}});
}

asio::awaitable<void> DeliveryLoop::drop_create(ChunkId chunk) {
  const UtcTime now = context_.clock.now_utc();
  const ledger::ExchangeRecord nothing_sent;
  Verb<void> verb = [&](ledger::Ledger& verbs) {
    return verbs.delivery().attempt_void(chunk, nothing_sent, "batch.exists", now);
  };
  co_await ledger_.keep<void>(verb);
}

}  // namespace devicebatch::engine
