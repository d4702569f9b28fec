#include "ledger/inline_queue.hpp"

#include "base/check.hpp"

#include <optional>

namespace devicebatch::ledger {

InlineQueue::InlineQueue(std::unique_ptr<Ledger> ledger)
    : ledger_(std::move(ledger)), key_seed_(ledger_->key_seed()) {}

Result<void> InlineQueue::perform(const Job& job) {
  auto begun = ledger_->begin();
  if (!begun) return begun;
  is_in_job_ = true;
  auto done = ledger_->attempt([&] { return job(*ledger_); });
  is_in_job_ = false;
  auto committed = ledger_->commit();
  return done ? committed : done;
}

void InlineQueue::run_front() {
  Item item = std::move(queue_.front());
  queue_.pop_front();
  auto result = perform(item.job);
  item.job = nullptr;
  if (item.done) item.done(std::move(result));
}

void InlineQueue::post(Job job, Done done, Urgency, std::size_t) {
  // A job inside another would be in its transaction.
  DEVICEBATCH_CHECK(!is_in_job_);
  queue_.push_back({std::move(job), std::move(done)});
  if (is_draining_) return;
  is_draining_ = true;
  while (!queue_.empty()) run_front();
  is_draining_ = false;
}

Result<void> InlineQueue::run(Job job) {
  std::optional<Result<void>> result;
  post(std::move(job), [&](Result<void> outcome) { result.emplace(std::move(outcome)); });
  // Only a completion finds its own job still queued.
  while (!result) run_front();
  return std::move(*result);
}

}  // namespace devicebatch::ledger
