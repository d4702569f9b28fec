#include "engine/completion.hpp"

namespace devicebatch::engine {
namespace {

// Rows named in an acknowledgement; the result file names them all.
constexpr std::size_t kRowsInAck = 20;

// One step: beyond some ten files nothing is gained, and the rows stay in memory until it is done.
constexpr std::size_t kFilesInStep = 32;
constexpr std::size_t kRowsInStep = 250;

std::size_t rows_of(const Completion& completion) {
  std::size_t rows = 0;
  for (const auto& batch : completion.batches) rows += batch->rows.size();
  return rows;
}

Result<void> store_submission(ledger::Ledger& ledger, const Completion& completion) {
  ledger::IntakeVerbs& intake = ledger.intake();
  const SubmissionId submission = completion.file.submission;
  const ledger::IntakeSummary& summary = completion.summary;
  const UtcTime now = completion.now;
  if (*completion.has_failed) return fail(Errc::transient, "an earlier part could not be stored");
  if (completion.may_repeat) {
    Result<std::optional<ledger::KnownFile>> known =
        intake.find_finished_file(completion.file.destination, summary.sha256);
    if (!known) return fail(std::move(known.error()));
    if (*known) return intake.repeat_of(submission, summary, (*known)->id, now);
  }
  for (const auto& batch : completion.batches) {
    Result<ledger::AppendCounts> counts = intake.append(submission, *batch, now);
    if (!counts) return fail(std::move(counts.error()));
  }
  if (completion.refusal) return intake.refuse(submission, summary, *completion.refusal, now);
  return intake.complete(submission, summary, now);
}

Result<Acceptance> accept(ledger::Ledger& ledger, const Completion& completion) {
  Result<void> stored = store_submission(ledger, completion);
  if (!stored) return fail(std::move(stored.error()));
  return read_acceptance(ledger, completion.file.submission);
}

// The files of one job of the ledger.
struct Step {
  std::vector<Completion> completions;
  std::vector<Acceptance> answers;
  bool is_stored = false;

  Result<void> store(ledger::Ledger& ledger) {
    answers.clear();
    for (const Completion& completion : completions) {
      Result<Acceptance> answer = accept(ledger, completion);
      if (!answer) return fail(std::move(answer.error()));
      answers.push_back(std::move(*answer));
    }
    // The rows need not wait for the commit.
    for (Completion& completion : completions) completion.batches.clear();
    is_stored = true;
    return {};
  }
};

struct Posting {
  ledger::Urgency urgency;
  std::size_t weight;
};

void post_step(ledger::JobQueue& thread, std::vector<Completion> completions,
               const Posting& posting);

void end_step(ledger::JobQueue& thread, Step& step, const Result<void>& committed) {
  const bool was_undone_by_one = !committed && !step.is_stored && step.completions.size() > 1;
  for (std::size_t at = 0; at < step.completions.size(); ++at) {
    Completion& completion = step.completions[at];
    if (committed) {
      completion.done(std::move(step.answers[at]));
    } else if (!was_undone_by_one) {
      completion.done(fail(Error(committed.error())));
    } else {
      // Without weight, as this is the ledger's thread, which must not wait for room.
      std::vector<Completion> alone;
      alone.push_back(std::move(completion));
      post_step(thread, std::move(alone), {ledger::Urgency::at_once, 0});
    }
  }
}

void post_step(ledger::JobQueue& thread, std::vector<Completion> completions,
               const Posting& posting) {
  auto step = std::make_shared<Step>();
  step->completions = std::move(completions);
  auto job = [step](ledger::Ledger& ledger) { return step->store(ledger); };
  auto done = [&thread, step](const Result<void>& committed) {
    end_step(thread, *step, committed);
  };
  thread.post(std::move(job), std::move(done), posting.urgency, posting.weight);
}

}  // namespace

Result<Acceptance> read_acceptance(ledger::Ledger& ledger, SubmissionId submission) {
  Result<ledger::SubmissionSummary> summary = ledger.receipts().summary(submission);
  if (!summary) return fail(std::move(summary.error()));
  Result<std::vector<ledger::ResultRow>> rows =
      ledger.receipts().refused_rows(submission, kRowsInAck);
  if (!rows) return fail(std::move(rows.error()));
  Acceptance acceptance;
  acceptance.summary = std::move(*summary);
  acceptance.refused_rows = std::move(*rows);
  return acceptance;
}

void Completions::add(Completion completion) {
  rows_ += rows_of(completion);
  waiting_.push_back(std::move(completion));
  if (waiting_.size() >= kFilesInStep || rows_ >= kRowsInStep) {
    post(ledger::Urgency::when_convenient);
  }
}

void Completions::finish() {
  if (waiting_.empty() && !has_posted_) return;
  post(ledger::Urgency::at_once);
  has_posted_ = false;
}

void Completions::post(ledger::Urgency urgency) {
  post_step(thread_, std::exchange(waiting_, {}), {urgency, std::exchange(rows_, 0)});
  has_posted_ = true;
}

}  // namespace devicebatch::engine
