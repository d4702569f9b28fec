// flow/delivery_flow.hpp - what a destination does next.
//
// Purpose:   the order of things for one batch: find out whether it exists, create it with the
//            first chunk, wait for that job, then append with several chunks in flight.
// Threading: pure; any thread.
// Source:    docs/architecture.md, "Life of a chunk". The view is read from the ledger before every
//            step, so that a restart is not an event.
#pragma once

#include "base/clock.hpp"
#include "base/ids.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

namespace devicebatch::flow {

enum class Presence { unknown, absent, present };

struct UnsentChunk {
  ChunkId id;
  bool is_create = false;
  bool was_attempted = false;  // something may have reached the service under its request id
  bool is_running = false;     // a POST of it, or a look for it, is under way in this process
  bool is_looked_for = false;  // not sent again: the listing of the batch tells its fate
  UtcTime not_before{};
};

struct DeliveryView {
  Presence presence = Presence::unknown;
  bool is_paused = false;  // or its account is
  UtcTime throttled_until{};
  UtcTime account_blocked_until{};  // no token before then, or a breaker is open
  bool has_slot = true;             // one more POST of the account may be under way
  bool is_looking = false;          // a listing of the batch is under way
  bool has_open_create = false;     // a create was accepted and its job has not settled
  std::vector<UnsentChunk> unsent;  // oldest first
  std::size_t waiting = 0;          // records without a chunk, counted up to one chunk's worth
  std::optional<UtcTime> next_requeued;
  UtcTime last_planned{};
  UtcTime list_not_before{};  // after a failed listing
};

struct DeliveryLimits {
  std::size_t chunk_devices = 500;
  std::chrono::milliseconds linger{250};
};

struct Idle {
  std::optional<UtcTime> until;  // nullopt: until something happens
};
struct ListBatches {};
struct PlanChunk {
  bool is_create = false;
};
struct PostChunk {
  ChunkId chunk;
};
// Something could go out, but the account has as many POSTs under way as it bears.
struct AwaitSlot {};
// Compare the listing of the batch with all chunks that are looked for and due.
struct LookForChunks {
  std::vector<ChunkId> chunks;
};
// A create that never left the house, while the batch has come to exist: its records wait again.
struct DropCreate {
  ChunkId chunk;
};

using DeliveryStep =
    std::variant<Idle, ListBatches, PlanChunk, PostChunk, AwaitSlot, LookForChunks, DropCreate>;

DeliveryStep next_delivery_step(const DeliveryView& view, const DeliveryLimits& limits,
                                UtcTime now);

}  // namespace devicebatch::flow
