// ledger/ledger_thread.hpp - the one thread that touches the ledger, and its group commits.
//
// Purpose:   takes jobs from any thread, runs them in order, shares one commit among many.
// Lifecycle: the thread ("ledger") starts with the object; stop() finishes what is queued.
// Threading: post() and run() from any thread but the ledger's own. Completions run on the ledger
//            thread after the commit that made the job durable, or after its failure; they must
//            hand over quickly and must not call run().
// Errors:    a job's own error comes back as it is and undoes that job alone. A failed commit gives
//            its error to every job of the group, all of which are undone.
// Source:    docs/architecture.md, "Group commit". A group closes when an `at_once` job is in it
//            and nothing more is queued, when limits::kRecordsPerCommit records are in it, or when
//            its oldest job has waited 250 ms. Jobs `when_convenient` (bulk rows) never close a
//            group by themselves.
#pragma once

#include "ledger/ledger.hpp"

#include <cstdint>
#include <functional>
#include <memory>

namespace devicebatch::ledger {

enum class Urgency { at_once, when_convenient };

// Whoever runs jobs on the ledger and commits them: the thread below, or a simulation.
class JobQueue {
 public:
  using Job = std::function<Result<void>(Ledger&)>;
  using Done = std::function<void(Result<void>)>;

  virtual ~JobQueue() = default;
  // `weight` is the number of records the job appends. Blocks while limits::kBatchesInFlight jobs
  // with weight are queued, so that readers cannot outrun the disk.
  virtual void post(Job job, Done done, Urgency urgency = Urgency::at_once,
                    std::size_t weight = 0) = 0;
  // Posts and waits for the commit. Not for the loop's thread.
  virtual Result<void> run(Job job) = 0;
  virtual std::uint64_t key_seed() const = 0;
};

class LedgerThread final : public JobQueue {
 public:
  // How long commits take and how many jobs they carry, for metrics. Called on the ledger thread.
  using CommitObserver = std::function<void(std::size_t jobs, std::chrono::nanoseconds took)>;

  explicit LedgerThread(std::unique_ptr<Ledger> ledger, CommitObserver observer = {});
  ~LedgerThread() override;
  LedgerThread(const LedgerThread&) = delete;
  LedgerThread& operator=(const LedgerThread&) = delete;

  void post(Job job, Done done, Urgency urgency = Urgency::at_once,
            std::size_t weight = 0) override;
  Result<void> run(Job job) override;
  std::uint64_t key_seed() const override;

  // Refuses new jobs with Errc::cancelled, finishes the queued ones, ends the thread.
  void stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace devicebatch::ledger
