// ledger/inline_queue.hpp - runs jobs on the ledger at once, on the caller's thread.
//
// Purpose:   for tools and for a simulation that wants every step in its own hands.
// Lifecycle: each job has a transaction of its own; its completion runs after the commit and may
//            post again: that job runs when the completion has returned, not inside it.
// Threading: one thread; a job must not post or run another.
// Errors:    those of the job, or of the commit.
#pragma once

#include "ledger/ledger_thread.hpp"

#include <deque>
#include <memory>

namespace devicebatch::ledger {

class InlineQueue final : public JobQueue {
 public:
  explicit InlineQueue(std::unique_ptr<Ledger> ledger);

  // Urgency and weight make no difference here.
  void post(Job job, Done done, Urgency urgency = Urgency::at_once,
            std::size_t weight = 0) override;
  // From a completion too: what was posted before runs first.
  Result<void> run(Job job) override;
  std::uint64_t key_seed() const override { return key_seed_; }

 private:
  struct Item {
    Job job;
    Done done;
  };
  void run_front();
  Result<void> perform(const Job& job);

  std::unique_ptr<Ledger> ledger_;
  const std::uint64_t key_seed_;
  std::deque<Item> queue_;
  bool is_draining_ = false;
  bool is_in_job_ = false;
};

}  // namespace devicebatch::ledger
