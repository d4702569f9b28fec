// sim/sim_queue.hpp - the ledger's group commits, one at a time and when told to.
//
// Purpose:   LedgerThread without a thread: what is posted waits until commit_some(), so that a
//            crash can come at any moment in between.
// Lifecycle: when the disk dies under it nothing is answered any more: the process has ended.
// Threading: one thread; a completion may post.
#pragma once

#include "ledger/ledger_thread.hpp"

#include "fault/sim/memory_disk.hpp"

#include <deque>
#include <memory>

namespace devicebatch::sim {

class SimQueue final : public ledger::JobQueue {
 public:
  SimQueue(std::unique_ptr<ledger::Ledger> ledger, MemoryDisk& disk, Dice& dice);

  void post(Job job, Done done, ledger::Urgency urgency = ledger::Urgency::at_once,
            std::size_t weight = 0) override;
  Result<void> run(Job job) override;
  std::uint64_t key_seed() const override { return key_seed_; }

  bool has_work() const { return !queue_.empty(); }
  // Runs some of the jobs in one transaction.
  void commit_some();
  std::uint64_t commits() const { return commits_; }
  // The process dies behind the next commit, before anybody hears of it.
  void kill_after_commit() { kills_after_commit_ = true; }
  // A sabotage: jobs are answered before their commit.
  void answer_early() { answers_early_ = true; }
  // Ends a transaction that an early answer left open.
  void commit_late();

 private:
  struct Item {
    Job job;
    Done done;
  };
  struct Finished {
    Done done;
    Result<void> result;
  };
  void answer(std::vector<Finished> jobs) const;

  MemoryDisk& disk_;
  Dice& dice_;
  std::unique_ptr<ledger::Ledger> ledger_;
  const std::uint64_t key_seed_;
  std::deque<Item> queue_;
  std::uint64_t commits_ = 0;
  bool kills_after_commit_ = false;
  bool answers_early_ = false;
  bool is_open_ = false;
};

}  // namespace devicebatch::sim
