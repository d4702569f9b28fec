#include "engine/completion.hpp"

#include "ledger/open.hpp"

#include <catch2/catch.hpp>

#include <future>

namespace devicebatch::engine {
namespace {

constexpr UtcTime kNow{std::chrono::milliseconds(1'800'000'000'000)};

class Intake {
 public:
  Intake() : thread_(open()) {}

  ledger::LedgerThread& thread() { return thread_; }

  // A claimed file of one row, read and ready to be stored.
  Completion completion_of_file(std::uint64_t number) {
    Completion completion;
    REQUIRE(thread_.run([&](ledger::Ledger& ledger) -> Result<void> {
      const auto destination =
          ledger.intake().ensure_destination(Uuid::random(random_), "LINE", "contoso");
      if (!destination) return fail(Error(destination.error()));
      ledger::SeenFile seen;
      seen.uuid = Uuid::random(random_);
      seen.source = "line";
      seen.destination = *destination;
      seen.name = "file-" + std::to_string(number) + ".csv";
      const auto ids = ledger.intake().record_seen({&seen, 1}, kNow);
      if (!ids) return fail(Error(ids.error()));
      completion.file.submission = ids->front();
      completion.file.destination = *destination;
      return {};
    }));
    auto batch = std::make_shared<record::RecordBatch>();
    record::BatchRow row;
    row.line = 2;
    row.serial = batch->keep("CONTOSO-" + std::to_string(number));
    row.keys[0] = number;
    batch->rows.push_back(row);
    completion.batches.push_back(std::move(batch));
    completion.has_failed = std::make_shared<std::atomic<bool>>(false);
    completion.now = kNow;
    return completion;
  }

 private:
  std::unique_ptr<ledger::Ledger> open() {
    auto opened = ledger::open_ledger(":memory:", random_);
    REQUIRE(opened);
    return std::move(*opened);
  }

  SystemRandom random_;
  ledger::LedgerThread thread_;
};

std::future<Result<Acceptance>> add(Completions& completions, Completion completion) {
  auto answer = std::make_shared<std::promise<Result<Acceptance>>>();
  completion.done = [answer](Result<Acceptance> result) { answer->set_value(std::move(result)); };
  completions.add(std::move(completion));
  return answer->get_future();
}

// Not fulfilled within this time: something was forgotten.
Result<Acceptance> wait_for(std::future<Result<Acceptance>>& answer) {
  REQUIRE(answer.wait_for(std::chrono::seconds(20)) == std::future_status::ready);
  return answer.get();
}

}  // namespace

TEST_CASE("every file of a group is answered with its own submission") {
  Intake intake;
  Completions completions(intake.thread());
  std::vector<SubmissionId> submissions;
  std::vector<std::future<Result<Acceptance>>> answers;
  for (std::uint64_t number = 1; number <= 100; ++number) {
    Completion completion = intake.completion_of_file(number);
    submissions.push_back(completion.file.submission);
    answers.push_back(add(completions, std::move(completion)));
  }
  completions.finish();
  for (std::size_t at = 0; at < answers.size(); ++at) {
    const Result<Acceptance> answer = wait_for(answers[at]);
    REQUIRE(answer);
    CHECK(answer->summary.id == submissions[at]);
    CHECK(answer->summary.state == ledger::SubmissionState::pending);
    CHECK(answer->summary.records == 1);
  }
}

TEST_CASE("a file that cannot be stored leaves the others of its group alone") {
  Intake intake;
  Completions completions(intake.thread());
  std::vector<std::future<Result<Acceptance>>> answers;
  for (std::uint64_t number = 1; number <= 5; ++number) {
    Completion completion = intake.completion_of_file(number);
    if (number == 3) *completion.has_failed = true;
    answers.push_back(add(completions, std::move(completion)));
  }
  completions.finish();
  for (std::size_t at = 0; at < answers.size(); ++at) {
    const Result<Acceptance> answer = wait_for(answers[at]);
    CHECK(answer.has_value() == (at != 2));
    if (answer) CHECK(answer->summary.records == 1);
  }
}

TEST_CASE("the last full step of a group is committed without waiting for more") {
  Intake intake;
  Completions completions(intake.thread());
  std::vector<std::future<Result<Acceptance>>> answers;
  // As many as one step holds: nothing waits when the group ends.
  for (std::uint64_t number = 1; number <= 32; ++number) {
    answers.push_back(add(completions, intake.completion_of_file(number)));
  }
  completions.finish();
  for (auto& answer : answers) CHECK(wait_for(answer));
}

TEST_CASE("files are answered when the ledger closes") {
  Intake intake;
  Completions completions(intake.thread());
  auto completion = intake.completion_of_file(1);
  intake.thread().stop();
  auto answer = add(completions, std::move(completion));
  completions.finish();
  const Result<Acceptance> result = wait_for(answer);
  REQUIRE_FALSE(result);
  CHECK(result.error().code() == Errc::cancelled);
}

}  // namespace devicebatch::engine
