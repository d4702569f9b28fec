#include "ledger/ledger_thread.hpp"

#include "base/clock.hpp"
#include "base/limits.hpp"

#include "unit/ledger/ledger_desk.hpp"
#include <catch2/catch.hpp>

#include <atomic>
#include <condition_variable>
#include <future>
#include <mutex>
#include <thread>

using namespace devicebatch;
using namespace devicebatch::ledger;

namespace {

constexpr std::chrono::seconds kPatience{60};

// What completions brought, and how many jobs each commit carried.
class Log {
 public:
  LedgerThread::Done done() {
    return [this](Result<void> result) {
      const std::lock_guard lock(mutex_);
      results_.push_back(std::move(result));
      changed_.notify_all();
    };
  }
  LedgerThread::CommitObserver observer() {
    return [this](std::size_t jobs, std::chrono::nanoseconds) {
      const std::lock_guard lock(mutex_);
      commits_.push_back(jobs);
    };
  }
  std::vector<Result<void>> wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    REQUIRE(changed_.wait_for(lock, kPatience, [&] { return results_.size() >= count; }));
    return results_;
  }
  std::vector<std::size_t> commits() {
    const std::lock_guard lock(mutex_);
    return commits_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Result<void>> results_;
  std::vector<std::size_t> commits_;
};

// A job that holds the ledger's thread until the test lets go.
class Gate {
 public:
  LedgerThread::Job job() {
    return [this](Ledger&) -> Result<void> {
      entered_.set_value();
      opened_.get_future().wait();
      return {};
    };
  }
  void wait_until_entered() { entered_.get_future().wait(); }
  void open() { opened_.set_value(); }

 private:
  std::promise<void> entered_;
  std::promise<void> opened_;
};

LedgerThread::Job add_destination(const std::string& batch) {
  return [batch](Ledger& ledger) -> Result<void> {
    auto added =
        ledger.intake().ensure_destination(Uuid(std::array<std::uint8_t, 16>{1}), batch, "main");
    if (!added) return fail(Error(added.error()));
    return {};
  };
}

std::size_t destinations_in(LedgerThread& thread) {
  std::size_t count = 0;
  ok(thread.run([&](Ledger& ledger) -> Result<void> {
    count = ok(ledger.delivery().destinations()).size();
    return {};
  }));
  return count;
}

}  // namespace

TEST_CASE("a lone job is committed at once") {
  LedgerDesk desk;
  const std::uint64_t seed = desk->key_seed();
  Log log;
  LedgerThread thread(desk.take(), log.observer());
  CHECK(thread.key_seed() == seed);
  ok(thread.run(add_destination("a")));
  CHECK(log.commits() == std::vector<std::size_t>{1});
  thread.stop();
  desk.open();
  CHECK(desk.now([&] { return desk->delivery().destinations(); }).size() == 1);
}

TEST_CASE("jobs that are queued together share a commit, and run in order") {
  LedgerDesk desk;
  Log log;
  LedgerThread thread(desk.take(), log.observer());
  Gate gate;
  thread.post(gate.job(), log.done());
  gate.wait_until_entered();
  std::vector<int> order;
  for (int job = 0; job < 20; ++job) {
    thread.post(
        [&order, job](Ledger& ledger) {
          order.push_back(job);
          return add_destination(std::to_string(job))(ledger);
        },
        log.done());
  }
  gate.open();
  log.wait_for(21);
  CHECK(log.commits() == std::vector<std::size_t>{21});
  CHECK(std::is_sorted(order.begin(), order.end()));
  CHECK(destinations_in(thread) == 20);
}

TEST_CASE("a job that fails undoes itself and no other") {
  LedgerDesk desk;
  Log log;
  LedgerThread thread(desk.take(), log.observer());
  Gate gate;
  thread.post(gate.job(), log.done());
  gate.wait_until_entered();
  thread.post(add_destination("a"), log.done());
  thread.post(
      [](Ledger& ledger) -> Result<void> {
        ok(add_destination("b")(ledger));
        return fail(Errc::rejected, "no");
      },
      log.done());
  thread.post(add_destination("c"), log.done());
  gate.open();
  const auto results = log.wait_for(4);
  CHECK(results[1]);
  CHECK(error_of(results[2]) == Errc::rejected);
  CHECK(results[3]);
  CHECK(destinations_in(thread) == 2);
}

TEST_CASE("bulk jobs wait for company, but not for ever") {
  LedgerDesk desk;
  Log log;
  LedgerThread thread(desk.take(), log.observer());
  thread.post(add_destination("a"), log.done(), Urgency::when_convenient, 10);
  thread.post(add_destination("b"), log.done(), Urgency::when_convenient, 10);
  log.wait_for(2);
  thread.post(add_destination("c"), log.done(), Urgency::when_convenient,
              limits::kRecordsPerCommit);
  log.wait_for(3);
  CHECK(destinations_in(thread) == 3);
}

TEST_CASE("an urgent job takes waiting bulk along") {
  LedgerDesk desk;
  Log log;
  LedgerThread thread(desk.take(), log.observer());
  Gate gate;
  thread.post(gate.job(), log.done(), Urgency::when_convenient, 1);
  gate.wait_until_entered();
  thread.post(add_destination("a"), log.done(), Urgency::when_convenient, 10);
  thread.post(add_destination("b"), log.done(), Urgency::at_once);
  gate.open();
  log.wait_for(3);
  CHECK(log.commits().front() == 3);
}

TEST_CASE("readers cannot outrun the ledger") {
  LedgerDesk desk;
  Log log;
  LedgerThread thread(desk.take(), log.observer());
  Gate gate;
  thread.post(gate.job(), log.done());
  gate.wait_until_entered();
  std::atomic<std::size_t> posted{0};
  std::thread reader([&] {
    for (std::size_t job = 0; job < limits::kBatchesInFlight * 3; ++job) {
      thread.post(add_destination("a"), log.done(), Urgency::when_convenient, 1);
      ++posted;
    }
  });
  const SystemClock clock;
  const MonoTime deadline = clock.now_mono() + kPatience;
  while (posted < limits::kBatchesInFlight && clock.now_mono() < deadline) {
    std::this_thread::yield();
  }
  // Jobs without weight are not held back.
  thread.post(add_destination("b"), log.done());
  CHECK(posted == limits::kBatchesInFlight);
  gate.open();
  reader.join();
  log.wait_for(limits::kBatchesInFlight * 3 + 2);
}

TEST_CASE("stopping finishes what is queued and refuses the rest") {
  LedgerDesk desk;
  Log log;
  LedgerThread thread(desk.take(), log.observer());
  for (int job = 0; job < 50; ++job) {
    thread.post(add_destination(std::to_string(job)), log.done(), Urgency::when_convenient);
  }
  thread.stop();
  for (const auto& result : log.wait_for(50)) CHECK(result);
  CHECK(error_of(thread.run(add_destination("late"))) == Errc::cancelled);
  thread.stop();
  desk.open();
  CHECK(desk.now([&] { return desk->delivery().destinations(); }).size() == 50);
}

TEST_CASE("many threads may post at once") {
  LedgerDesk desk;
  Log log;
  LedgerThread thread(desk.take(), log.observer());
  std::vector<std::thread> posters;
  std::atomic<int> refused{0};
  for (int poster = 0; poster < 4; ++poster) {
    posters.emplace_back([&, poster] {
      for (int job = 0; job < 25; ++job) {
        const std::string batch = std::to_string(poster * 100 + job);
        if (job % 5 == 0) {
          refused += thread.run(add_destination(batch)) ? 0 : 1;
        } else {
          thread.post(add_destination(batch), log.done(), Urgency::when_convenient, 1);
        }
      }
    });
  }
  for (auto& poster : posters) poster.join();
  log.wait_for(80);
  CHECK(refused == 0);
  CHECK(destinations_in(thread) == 100);
}
