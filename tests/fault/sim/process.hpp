// sim/process.hpp - one life of the daemon: from its start to its drain or its death.
//
// Purpose:   the real delivery engine on a simulated clock, network and disk.
// Lifecycle: made by start(); what is suspended dies with it. A crash is its destructor with the
//            disk dead.
// Threading: one thread.
#pragma once

#include "engine/async.hpp"

#include "fault/sim/intake_driver.hpp"
#include "fault/sim/sim_network.hpp"
#include "fault/sim/virtual_clock.hpp"

namespace devicebatch::sim {

class NoObserver final : public engine::Observer {
 public:
  void http_exchange(std::string_view, int, std::chrono::nanoseconds) override {}
  void chunk_attempt(std::string_view) override {}
  void job_poll(std::string_view) override {}
  void token_refresh(bool) override {}
  void ledger_commit(std::size_t, std::chrono::nanoseconds) override {}
  void folder_listed(std::string_view, std::string_view) override {}
  void files_waiting(std::string_view, std::size_t) override {}
};

struct ProcessWorld {
  const Scenario& scenario;
  const VirtualClock& clock;
  MemoryDisk& disk;
  SimNetwork& network;
  Dice& dice;
  IntakeWorld& intake;
  LogSink log;
};

class Process {
 public:
  Process(ProcessWorld& world, std::unique_ptr<ledger::Ledger> ledger);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  // Runs what is ready; false: nothing was. Throws what leaves the loop.
  bool run_ready();
  // Timers look at the clock again.
  void clock_moved();
  bool is_prepared() const { return is_prepared_; }
  // Why the start failed, once it has.
  const std::optional<Error>& failure() const { return failure_; }

  SimQueue& queue() { return queue_; }
  IntakeDriver& intake() { return intake_; }
  engine::Delivery& delivery() { return delivery_; }
  void retry_authentication();

 private:
  void started(Result<void> prepared);

  ProcessWorld& world_;
  engine::asio::io_context loop_{1};
  SimQueue queue_;
  SeededRandom random_;
  NoObserver observer_;
  engine::Context context_;
  engine::Wakeup settled_;
  engine::Delivery delivery_;
  IntakeDriver intake_;
  engine::LoopTimer kick_;
  bool is_prepared_ = false;
  std::optional<Error> failure_;
};

}  // namespace devicebatch::sim
