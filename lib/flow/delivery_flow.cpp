#include "flow/delivery_flow.hpp"

#include <algorithm>

namespace devicebatch::flow {
namespace {

void earliest(std::optional<UtcTime>& have, UtcTime candidate) {
  if (!have || candidate < *have) have = candidate;
}

std::size_t running(const DeliveryView& view) {
  return static_cast<std::size_t>(
      std::count_if(view.unsent.begin(), view.unsent.end(),
                    [](const UnsentChunk& chunk) { return chunk.is_running; }));
}

const UnsentChunk* first_due(const DeliveryView& view, UtcTime now) {
  for (const UnsentChunk& chunk : view.unsent) {
    if (!chunk.is_running && !chunk.is_looked_for && chunk.not_before <= now) return &chunk;
  }
  return nullptr;
}

std::vector<ChunkId> looks_due(const DeliveryView& view, UtcTime now) {
  std::vector<ChunkId> due;
  for (const UnsentChunk& chunk : view.unsent) {
    if (chunk.is_looked_for && !chunk.is_running && chunk.not_before <= now)
      due.push_back(chunk.id);
  }
  return due;
}

// The next moment at which time alone changes the answer.
Idle idle(const DeliveryView& view, UtcTime now) {
  Idle idle;
  for (const UnsentChunk& chunk : view.unsent) {
    // The end of a listing under way is an event, and looks wait for it.
    const bool waits_for_event = chunk.is_running || (chunk.is_looked_for && view.is_looking);
    if (!waits_for_event && chunk.not_before > now) earliest(idle.until, chunk.not_before);
  }
  if (view.next_requeued) earliest(idle.until, *view.next_requeued);
  return idle;
}

DeliveryStep post(const DeliveryView& view, const UnsentChunk& chunk) {
  if (!view.has_slot) return AwaitSlot{};
  return PostChunk{chunk.id};
}

// Before the batch exists everything goes through one create, one at a time.
DeliveryStep step_towards_batch(const DeliveryView& view, UtcTime now) {
  if (view.has_open_create || running(view) > 0) return idle(view, now);
  // The fate of a create decides whether there has to be another one.
  const auto is_sought_create = [](const UnsentChunk& chunk) {
    return chunk.is_create && chunk.is_looked_for;
  };
  if (std::any_of(view.unsent.begin(), view.unsent.end(), is_sought_create)) return idle(view, now);
  if (const UnsentChunk* chunk = first_due(view, now)) return post(view, *chunk);
  const bool all_sought = std::all_of(view.unsent.begin(), view.unsent.end(),
                                      [](const UnsentChunk& chunk) { return chunk.is_looked_for; });
  if (all_sought && view.waiting > 0) return PlanChunk{true};
  return idle(view, now);
}

DeliveryStep step_into_batch(const DeliveryView& view, const DeliveryLimits& limits, UtcTime now) {
  for (const UnsentChunk& chunk : view.unsent) {
    if (chunk.is_create && !chunk.was_attempted && !chunk.is_running) return DropCreate{chunk.id};
  }
  if (const UnsentChunk* chunk = first_due(view, now)) return post(view, *chunk);
  if (view.waiting == 0) return idle(view, now);
  if (!view.has_slot) return AwaitSlot{};
  // With the line free a short chunk goes at once; with POSTs under way, waiting a little fills it.
  const UtcTime lingers_until = view.last_planned + limits.linger;
  const bool is_line_free = running(view) == 0;
  if (is_line_free || view.waiting >= limits.chunk_devices || lingers_until <= now) {
    return PlanChunk{false};
  }
  Idle wait = idle(view, now);
  earliest(wait.until, lingers_until);
  return wait;
}

}  // namespace

DeliveryStep next_delivery_step(const DeliveryView& view, const DeliveryLimits& limits,
                                UtcTime now) {
  if (view.is_paused) return Idle{};
  const bool has_work = !view.unsent.empty() || view.waiting > 0;
  if (!has_work) return idle(view, now);
  const UtcTime blocked_until = std::max(view.throttled_until, view.account_blocked_until);
  if (blocked_until > now) return Idle{blocked_until};
  if (!view.is_looking) {
    std::vector<ChunkId> due = looks_due(view, now);
    if (!due.empty()) return LookForChunks{std::move(due)};
  }
  if (view.presence == Presence::unknown) {
    if (view.list_not_before > now) return Idle{view.list_not_before};
    return ListBatches{};
  }
  if (view.presence == Presence::absent) return step_towards_batch(view, now);
  return step_into_batch(view, limits, now);
}

}  // namespace devicebatch::flow
