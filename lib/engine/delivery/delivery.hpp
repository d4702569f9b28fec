// engine/delivery/delivery.hpp - everything between a stored record and its verdict.
//
// Purpose:   accounts, destinations and their loops, started and stopped together; files are
//            somebody else's.
// Lifecycle: prepare() once, then run() until drain(); the object outlives the io_context's run().
// Threading: the loop's thread.
#pragma once

#include "engine/delivery/delivery_loop.hpp"
#include "engine/delivery/job_loop.hpp"

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

namespace devicebatch::engine {

class Delivery {
 public:
  // `settled` is raised whenever records got their verdict.
  Delivery(Context& context, Wakeup& settled);
  ~Delivery();

  // Registers the destinations and recovers what a stop left behind.
  asio::awaitable<Result<void>> prepare();
  // `start` spawns a loop and takes note of its end.
  void run(const std::function<void(asio::awaitable<void>)>& start);
  void drain();

  // A person may have acted: forget token failures, lift what authentication trouble paused.
  asio::awaitable<void> retry_authentication();
  void wake_up();

  Destination* destination(std::string_view name);
  Destination* destination(DestinationId id);
  Account* account(std::string_view name);
  const std::vector<std::unique_ptr<Account>>& accounts() const { return accounts_; }
  const std::vector<std::unique_ptr<Destination>>& destinations() const { return destinations_; }
  Wakeup& jobs_changed() { return jobs_->changed(); }

 private:
  asio::awaitable<Result<void>> register_accounts();
  asio::awaitable<Result<void>> register_destinations();
  asio::awaitable<Result<void>> recover();
  asio::awaitable<void> watch_clock();
  asio::awaitable<void> end_long_waits();
  void make_loops();

  Context& context_;
  Wakeup& settled_;
  LedgerPort ledger_;
  std::vector<std::unique_ptr<Account>> accounts_;
  std::vector<std::unique_ptr<Destination>> destinations_;
  std::vector<std::unique_ptr<DeliveryLoop>> loops_;
  std::unique_ptr<JobLoop> jobs_;
  Wakeup clock_watch_;
  bool is_stopping_ = false;
};

}  // namespace devicebatch::engine
