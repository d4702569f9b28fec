#include "engine/delivery/delivery_loop.hpp"

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
  ledger::AccountRow account;
  std::vector<ledger::ChunkRow> unsent;
  ledger::DeliveryVerbs::Waiting waiting;
  bool has_open_create = false;
};

}  // namespace

DeliveryLoop::DeliveryLoop(Context& context, Destination& destination, Wakeup& submitted,
                           Wakeup& settled)
    : context_(context),
      destination_(destination),
      submitted_(submitted),
      settled_(settled),
      ledger_(context.ledger_queue, context.log),
      post_(context, destination),
      lookup_(context, destination),
      look_(context, destination, lookup_) {}

// What is configured, or less where the service has shown that it takes less.
ledger::ChunkLimits DeliveryLoop::chunk_limits() const {
  const settings::Delivery& delivery = context_.settings.delivery;
  ledger::ChunkLimits limits;
  limits.devices = delivery.chunk_devices;
  limits.body_bytes = delivery.chunk_bytes;
  limits.overhead_per_device = partner_center::encoding_overhead(wire_form(context_.settings));
  if (learned_devices_ > 0) limits.devices = std::min(limits.devices, learned_devices_);
  if (learned_bytes_ > 0) limits.body_bytes = std::min(limits.body_bytes, learned_bytes_);
  return limits;
}

void DeliveryLoop::stop() {
  is_stopping_ = true;
  look_.stop();
  destination_.changed.raise();
}

asio::awaitable<flow::DeliveryView> DeliveryLoop::load_view() {
  const UtcTime now = context_.clock.now_utc();
  const DestinationId id = destination_.id;
  const std::size_t enough = context_.settings.delivery.chunk_devices;
  const std::string& account_name = destination_.account.name();
  Verb<LedgerView> read = [&, id, now, enough](ledger::Ledger& verbs) -> Result<LedgerView> {
    LedgerView view;
    Result<ledger::DestinationRow> row = verbs.delivery().destination(id);
    if (!row) return fail(std::move(row.error()));
    Result<ledger::AccountRow> account = verbs.delivery().account(account_name);
    if (!account) return fail(std::move(account.error()));
    Result<std::vector<ledger::ChunkRow>> unsent = verbs.delivery().unsent_chunks(id);
    if (!unsent) return fail(std::move(unsent.error()));
    Result<ledger::DeliveryVerbs::Waiting> waiting = verbs.delivery().waiting(id, enough, now);
    if (!waiting) return fail(std::move(waiting.error()));
    Result<bool> open_create = verbs.delivery().has_open_create(id);
    if (!open_create) return fail(std::move(open_create.error()));
    view.row = std::move(*row);
    view.account = std::move(*account);
    view.unsent = std::move(*unsent);
    view.waiting = *waiting;
    view.has_open_create = *open_create;
    return view;
  };
  LedgerView stored = co_await ledger_.keep<LedgerView>(read);
  destination_.spelling = stored.row.spelling;
  learned_devices_ = stored.row.learned_devices;
  learned_bytes_ = stored.row.learned_bytes;
  const Account& account = destination_.account;
  flow::DeliveryView view;
  view.presence = to_flow(stored.row.presence);
  view.is_paused = !stored.row.paused_code.empty() || !stored.account.paused_code.empty();
  view.throttled_until = stored.account.throttled_until;
  view.account_blocked_until = account.blocked_until(destination_.customer);
  view.has_slot = account.has_slot(destination_);
  view.is_looking = destination_.is_looking;
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
    unsent.is_looked_for =
        chunk.state == ledger::ChunkState::unconfirmed &&
        (chunk.inquiry == ledger::Inquiry::look || !account.may_resend(chunk, now));
    unsent.not_before = chunk.not_before;
    view.unsent.push_back(unsent);
  }
  co_return view;
}

asio::awaitable<void> DeliveryLoop::run() {
  while (!is_stopping_) {
    const flow::DeliveryView view = co_await load_view();
    flow::DeliveryLimits limits;
    limits.chunk_devices = chunk_limits().devices;
    limits.linger = context_.settings.delivery.linger;
    flow::DeliveryStep step = flow::next_delivery_step(view, limits, context_.clock.now_utc());
    co_await perform(std::move(step));
  }
  destination_.account.leave_queue(destination_);
  while (!destination_.running.empty() || destination_.is_looking) {
    const std::optional<std::chrono::milliseconds> for_ever;
    co_await destination_.changed.wait_for(for_ever);
  }
}

asio::awaitable<void> DeliveryLoop::perform(flow::DeliveryStep step) {
  Account& account = destination_.account;
  if (const auto* idle = std::get_if<flow::Idle>(&step)) {
    account.leave_queue(destination_);
    co_await wait(idle->until);
  } else if (std::holds_alternative<flow::ListBatches>(step)) {
    co_await lookup_.run();
  } else if (const auto* planned = std::get_if<flow::PlanChunk>(&step)) {
    co_await plan(planned->is_create);
  } else if (std::holds_alternative<flow::AwaitSlot>(step)) {
    account.await_slot(destination_);
    const std::optional<UtcTime> until_it_comes;
    co_await wait(until_it_comes);
  } else if (auto* looks = std::get_if<flow::LookForChunks>(&step)) {
    start_look(std::move(looks->chunks));
  } else if (const auto* unwanted = std::get_if<flow::DropCreate>(&step)) {
    co_await drop_create(unwanted->chunk);
  } else {
    start_post(std::get<flow::PostChunk>(step).chunk);
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
  destination_.account.upload_started(destination_);
  auto attempt = [](DeliveryLoop& loop, ChunkId id) -> asio::awaitable<void> {
    const bool is_followed = co_await loop.post_.attempt(id);
    loop.destination_.running.erase(id);
    loop.destination_.account.upload_ended();
    loop.destination_.changed.raise();
    if (is_followed) loop.submitted_.raise();
    if (is_followed) loop.settled_.raise();
  };
  spawn(context_.loop, attempt(*this, chunk));
}

void DeliveryLoop::start_look(std::vector<ChunkId> chunks) {
  destination_.is_looking = true;
  for (const ChunkId chunk : chunks) destination_.running.insert(chunk);
  auto look = [](DeliveryLoop& loop, std::vector<ChunkId> ids) -> asio::awaitable<void> {
    const bool has_settled = co_await loop.look_.run(ids);
    for (const ChunkId id : ids) loop.destination_.running.erase(id);
    loop.destination_.is_looking = false;
    loop.destination_.changed.raise();
    if (has_settled) loop.settled_.raise();
  };
  spawn(context_.loop, look(*this, std::move(chunks)));
}

asio::awaitable<void> DeliveryLoop::plan(bool is_create) {
  const UtcTime now = context_.clock.now_utc();
  const Uuid request_id = Uuid::random(context_.random);
  const ledger::ChunkKind kind = is_create ? ledger::ChunkKind::create : ledger::ChunkKind::append;
  const ledger::ChunkLimits limits = chunk_limits();
  Verb<std::optional<ledger::ChunkRow>> verb = [&](ledger::Ledger& verbs) {
    return verbs.delivery().plan_chunk(destination_.id, kind, limits, request_id, now);
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
  Verb<void> verb = [&](ledger::Ledger& verbs) -> Result<void> {
    Result<ledger::ChunkRow> unwanted = verbs.delivery().chunk(chunk);
    if (!unwanted) return fail(std::move(unwanted.error()));
    if (unwanted->state != ledger::ChunkState::planned) return {};
    return verbs.delivery().attempt_void(chunk, nothing_sent, "batch.exists", now);
  };
  co_await ledger_.keep<void>(verb);
}

}  // namespace devicebatch::engine
