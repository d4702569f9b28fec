#include "sandbox/service/jobs.hpp"

#include "base/text.hpp"

namespace devicebatch::sandbox {

const Job& Jobs::add(Job job) {
  std::unique_ptr<Job>& kept = jobs_[job.tracking_id];
  kept = std::make_unique<Job>(std::move(job));
  if (kept->batch.empty()) return *kept;
  Batch*& batch = by_name_[kept->customer + '\n' + to_lower(kept->batch)];
  if (batch == nullptr) {
    const MonoTime visible_from = kept->accepted + kept->quirks.batch_hidden;
    batch = &batches_[kept->customer].emplace_back(
        Batch{kept->batch, kept->accepted_utc, visible_from, {}});
  }
  batch->jobs.push_back(kept.get());
  return *kept;
}

const Job* Jobs::find(std::string_view customer, std::string_view tracking_id) const {
  const auto found = jobs_.find(to_lower(tracking_id));
  if (found == jobs_.end() || found->second->customer != customer) return nullptr;
  return found->second.get();
}

const Batch* Jobs::batch(std::string_view customer, std::string_view id) const {
  const auto found = by_name_.find(std::string(customer) + '\n' + to_lower(id));
  return found == by_name_.end() ? nullptr : found->second;
}

const std::deque<Batch>& Jobs::batches_of(std::string_view customer) const {
  static const std::deque<Batch> kNone;
  const auto found = batches_.find(std::string(customer));
  return found == batches_.end() ? kNone : found->second;
}

}  // namespace devicebatch::sandbox
