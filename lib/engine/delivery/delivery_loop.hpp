// engine/delivery/delivery_loop.hpp - performs what flow/delivery_flow decides for one destination.
//
// Lifecycle: run() ends after stop(), when no POST of this destination is under way any more.
// Threading: the loop's thread.
#pragma once

#include "engine/delivery/batch_look.hpp"
#include "engine/delivery/batch_lookup.hpp"
#include "engine/delivery/chunk_post.hpp"
#include "engine/delivery/destination.hpp"
#include "flow/delivery_flow.hpp"

namespace devicebatch::engine {

class DeliveryLoop {
 public:
  // `submitted` is raised whenever a chunk got a job to follow, `settled` when records got their
  // verdict without one.
  DeliveryLoop(Context& context, Destination& destination, Wakeup& submitted, Wakeup& settled);

  asio::awaitable<void> run();
  void stop();

 private:
  asio::awaitable<flow::DeliveryView> load_view();
  asio::awaitable<void> plan(bool is_create);
  asio::awaitable<void> drop_create(ChunkId chunk);
  asio::awaitable<void> perform(flow::DeliveryStep step);
  void start_post(ChunkId chunk);
  void start_look(std::vector<ChunkId> chunks);
  ledger::ChunkLimits chunk_limits() const;
  asio::awaitable<void> wait(std::optional<UtcTime> until);

  Context& context_;
  Destination& destination_;
  Wakeup& submitted_;
  Wakeup& settled_;
  LedgerPort ledger_;
  ChunkPost post_;
  BatchLookup lookup_;
  BatchLook look_;
  std::size_t learned_devices_ = 0;
  std::size_t learned_bytes_ = 0;
  bool is_stopping_ = false;
};

}  // namespace devicebatch::engine
