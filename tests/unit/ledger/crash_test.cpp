#include "ledger/ledger_thread.hpp"

#include "unit/ledger/faulty_files.hpp"
#include "unit/ledger/killed_child.hpp"
#include <catch2/catch.hpp>

#include <atomic>
#include <filesystem>

using namespace devicebatch;
using namespace devicebatch::ledger;

namespace {

constexpr IndexLimits kManyMerges{300, 3};
constexpr std::uint64_t kBatches = 30;
constexpr std::uint64_t kRows = 20;

std::vector<record::RecordBatch> make_batches(std::uint64_t key_seed) {
  std::vector<record::RecordBatch> batches;
  for (std::uint64_t number = 0; number < kBatches; ++number) {
    BatchBuilder builder(key_seed, 2 + number * kRows);
    builder.devices(1 + number * kRows, kRows);
    batches.push_back(std::move(builder.batch()));
  }
  return batches;
}

// One transaction for each batch; a child that is killed in the middle leaves what it had
// committed.
Result<void> ingest(LedgerDesk& desk, SubmissionId id,
                    const std::vector<record::RecordBatch>& batches) {
  for (const auto& batch : batches) {
    auto appended = desk.in_transaction([&]() -> Result<void> {
      auto counts = desk->intake().append(id, batch, at(5));
      if (!counts) return fail(Error(counts.error()));
      return {};
    });
    if (!appended) return appended;
  }
  return {};
}

int ingest_in_child(LedgerDesk& desk, SubmissionId id,
                    const std::vector<record::RecordBatch>& batches, int kill_at) {
  return run_in_child(desk, kill_at, [&] { return ingest(desk, id, batches).has_value(); });
}

}  // namespace

TEST_CASE("a kill at any write leaves whole batches, and every key finds its record") {
  std::vector<record::RecordBatch> batches;
  int writes = 0;
  {
    LedgerDesk desk(kManyMerges);
    batches = make_batches(desk->key_seed());
    writes = ingest_in_child(desk, desk.claimed("a.csv"), batches, 0);
    REQUIRE(writes > 300);
    desk.check_soundness();
  }
  // A prime step, so that all parts of a commit are hit.
  for (int kill_at = 1; kill_at < writes; kill_at += 37) {
    INFO("killed at write " << kill_at << " of " << writes);
    LedgerDesk desk(kManyMerges);
    const SubmissionId id = desk.claimed("a.csv");
    REQUIRE(ingest_in_child(desk, id, batches, kill_at) == kill_at);
    const std::uint64_t stored = desk.summary(id).records;
    CHECK(stored % kRows == 0);
    CHECK(stored < kBatches * kRows);
    const auto open = desk.now([&] { return desk->intake().unfinished_intake(); });
    CHECK(open.at(0).last_line == (stored == 0 ? 0 : stored + 1));
    desk.check_soundness();
    // Everything once more: what was stored is known, the rest is not.
    const SubmissionId again = desk.claimed("again.csv");
    ok(ingest(desk, again, batches));
    const auto verdicts = desk.summary(again).verdicts;
    CHECK(verdicts[static_cast<std::size_t>(Verdict::duplicate)] == stored);
    CHECK(verdicts[0] == kBatches * kRows - stored);
    desk.check_soundness();
  }
}

TEST_CASE("a full disk undoes the commit, and the ledger goes on when there is space") {
  LedgerDesk desk(kManyMerges);
  const auto batches = make_batches(desk->key_seed());
  const SubmissionId id = desk.claimed("a.csv");
  std::uint64_t stored = 0;
  for (int round = 0; round < 12; ++round) {
    Errc code = Errc::cancelled;
    {
      FaultyFiles files([&](int number) { return number > 3 + round * 7 ? ENOSPC : 0; });
      const auto failed = ingest(desk, id, batches);
      if (!failed) code = failed.error().code();
    }
    CHECK(code == Errc::full);
    const std::uint64_t now_stored = desk.summary(id).records;
    CHECK(now_stored % kRows == 0);
    CHECK(now_stored >= stored);
    stored = now_stored;
    desk.check_soundness();
  }
  ok(ingest(desk, id, batches));
  CHECK(desk.summary(id).verdicts[0] == kBatches * kRows);
  desk.check_soundness();
}

TEST_CASE("a disk that fails for a moment costs one commit") {
  LedgerDesk desk(kManyMerges);
  const auto batches = make_batches(desk->key_seed());
  const SubmissionId id = desk.claimed("a.csv");
  for (int fail_at : {1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233}) {
    INFO("write " << fail_at << " fails");
    {
      FaultyFiles files([&](int number) { return number == fail_at ? EIO : 0; });
      const auto failed = ingest(desk, id, batches);
      if (!failed) CHECK(failed.error().code() == Errc::transient);
    }
    CHECK(desk.summary(id).records % kRows == 0);
    desk.check_soundness();
  }
  ok(ingest(desk, id, batches));
  CHECK(desk.summary(id).verdicts[0] == kBatches * kRows);
  desk.check_soundness();
}

TEST_CASE("a ledger whose file was replaced says so for ever") {
  LedgerDesk desk;
  const SubmissionId id = desk.claimed("a.csv");
  const auto batches = make_batches(desk->key_seed());
  ok(desk->begin());
  ok(desk->attempt([&]() -> Result<void> {
    auto counts = desk->intake().append(id, batches[0], at(5));
    if (!counts) return fail(Error(counts.error()));
    return {};
  }));
  {
    FaultyFiles files([](int number) { return number == 1 ? EIO : 0; });
    std::filesystem::remove(desk.path());
    SECTION("by a directory") {
      std::filesystem::create_directory(desk.path());
    }
    SECTION("by an empty file") {
      support::write_file(desk.path(), "");
    }
    SECTION("by nothing") {}
    CHECK(error_of(desk->commit()) == Errc::corrupt);
  }
  CHECK(error_of(desk->begin()) == Errc::corrupt);
  CHECK(error_of(desk->attempt([]() -> Result<void> { return {}; })) == Errc::corrupt);
  CHECK(error_of(desk->commit()) == Errc::corrupt);
}

TEST_CASE("a commit that fails gives its error to every job of the group") {
  LedgerDesk desk;
  const SubmissionId id = desk.claimed("a.csv");
  const auto batches = make_batches(desk->key_seed());
  LedgerThread thread(desk.take());
  std::atomic<bool> is_full{false};
  const auto job = [&](std::size_t batch, bool fill) {
    return [&, batch, fill](Ledger& ledger) -> Result<void> {
      auto counts = ledger.intake().append(id, batches[batch], at(5));
      if (!counts) return fail(Error(counts.error()));
      is_full = fill;
      return {};
    };
  };
  ok(thread.run(job(0, false)));
  {
    FaultyFiles files([&](int) { return is_full ? ENOSPC : 0; });
    CHECK(error_of(thread.run(job(1, true))) == Errc::full);
    // From here on the job itself fails, and then even the transaction cannot begin.
    CHECK(error_of(thread.run(job(2, true))) == Errc::full);
    CHECK(error_of(thread.run(job(3, true))) == Errc::full);
  }
  ok(thread.run(job(2, false)));
  thread.stop();
  desk.open();
  CHECK(desk.summary(id).records == 2 * kRows);
  desk.check_soundness();
}
