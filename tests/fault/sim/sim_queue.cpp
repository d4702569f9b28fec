#include "fault/sim/sim_queue.hpp"

#include <optional>
#include <vector>

namespace devicebatch::sim {

SimQueue::SimQueue(std::unique_ptr<ledger::Ledger> ledger, MemoryDisk& disk, Dice& dice)
    : disk_(disk), dice_(dice), ledger_(std::move(ledger)), key_seed_(ledger_->key_seed()) {}

void SimQueue::post(Job job, Done done, ledger::Urgency, std::size_t) {
  queue_.push_back({std::move(job), std::move(done)});
}

Result<void> SimQueue::run(Job job) {
  auto result = std::make_shared<std::optional<Result<void>>>();
  post(std::move(job), [result](Result<void> outcome) { result->emplace(std::move(outcome)); });
  while (!*result && !disk_.is_dead()) commit_some();
  if (!*result) return fail(Errc::cancelled, "the process has ended");
  return std::move(**result);
}

void SimQueue::answer(std::vector<Finished> jobs) const {
  for (Finished& job : jobs) {
    if (job.done) job.done(std::move(job.result));
  }
}

void SimQueue::commit_late() {
  if (!is_open_) return;
  is_open_ = false;
  ++commits_;
  (void)ledger_->commit();  // whoever asked has had an answer
}

void SimQueue::commit_some() {
  commit_late();
  if (queue_.empty() || disk_.is_dead()) return;
  std::size_t left = dice_.chance(0.3) ? 1 + dice_.below(4) : 1;
  auto begun = ledger_->begin();
  std::vector<Finished> jobs;
  for (; left > 0 && !queue_.empty(); --left) {
    Item item = std::move(queue_.front());
    queue_.pop_front();
    if (!begun) {
      jobs.push_back({std::move(item.done), fail(Error(begun.error()))});
      break;
    }
    auto result = ledger_->attempt([&] { return item.job(*ledger_); });
    jobs.push_back({std::move(item.done), std::move(result)});
  }
  if (begun && answers_early_) {
    is_open_ = true;
    return answer(std::move(jobs));
  }
  Result<void> committed;
  if (begun) committed = ledger_->commit();
  ++commits_;
  if (kills_after_commit_) disk_.kill();
  if (disk_.is_dead()) return;
  for (Finished& job : jobs) {
    if (!committed && job.result) job.result = fail(Error(committed.error()));
  }
  answer(std::move(jobs));
}

}  // namespace devicebatch::sim
