// engine/receipt_loop.hpp - ends submissions whose every record has its verdict.
//
// Lifecycle: run() ends after stop().
// Threading: the loop's thread; disk work on a worker.
#pragma once

#include "engine/write_receipts.hpp"

#include <map>

namespace devicebatch::engine {

class ReceiptLoop {
 public:
  // `changed` is raised when there may be something to write.
  ReceiptLoop(Context& context, std::map<std::string, Source*> sources, Wakeup& changed);

  Wakeup& changed() { return changed_; }
  asio::awaitable<void> run();
  void stop();
  // `ended` is called on the loop whenever submissions were ended.
  void on_ended(std::function<void()> ended) { ended_ = std::move(ended); }

 private:
  asio::awaitable<std::vector<ledger::SubmissionSummary>> load_settled();
  asio::awaitable<bool> end_all(std::vector<ledger::SubmissionSummary> settled);

  Context& context_;
  std::map<std::string, Source*> sources_;
  LedgerPort ledger_;
  Wakeup& changed_;
  std::function<void()> ended_;
  bool is_stopping_ = false;
};

}  // namespace devicebatch::engine
