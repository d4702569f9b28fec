// ledger/ledger_desk.hpp - a real ledger in a folder of its own, and batches to put into it.
#pragma once

#include "base/random.hpp"
#include "ledger/sqlite_ledger.hpp"
#include "record/row_checker.hpp"
#include "support/device_files.hpp"
#include "support/temp_dir.hpp"

#include <catch2/catch.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace devicebatch::ledger {

// The value, or the failure of the test with the error's words.
template <class T>
T ok(Result<T> result) {
  if (!result)
    FAIL(std::string(to_string(result.error().code())) + ": " + result.error().message());
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

// The code of an expected error.
template <class T>
Errc error_of(const Result<T>& result) {
  REQUIRE_FALSE(result);
  return result.error().code();
}

constexpr UtcTime at(std::int64_t seconds) {
  return UtcTime(std::chrono::seconds(1'800'000'000 + seconds));
}

class LedgerDesk {
 public:
  explicit LedgerDesk(IndexLimits limits = {}) : limits_(limits) { open(); }

  void open() { ledger_ = ok(open_sqlite_ledger(path(), random_, limits_)); }
  void close() { ledger_.reset(); }
  void reopen() {
    close();
    open();
  }
  std::string path() const { return (folder_ / "ledger.db").string(); }

  Ledger& operator*() { return *ledger_; }
  Ledger* operator->() { return ledger_.get(); }
  std::unique_ptr<Ledger> take() { return std::move(ledger_); }

  // One job in a transaction of its own; its error, or the commit's.
  Result<void> in_transaction(const std::function<Result<void>()>& job);
  // The same for a verb with an answer, which must succeed.
  template <class Verb>
  auto now(Verb verb) {
    using Answer = decltype(verb());
    Answer answer = fail(Errc::cancelled, "not run");
    ok(in_transaction([&]() -> Result<void> {
      answer = verb();
      if (!answer) return fail(Error(answer.error()));
      return {};
    }));
    return ok(std::move(answer));
  }
  // The same for a verb that must fail: its code.
  template <class Verb>
  Errc refusal(Verb verb) {
    return error_of(in_transaction([&]() -> Result<void> {
      auto answer = verb();
      if (!answer) return fail(Error(answer.error()));
      return {};
    }));
  }

  DestinationId destination();
  // Another batch of the same customer, or of another one.
  DestinationId other_batch(const std::string& batch = "Batch B");
  DestinationId other_customer();
  // A file that is seen and claimed.
  SubmissionId claimed(const std::string& name, DestinationId into = {});
  AppendCounts append(SubmissionId submission, const record::RecordBatch& batch,
                      UtcTime when = at(10));
  void complete(SubmissionId submission, std::string_view content = "", UtcTime when = at(20));
  // Claimed, appended and complete.
  SubmissionId submission(const std::string& name, const record::RecordBatch& batch,
                          DestinationId into = {});
  std::vector<ResultRow> rows(SubmissionId submission);
  SubmissionSummary summary(SubmissionId submission);
  // Plans one chunk and brings it to `submitted`.
  ChunkRow submitted_chunk(std::size_t devices = 500, DestinationId from = {});
  void settle_all(const ChunkRow& chunk, Verdict verdict = Verdict::registered);
  ChunkRow chunk(ChunkId chunk);
  // verify() must find nothing.
  void check_soundness();

  Uuid uuid() { return Uuid::random(random_); }
  SeededRandom& random() { return random_; }

 private:
  support::TempDir folder_;
  IndexLimits limits_;
  SeededRandom random_{42};
  std::unique_ptr<Ledger> ledger_;
};

// Rows judged by the real RowChecker.
class BatchBuilder {
 public:
  explicit BatchBuilder(std::uint64_t key_seed, std::uint64_t first_line = 2);

  BatchBuilder& device(const support::HashSpec& spec);
  // Serial number and hash only, as Get-WindowsAutopilotInfo writes them.
  BatchBuilder& bare(const support::HashSpec& spec);
  BatchBuilder& devices(std::uint64_t start, std::uint64_t count);
  // Serial, maker and model only.
  BatchBuilder& tuple(const std::string& serial, const std::string& model = "Contoso Book 14");
  BatchBuilder& pkid(const std::string& pkid);
  BatchBuilder& rejected(const std::string& serial);
  // The latest row goes there, as its group tag says.
  BatchBuilder& to(DestinationId destination, const std::string& tag);
  // A row without a hash whose keys are given, right or wrong.
  BatchBuilder& keyed(const std::string& serial, const record::IdentityKeys& keys);

  record::RecordBatch& batch() { return batch_; }
  operator const record::RecordBatch&() const { return batch_; }

 private:
  void check(record::RawRow row);

  record::RowChecker checker_;
  record::RecordBatch batch_;
  std::uint64_t line_;
};

}  // namespace devicebatch::ledger
