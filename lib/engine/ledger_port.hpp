// engine/ledger_port.hpp - the ledger as the loop's coroutines see it.
//
// Purpose:   ask() hands an error back; keep() does not take no for an answer. A commit that failed
//            may have happened all the same (the error can come with its very last sync), so keep()
//            is for verbs that read, or that refuse to do the same thing twice; what would make a
//            second thing of its own asks, waits and looks again.
// Threading: the loop's thread.
// Errors:    keep() waits and tries again while the disk is full or fails, since what it stores has
//            happened already; anything else is LedgerBroken, which ends the process.
// Source:    docs/architecture.md, "Errors". LedgerBroken is an exception because nobody above can
//            do anything about it; the next start recovers from the ledger itself.
#pragma once

#include "base/log.hpp"
#include "engine/async.hpp"

#include <optional>
#include <stdexcept>

namespace devicebatch::engine {

class LedgerBroken : public std::runtime_error {
 public:
  explicit LedgerBroken(const Error& error)
      : std::runtime_error("the ledger cannot be used: " + error.message()) {}
};

class LedgerPort {
 public:
  LedgerPort(ledger::JobQueue& queue, LogSink log_sink)
      : queue_(&queue), log_(std::move(log_sink)) {}

  ledger::JobQueue& queue() { return *queue_; }

  template <class T>
  asio::awaitable<Result<T>> ask(std::function<Result<T>(ledger::Ledger&)> verb) {
    auto answer = std::make_shared<std::optional<Result<T>>>();
    ledger::JobQueue::Job job = [answer, verb](ledger::Ledger& ledger) -> Result<void> {
      *answer = verb(ledger);
      if (!**answer) return fail(Error((*answer)->error()));
      return {};
    };
    Result<void> committed = co_await run_on_ledger(*queue_, std::move(job));
    if (!committed) co_return fail(std::move(committed.error()));
    co_return std::move(**answer);
  }

  template <class T>
  asio::awaitable<T> keep(std::function<Result<T>(ledger::Ledger&)> verb) {
    for (;;) {
      Result<T> answer = co_await ask<T>(verb);
      if (answer) {
        if constexpr (std::is_void_v<T>) {
          co_return;
        } else {
          co_return std::move(*answer);
        }
      }
      co_await pause_after(answer.error());
    }
  }

  // Waits until asking again makes sense; throws LedgerBroken when it never will.
  asio::awaitable<void> pause_after(const Error& error);

 private:
  ledger::JobQueue* queue_;
  LogSink log_;
};

}  // namespace devicebatch::engine
