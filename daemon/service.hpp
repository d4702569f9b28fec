// daemon/service.hpp - the life of the process: start, ready, reload, drain, end.
//
// Threading: the loop's thread.
// Source:    docs/operations.md, "Signals"; sd_notify(3).
#pragma once

#include "daemon/exit_codes.hpp"
#include "daemon/run_command.hpp"
#include "daemon/world.hpp"

#include <boost/asio/signal_set.hpp>

namespace devicebatch::daemon {

class Service {
 public:
  Service(World& world, RunOptions options);

  // Runs until drained; the process's exit code.
  int run();

 private:
  engine::asio::awaitable<void> start();
  engine::asio::awaitable<void> watch_signals();
  engine::asio::awaitable<void> feed_watchdog();
  engine::asio::awaitable<void> end_when_idle();
  engine::asio::awaitable<void> reload();
  engine::asio::awaitable<engine::Page> page(std::string path);
  engine::asio::awaitable<std::optional<ledger::StatusReport>> status();
  engine::asio::awaitable<bool> is_alive();
  engine::DestinationNames names();
  void drain();
  void stop_threads();
  void fail_start(const Error& error);

  World& world_;
  RunOptions options_;
  engine::LedgerPort ledger_;
  boost::asio::signal_set signals_;
  boost::asio::steady_timer drain_deadline_;
  bool is_ready_ = false;
  bool is_draining_ = false;
  int exit_code_ = kOk;
};

}  // namespace devicebatch::daemon
