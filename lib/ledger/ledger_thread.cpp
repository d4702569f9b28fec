#include "ledger/ledger_thread.hpp"

#include "base/clock.hpp"
#include "base/limits.hpp"

#include <pthread.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace devicebatch::ledger {
namespace {

// The longest a job waits for company. An eighth of it would cost bulk intake more commits; twice
// as much would be seen by people.
constexpr std::chrono::milliseconds kLongestWait{250};

}  // namespace

class LedgerThread::Impl {
 public:
  Impl(std::unique_ptr<Ledger> ledger, CommitObserver observer)
      : ledger_(std::move(ledger)),
        observer_(std::move(observer)),
        key_seed_(ledger_->key_seed()),
        thread_([this] { run(); }) {
    pthread_setname_np(thread_.native_handle(), "ledger");
  }

  ~Impl() { stop(); }

  void post(Job job, Done done, Urgency urgency, std::size_t weight);
  void stop();
  std::uint64_t key_seed() const { return key_seed_; }

 private:
  struct Item {
    Job job;
    Done done;
    Urgency urgency = Urgency::at_once;
    std::size_t weight = 0;
    MonoTime posted;
  };
  struct Finished {
    Done done;
    Result<void> result;
  };
  struct Group {
    std::vector<Finished> jobs;
    std::size_t weight = 0;
    bool is_urgent = false;
    MonoTime closes_at;
  };

  void run();
  std::optional<Item> wait_for_first();
  std::optional<Item> next_for(const Group& group);
  Item take_front();
  void add_to(Group& group, Item item);
  void commit(Group& group);

  std::unique_ptr<Ledger> ledger_;
  CommitObserver observer_;
  const std::uint64_t key_seed_;
  SystemClock clock_;

  std::mutex mutex_;
  std::condition_variable something_queued_;
  std::condition_variable room_for_weight_;
  std::deque<Item> queue_;
  std::size_t weighty_queued_ = 0;
  bool is_stopping_ = false;
  std::once_flag joined_;

  std::thread thread_;  // last: it uses everything above
};

void LedgerThread::Impl::post(Job job, Done done, Urgency urgency, std::size_t weight) {
  {
    std::unique_lock lock(mutex_);
    if (weight > 0) {
      room_for_weight_.wait(
          lock, [&] { return is_stopping_ || weighty_queued_ < limits::kBatchesInFlight; });
    }
    if (!is_stopping_) {
      weighty_queued_ += weight > 0 ? 1 : 0;
      queue_.push_back({std::move(job), std::move(done), urgency, weight, clock_.now_mono()});
      something_queued_.notify_one();
      return;
    }
  }
  if (done) done(fail(Errc::cancelled, "the ledger is closing"));
}

void LedgerThread::Impl::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
    something_queued_.notify_all();
    room_for_weight_.notify_all();
  }
  std::call_once(joined_, [this] { thread_.join(); });
}

LedgerThread::Impl::Item LedgerThread::Impl::take_front() {
  Item item = std::move(queue_.front());
  queue_.pop_front();
  if (item.weight > 0) {
    --weighty_queued_;
    room_for_weight_.notify_one();
  }
  return item;
}

std::optional<LedgerThread::Impl::Item> LedgerThread::Impl::wait_for_first() {
  std::unique_lock lock(mutex_);
  something_queued_.wait(lock, [&] { return is_stopping_ || !queue_.empty(); });
  if (queue_.empty()) return std::nullopt;
  return take_front();
}

// The next job of an open group, or nothing when it must close.
std::optional<LedgerThread::Impl::Item> LedgerThread::Impl::next_for(const Group& group) {
  if (group.weight >= limits::kRecordsPerCommit) return std::nullopt;
  if (clock_.now_mono() >= group.closes_at) return std::nullopt;
  std::unique_lock lock(mutex_);
  if (queue_.empty() && group.is_urgent) return std::nullopt;
  something_queued_.wait_until(lock, group.closes_at,
                               [&] { return is_stopping_ || !queue_.empty(); });
  if (queue_.empty()) return std::nullopt;
  return take_front();
}

void LedgerThread::Impl::add_to(Group& group, Item item) {
  auto result = ledger_->attempt([&] { return item.job(*ledger_); });
  // What the job holds, a batch of records perhaps, need not wait for the commit.
  item.job = nullptr;
  group.weight += item.weight;
  group.is_urgent = group.is_urgent || item.urgency == Urgency::at_once;
  group.jobs.push_back({std::move(item.done), std::move(result)});
}

void LedgerThread::Impl::commit(Group& group) {
  const MonoTime before = clock_.now_mono();
  auto committed = ledger_->commit();
  if (observer_) observer_(group.jobs.size(), clock_.now_mono() - before);
  for (Finished& job : group.jobs) {
    if (!committed && job.result) job.result = fail(Error(committed.error()));
    if (job.done) job.done(std::move(job.result));
  }
}

void LedgerThread::Impl::run() {
  while (auto first = wait_for_first()) {
    auto begun = ledger_->begin();
    if (!begun) {
      if (first->done) first->done(std::move(begun));
      continue;
    }
    Group group;
    group.closes_at = first->posted + kLongestWait;
    add_to(group, std::move(*first));
    while (auto next = next_for(group)) add_to(group, std::move(*next));
    commit(group);
  }
  // Closed by the thread that used it.
  ledger_.reset();
}

LedgerThread::LedgerThread(std::unique_ptr<Ledger> ledger, CommitObserver observer)
    : impl_(std::make_unique<Impl>(std::move(ledger), std::move(observer))) {}

LedgerThread::~LedgerThread() = default;

void LedgerThread::post(Job job, Done done, Urgency urgency, std::size_t weight) {
  impl_->post(std::move(job), std::move(done), urgency, weight);
}

Result<void> LedgerThread::run(Job job) {
  std::mutex mutex;
  std::condition_variable finished;
  std::optional<Result<void>> result;
  post(std::move(job), [&](Result<void> outcome) {
    const std::lock_guard lock(mutex);
    result.emplace(std::move(outcome));
    finished.notify_one();
  });
  std::unique_lock lock(mutex);
  finished.wait(lock, [&] { return result.has_value(); });
  return std::move(*result);
}

std::uint64_t LedgerThread::key_seed() const {
  return impl_->key_seed();
}

void LedgerThread::stop() {
  impl_->stop();
}

}  // namespace devicebatch::ledger
