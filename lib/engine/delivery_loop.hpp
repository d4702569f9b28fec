// engine/delivery_loop.hpp - performs what flow/delivery_flow decides for one destination.
//
// Lifecycle: run() ends after stop(), when no POST of this destination is under way any more.
// Threading: the loop's thread.
#pragma once

#include "engine/batch_lookup.hpp"
#include "engine/chunk_post.hpp"
#include "engine/destination.hpp"
#include "flow/delivery_flow.hpp"

namespace devicebatch::engine {

class DeliveryLoop {
 public:
  // `submitted` is raised whenever a chunk got a job to follow.
  DeliveryLoop(Context& context, Destination& destination, Wakeup& submitted);

  asio::awaitable<void> run();
  void stop();

 private:
  asio::awaitable<flow::DeliveryView> load_view();
  asio::awaitable<void> plan(bool is_create);
  asio::awaitable<void> drop_create(ChunkId chunk);
  void start_post(ChunkId chunk);
  asio::awaitable<void> wait(std::optional<UtcTime> until);

  Context& context_;
  Destination& destination_;
  Wakeup& submitted_;
  LedgerPort ledger_;
  ChunkPost post_;
  BatchLookup lookup_;
  flow::DeliveryLimits limits_;
  ledger::ChunkLimits chunk_limits_;
  bool is_stopping_ = false;
};

}  // namespace devicebatch::engine
