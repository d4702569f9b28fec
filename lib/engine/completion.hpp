// engine/completion.hpp - the last step of intake: a submission becomes pending and is answered.
//
// Purpose:   many small files share a step. A savepoint for each of them costs the ledger as much
//            as storing their rows does.
// Lifecycle: add() for each file, finish() after the last; the object may go then.
// Threading: one thread adds; `done` is called on the ledger thread.
// Errors:    a file that cannot be stored gets its own error: those that shared its step are
//            stored once more, each alone. A failed commit is told to all.
#pragma once

#include "base/clock.hpp"
#include "ledger/ledger_thread.hpp"
#include "record/record_batch.hpp"

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace devicebatch::engine {

struct ClaimedFile {
  SubmissionId submission;
  DestinationId destination;
  std::string claim_name;
  std::uint64_t last_line = 0;             // rows up to here are stored already
  std::string name = {};                   // as it was dropped
  std::optional<std::uint64_t> rows = {};  // that its manifest counts
};

// What an acknowledgement says, read in the transaction that accepted the submission.
struct Acceptance {
  ledger::SubmissionSummary summary;
  std::vector<ledger::ResultRow> refused_rows;
};

// Inside a transaction of the ledger thread.
Result<Acceptance> read_acceptance(ledger::Ledger& ledger, SubmissionId submission);

struct Completion {
  // The submission is durably pending, or why it is not.
  using Done = std::function<void(Result<Acceptance>)>;

  ClaimedFile file;
  ledger::IntakeSummary summary;
  std::optional<record::Finding> refusal;
  std::vector<std::shared_ptr<record::RecordBatch>> batches;  // of a small file
  bool may_repeat = false;  // nothing of this file is stored so far
  // Set on the ledger thread when an earlier batch could not be stored.
  std::shared_ptr<std::atomic<bool>> has_failed;
  UtcTime now;
  Done done;
};

class Completions {
 public:
  explicit Completions(ledger::JobQueue& thread) : thread_(thread) {}

  void add(Completion completion);
  // Commits what was added, without waiting for more.
  void finish();

 private:
  void post(ledger::Urgency urgency);

  ledger::JobQueue& thread_;
  std::vector<Completion> waiting_;
  std::size_t rows_ = 0;
  bool has_posted_ = false;
};

}  // namespace devicebatch::engine
