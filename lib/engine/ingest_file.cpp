#include "engine/ingest_file.hpp"

#include "base/limits.hpp"
#include "record/finding_codes.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <future>

namespace devicebatch::engine {

using record::RecordBatch;

namespace {

constexpr std::size_t kEndBytes = 64 * 1024;

// Reads exactly what is there in [offset, offset + size), which a shrinking file may cut short.
Result<void> add_range(const spool::FileHandle& handle, std::uint64_t offset, std::size_t size,
                       Sha256& digest) {
  std::string buffer(size, '\0');
  std::size_t have = 0;
  while (have < size) {
    const Result<std::size_t> got = handle.read_at(offset + have, std::span(buffer).subspan(have));
    if (!got) return fail(Error(got.error()));
    if (*got == 0) break;
    have += *got;
  }
  digest.add(std::string_view(buffer).substr(0, have));
  return {};
}

std::uint64_t finish_fingerprint(Sha256& digest) {
  std::uint64_t fingerprint = 0;
  std::memcpy(&fingerprint, digest.finish().data(), sizeof fingerprint);
  return fingerprint;
}

// Of the size and the first and last 64 KiB: finds files that may be equal without reading them.
Result<std::uint64_t> fingerprint_of(const spool::FileHandle& handle, std::uint64_t size) {
  Sha256 digest;
  digest.add(std::to_string(size) + "\n");
  const auto head = static_cast<std::size_t>(std::min<std::uint64_t>(size, kEndBytes));
  Result<void> added = add_range(handle, 0, head, digest);
  if (added && size > head) added = add_range(handle, size - head, head, digest);
  if (!added) return fail(std::move(added.error()));
  return finish_fingerprint(digest);
}

// The same of a file that is in memory already.
std::uint64_t fingerprint_of(std::string_view bytes) {
  Sha256 digest;
  digest.add(std::to_string(bytes.size()) + "\n");
  digest.add(bytes.substr(0, kEndBytes));
  if (bytes.size() > kEndBytes) digest.add(bytes.substr(bytes.size() - kEndBytes));
  return finish_fingerprint(digest);
}

// What tells two looks at a file apart.
struct FileStamp {
  std::uint64_t size = 0;
  std::int64_t modified_ns = 0;
  bool operator==(const FileStamp&) const = default;
};

Result<FileStamp> stamp_of(const spool::FileHandle& handle) {
  struct stat status {};
  if (fstat(handle.descriptor(), &status) != 0) return fail(system_error(errno, "fstat"));
  FileStamp stamp;
  stamp.size = static_cast<std::uint64_t>(status.st_size);
  stamp.modified_ns = std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec;
  return stamp;
}

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

}  // namespace

struct FileIngest::Reading {
  spool::FileHandle handle;
  FileStamp stamp;
  ClaimedFile file;
  ledger::IntakeSummary summary;
  // Set on the ledger thread when a batch could not be stored; nothing after it may be completed.
  std::shared_ptr<std::atomic<bool>> has_failed = std::make_shared<std::atomic<bool>>(false);

  void take_over(const format::FileReport& report) {
    summary.encoding = report.encoding;
    summary.dialect = report.dialect;
    summary.warnings = report.warnings;
    summary.holds_secret = report.holds_secret;
    if (report.refusal || !file.rows || *file.rows == report.rows) return;
    summary.warnings.push_back(
        record::make_finding(record::Code::manifest_rows_differ,
                             {std::to_string(*file.rows), std::to_string(report.rows)}));
  }
};

void FileIngest::ingest(const spool::DropFolder& folder, const ClaimedFile& file,
                        Completions& completions, const Completion::Done& done) const {
  Reading reading;
  reading.file = file;
  Result<spool::FileHandle> handle = folder.open_claimed(file.claim_name);
  if (!handle) return done(fail(std::move(handle.error())));
  reading.handle = std::move(*handle);
  Result<FileStamp> stamp = stamp_of(reading.handle);
  if (!stamp) return done(fail(std::move(stamp.error())));
  reading.stamp = *stamp;
  const bool is_small = stamp->size <= limits::kWindowBytes;
  Result<Completion> read = is_small ? read_small(reading) : read_large(reading);
  if (!read) return done(fail(std::move(read.error())));
  read->file = std::move(reading.file);
  read->summary = std::move(reading.summary);
  read->has_failed = reading.has_failed;
  read->now = clock_.now_utc();
  read->done = done;
  completions.add(std::move(*read));
  if (!is_small) completions.finish();
}

// A file that was read in part goes on behind the last row that is stored.
format::ReadOptions FileIngest::options_for(const ClaimedFile& file) const {
  format::ReadOptions options = options_;
  options.resume_after_line = file.last_line;
  return options;
}

Result<Completion> FileIngest::read_small(Reading& reading) const {
  Result<std::string> bytes = read_whole(reading.handle, reading.stamp.size);
  if (!bytes) return fail(std::move(bytes.error()));
  reading.summary.fingerprint = fingerprint_of(*bytes);
  reading.summary.sha256 = sha256(std::string_view(*bytes));
  Completion completion;
  format::MemorySource source(*bytes);
  const format::ReadOptions options = options_for(reading.file);
  const auto keep = [&completion](std::unique_ptr<RecordBatch> batch) -> Result<void> {
    completion.batches.push_back(std::move(batch));
    return {};
  };
  Result<format::FileReport> report = format::read_submission(source, checker_, options, keep);
  if (!report) return fail(std::move(report.error()));
  reading.take_over(*report);
  completion.may_repeat = reading.file.last_line == 0;
  completion.refusal = std::move(report->refusal);
  const Result<FileStamp> after = stamp_of(reading.handle);
  if (!after) return fail(Error(after.error()));
  if (*after != reading.stamp)
    completion.refusal = record::make_finding(record::Code::file_changed);
  return completion;
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
  Result<Digest> digest = reading.handle.digest();
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
  const format::ReadOptions options = options_for(reading.file);
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

Result<Completion> FileIngest::read_large(Reading& reading) const {
  Result<std::uint64_t> fingerprint = fingerprint_of(reading.handle, reading.stamp.size);
  if (!fingerprint) return fail(std::move(fingerprint.error()));
  reading.summary.fingerprint = *fingerprint;
  Result<std::optional<SubmissionId>> first = find_repeat(reading);
  if (!first) return fail(std::move(first.error()));
  Completion completion;
  completion.may_repeat = first->has_value();
  if (!completion.may_repeat) {
    // A thread of its own: workers waiting for workers would wait for each other.
    auto digest =
        std::async(std::launch::async, [&handle = reading.handle] { return handle.digest(); });
    Result<format::FileReport> report = store_rows(reading);
    Result<Digest> sha256 = digest.get();
    if (!report) return fail(std::move(report.error()));
    if (!sha256) return fail(std::move(sha256.error()));
    reading.summary.sha256 = *sha256;
    reading.take_over(*report);
    completion.refusal = std::move(report->refusal);
    Result<FileStamp> after = stamp_of(reading.handle);
    if (!after) return fail(std::move(after.error()));
    if (*after != reading.stamp)
      completion.refusal = record::make_finding(record::Code::file_changed);
  }
  return completion;
}

}  // namespace devicebatch::engine
