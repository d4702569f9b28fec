// engine/async.hpp - starting coroutines, and awaiting what happens on other threads.
//
// Purpose:   the bridges from the loop to the ledger, the transport and the workers; and the only
//            place that calls co_spawn.
// Threading: to be awaited on the loop; the coroutine resumes there.
// Source:    docs/architecture.md, "Threads". Every operand of a co_await is a named variable: g++
//            12 destroys temporaries of a co_await expression twice.
#pragma once

#include "base/clock.hpp"
#include "engine/loop_clock.hpp"
#include "http/transport.hpp"
#include "ledger/ledger_thread.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <functional>
#include <memory>
#include <optional>

namespace devicebatch::engine {

// Runs a job on the ledger thread; resumes after the commit that made it durable, or its failure.
asio::awaitable<Result<void>> run_on_ledger(ledger::JobQueue& queue, ledger::JobQueue::Job job);

// Runs plain blocking code on a worker. The function must not throw.
asio::awaitable<void> run_on_worker(asio::any_io_executor workers, std::function<void()> work);

asio::awaitable<void> pause_for(std::chrono::milliseconds duration);

asio::awaitable<Result<http::Response>> exchange(http::Transport& transport, http::Request request);

// Something to wait for: a deadline, or somebody raising it. One waiter; a raise without a waiter
// is remembered, several are one. Raise from the loop's thread only.
class Wakeup {
 public:
  explicit Wakeup(const asio::any_io_executor& executor) : timer_(executor) {}
  void raise();
  asio::awaitable<void> wait_for(std::optional<std::chrono::milliseconds> at_most);

 private:
  LoopTimer timer_;
  bool is_raised_ = false;
};

// Starts a coroutine whose end or failure does not go unnoticed: an exception that leaves it leaves
// io_context::run() as well, so the process ends with a reason instead of dying quietly. `ended`
// runs on the loop when the coroutine returns by itself.
void spawn(asio::io_context& loop, asio::awaitable<void> coroutine,
           std::function<void()> ended = {});

}  // namespace devicebatch::engine
