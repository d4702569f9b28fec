#include "ledger/inline_queue.hpp"

#include "unit/ledger/delivery_desk.hpp"
#include <catch2/catch.hpp>

using namespace devicebatch;
using namespace devicebatch::ledger;

namespace {

JobQueue::Job pause_job(std::string code) {
  return [code](Ledger& ledger) -> Result<void> {
    return ledger.delivery().pause_account("main", code, "why", at(1));
  };
}

std::string paused_code(JobQueue& queue) {
  std::string code;
  ok(queue.run([&](Ledger& ledger) -> Result<void> {
    auto account = ledger.delivery().account("main");
    if (!account) return fail(Error(account.error()));
    code = account->paused_code;
    return {};
  }));
  return code;
}

}  // namespace

TEST_CASE("an inline job is committed before its completion is called") {
  LedgerDesk desk;
  const std::uint64_t seed = desk->key_seed();
  int completions = 0;
  {
    InlineQueue queue(desk.take());
    CHECK(queue.key_seed() == seed);
    queue.post(pause_job("a"), [&](Result<void> result) {
      ok(std::move(result));
      ++completions;
    });
    CHECK(completions == 1);
    queue.post(pause_job("b"), nullptr, Urgency::when_convenient, 5);
  }
  desk.open();
  CHECK(desk.now([&] { return desk->delivery().account("main"); }).paused_code == "b");
}

TEST_CASE("a completion that posts again does not recurse") {
  LedgerDesk desk;
  InlineQueue queue(desk.take());
  int rounds = 0;
  int depth = 0;
  int deepest = 0;
  std::function<void(Result<void>)> again = [&](Result<void> result) {
    ok(std::move(result));
    deepest = std::max(deepest, ++depth);
    if (++rounds < 50) queue.post(pause_job(std::to_string(rounds)), again);
    --depth;
  };
  queue.post(pause_job("0"), again);
  CHECK(rounds == 50);
  CHECK(deepest == 1);
  CHECK(paused_code(queue) == "49");
}

TEST_CASE("a completion can wait for a job of its own, behind what was posted before") {
  LedgerDesk desk;
  InlineQueue queue(desk.take());
  std::vector<std::string> seen;
  queue.post(pause_job("a"), [&](Result<void>) {
    queue.post(pause_job("b"), [&](Result<void>) { seen.push_back("b done"); });
    seen.push_back(paused_code(queue));
  });
  CHECK(seen == std::vector<std::string>{"b done", "b"});
}

TEST_CASE("an inline job that fails leaves no trace and the queue goes on") {
  LedgerDesk desk;
  InlineQueue queue(desk.take());
  const auto failed = queue.run([](Ledger& ledger) -> Result<void> {
    ok(ledger.delivery().pause_account("main", "x", "why", at(1)));
    return fail(Errc::cancelled, "changed my mind");
  });
  CHECK(error_of(failed) == Errc::cancelled);
  CHECK(paused_code(queue).empty());
  ok(queue.run(pause_job("y")));
  CHECK(paused_code(queue) == "y");
}
