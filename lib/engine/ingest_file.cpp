#include "engine/ingest_file.hpp"

#include "base/limits.hpp"
#include "record/finding_codes.hpp"

#include <atomic>
#include <future>

namespace devicebatch::engine {

using record::RecordBatch;

namespace {

// Rows named in an acknowledgement; the result file names them all.
constexpr std::size_t kRowsInAck = 20;

class HandleSource final : public format::ByteSource {
 public:
  explicit HandleSource(const spool::FileHandle& handle) : handle_(handle) {}
  Result<std::size_t> read(std::span<char> into) override { return handle_.read(into); }

 private:
  const spool::FileHandle& handle_;
};

Result<std::string> read_whole(const spool::FileHandle& handle, std::uint64_t size) {
  std::string bytes(static_cast<std::size_t>(size), '\0');
  std::size_t have = 0;
  while (have < bytes.size()) {
    const Result<std::size_t> got = handle.read(std::span(bytes).subspan(have));
    if (!got) return fail(Error(got.error()));
    if (*got == 0) break;
    have += *got;
  }
  bytes.resize(have);
  return bytes;
}

void take_over(ledger::IntakeSummary& summary, const format::FileReport& report) {
  summary.encoding = report.encoding;
  summary.dialect = report.dialect;
  summary.warnings = report.warnings;
}

}  // namespace

Result<Acceptance> read_acceptance(ledger::Ledger& ledger, SubmissionId submission) {
  Acceptance acceptance;
  Result<ledger::SubmissionSummary> summary = ledger.receipts().summary(submission);
  if (!summary) return fail(std::move(summary.error()));
  Result<std::vector<ledger::ResultRow>> rows =
      ledger.receipts().refused_rows(submission, kRowsInAck);
  if (!rows) return fail(std::move(rows.error()));
  acceptance.summary = std::move(*summary);
  acceptance.refused_rows = std::move(*rows);
  return acceptance;
}

struct FileIngest::Reading {
  spool::FileHandle handle;
  FileStamp stamp;
  ClaimedFile file;
  ledger::IntakeSummary summary;
  // Set on the ledger thread when a batch could not be stored; nothing after it may be completed.
  std::shared_ptr<std::atomic<bool>> has_failed = std::make_shared<std::atomic<bool>>(false);
};

namespace {

// The last step: one transaction that makes the submission pending and reads its acknowledgement.
struct Completion {
  ClaimedFile file;
  ledger::IntakeSummary summary;
  std::optional<record::Finding> refusal;
  std::vector<std::shared_ptr<RecordBatch>> batches;  // of a small file; stored here as well
  bool may_repeat = false;                            // nothing of this file is stored so far
  std::shared_ptr<std::atomic<bool>> has_failed;
  UtcTime now;

  Result<void> store(ledger::Ledger& ledger) const {
    ledger::IntakeVerbs& intake = ledger.intake();
    if (*has_failed) return fail(Errc::transient, "an earlier part could not be stored");
    if (may_repeat) {
      Result<std::optional<ledger::KnownFile>> known =
          intake.find_finished_file(file.destination, summary.sha256);
      if (!known) return fail(std::move(known.error()));
      if (*known) return intake.repeat_of(file.submission, summary, (*known)->id, now);
    }
    for (const auto& batch : batches) {
      Result<ledger::AppendCounts> counts = intake.append(file.submission, *batch, now);
      if (!counts) return fail(std::move(counts.error()));
    }
    if (refusal) return intake.refuse(file.submission, summary, *refusal, now);
    return intake.complete(file.submission, summary, now);
  }
};

void post_completion(ledger::LedgerThread& thread, Completion completion,
                     const FileIngest::Done& done) {
  std::size_t rows = 0;
  for (const auto& batch : completion.batches) rows += batch->rows.size();
  auto answer = std::make_shared<Acceptance>();
  auto job = [completion = std::move(completion), answer](ledger::Ledger& ledger) -> Result<void> {
    Result<void> stored = completion.store(ledger);
    if (!stored) return stored;
    Result<Acceptance> acceptance = read_acceptance(ledger, completion.file.submission);
    if (!acceptance) return fail(std::move(acceptance.error()));
    *answer = std::move(*acceptance);
    return {};
  };
  auto finished = [done, answer](Result<void> committed) {
    if (committed) {
      done(std::move(*answer));
    } else {
      done(fail(std::move(committed.error())));
    }
  };
  thread.post(std::move(job), std::move(finished), ledger::Urgency::at_once, rows);
}

}  // namespace

void FileIngest::ingest(const spool::DropFolder& folder, const ClaimedFile& file,
                        const Done& done) const {
  Reading reading;
  reading.file = file;
  Result<spool::FileHandle> handle = folder.open_claimed(file.claim_name);
  if (!handle) return done(fail(std::move(handle.error())));
  reading.handle = std::move(*handle);
  Result<FileStamp> stamp = stamp_of(reading.handle);
  if (!stamp) return done(fail(std::move(stamp.error())));
  reading.stamp = *stamp;
  Result<std::uint64_t> fingerprint = fingerprint_of(reading.handle, stamp->size);
  if (!fingerprint) return done(fail(std::move(fingerprint.error())));
  reading.summary.fingerprint = *fingerprint;
  Result<void> posted = stamp->size <= limits::kWindowBytes ? ingest_small(reading, done)
                                                            : ingest_large(reading, done);
  if (!posted) done(fail(std::move(posted.error())));
}

Result<void> FileIngest::ingest_small(Reading& reading, const Done& done) const {
  Result<std::string> bytes = read_whole(reading.handle, reading.stamp.size);
  if (!bytes) return fail(std::move(bytes.error()));
  reading.summary.sha256 = sha256(std::string_view(*bytes));
  Completion completion;
  format::MemorySource source(*bytes);
  const format::ReadOptions options{reading.file.last_line};
  const auto keep = [&completion](std::unique_ptr<RecordBatch> batch) -> Result<void> {
    completion.batches.push_back(std::move(batch));
    return {};
  };
  Result<format::FileReport> report = format::read_submission(source, checker_, options, keep);
  if (!report) return fail(std::move(report.error()));
  take_over(reading.summary, *report);
  completion.file = reading.file;
  completion.may_repeat = reading.file.last_line == 0;
  completion.summary = std::move(reading.summary);
  completion.refusal = std::move(report->refusal);
  completion.has_failed = reading.has_failed;
  completion.now = clock_.now_utc();
  post_completion(ledger_, std::move(completion), done);
  return {};
}

// A file that may be an old one is read twice, so that a repeat leaves no rows behind.
Result<std::optional<SubmissionId>> FileIngest::find_repeat(Reading& reading) const {
  std::optional<SubmissionId> first;
  if (reading.file.last_line > 0) return first;
  bool may_be_known = false;
  Result<void> asked = ledger_.run([&](ledger::Ledger& ledger) -> Result<void> {
    Result<bool> answer =
        ledger.intake().may_know_file(reading.file.destination, reading.summary.fingerprint);
    if (!answer) return fail(std::move(answer.error()));
    may_be_known = *answer;
    return {};
  });
  if (!asked) return fail(std::move(asked.error()));
  if (!may_be_known) return first;
  Result<Digest> digest = digest_of(reading.handle);
  if (!digest) return fail(std::move(digest.error()));
  asked = ledger_.run([&](ledger::Ledger& ledger) -> Result<void> {
    Result<std::optional<ledger::KnownFile>> known =
        ledger.intake().find_finished_file(reading.file.destination, *digest);
    if (!known) return fail(std::move(known.error()));
    if (*known) first = (*known)->id;
    return {};
  });
  if (!asked) return fail(std::move(asked.error()));
  reading.summary.sha256 = *digest;
  return first;
}

Result<format::FileReport> FileIngest::store_rows(Reading& reading) const {
  HandleSource source(reading.handle);
  const format::ReadOptions options{reading.file.last_line};
  const SubmissionId submission = reading.file.submission;
  const auto store = [&](std::unique_ptr<RecordBatch> owned) -> Result<void> {
    if (*reading.has_failed) return fail(Errc::transient, "an earlier part could not be stored");
    std::shared_ptr<RecordBatch> batch = std::move(owned);
    const std::size_t rows = batch->rows.size();
    const UtcTime now = clock_.now_utc();
    auto failed = reading.has_failed;
    auto job = [submission, batch, now, failed](ledger::Ledger& ledger) -> Result<void> {
      if (*failed) return fail(Errc::transient, "an earlier part could not be stored");
      Result<ledger::AppendCounts> counts = ledger.intake().append(submission, *batch, now);
      if (counts) return {};
      *failed = true;
      return fail(std::move(counts.error()));
    };
    auto done = [failed](Result<void> committed) {
      if (!committed) *failed = true;
    };
    ledger_.post(std::move(job), std::move(done), ledger::Urgency::when_convenient, rows);
    return {};
  };
  return format::read_submission(source, checker_, options, store);
}

Result<void> FileIngest::ingest_large(Reading& reading, const Done& done) const {
  Result<std::optional<SubmissionId>> first = find_repeat(reading);
  if (!first) return fail(std::move(first.error()));
  Completion completion;
  completion.file = reading.file;
  completion.has_failed = reading.has_failed;
  completion.may_repeat = first->has_value();
  if (!completion.may_repeat) {
    // A thread of its own: workers waiting for workers would wait for each other.
    auto digest =
        std::async(std::launch::async, [&handle = reading.handle] { return digest_of(handle); });
    Result<format::FileReport> report = store_rows(reading);
    Result<Digest> sha256 = digest.get();
    if (!report) return fail(std::move(report.error()));
    if (!sha256) return fail(std::move(sha256.error()));
    reading.summary.sha256 = *sha256;
    take_over(reading.summary, *report);
    completion.refusal = std::move(report->refusal);
    Result<FileStamp> after = stamp_of(reading.handle);
    if (!after) return fail(std::move(after.error()));
    if (*after != reading.stamp)
      completion.refusal = record::make_finding(record::Code::file_changed);
  }
  completion.summary = std::move(reading.summary);
  completion.now = clock_.now_utc();
  post_completion(ledger_, std::move(completion), done);
  return {};
}

}  // namespace devicebatch::engine
