#include "ledger/store/receipt_store.hpp"

#include "base/hex.hpp"
#include "ledger/store/replies.hpp"
#include "ledger/store/tally.hpp"

namespace devicebatch::ledger {
namespace {

constexpr const char* kSummarySql =
    "SELECT s.id, s.uuid, s.state, s.source, s.destination, s.name, s.claim_name, s.sha256,"
    " s.encoding, s.dialect, s.bytes, s.seen, s.accepted, s.finished, s.repeats, o.uuid,"
    " s.refusal_code, s.refusal_reason, s.refusal_fix, s.archived_as, o.records, o.open,"
    " o.verdict1, o.verdict2, o.verdict3, o.verdict4, o.verdict5, o.verdict6, o.verdict7,"
    " max(s.holds_secret, o.holds_secret)"
    " FROM submission s JOIN submission o ON o.id = ifnull(s.repeats, s.id) WHERE s.id = ?";
constexpr int kVerdictColumns = 21;

SubmissionSummary read_summary(const Statement& row) {
  SubmissionSummary summary;
  summary.id = row.id<SubmissionId>(0);
  summary.uuid = row.uuid(1);
  summary.state = row.as<SubmissionState>(2);
  summary.source = row.text(3);
  summary.destination = row.id<DestinationId>(4);
  summary.name = row.text(5);
  summary.claim_name = row.text(6);
  if (!row.is_null(7)) summary.sha256 = to_hex(row.bytes(7));
  summary.encoding = row.text(8);
  summary.dialect = row.text(9);
  summary.bytes = row.count(10);
  summary.seen_at = row.time(11);
  summary.accepted_at = row.time(12);
  summary.finished_at = row.time(13);
  summary.repeats = row.id<SubmissionId>(14);
  if (summary.repeats) summary.repeats_uuid = row.uuid(15);
  summary.refusal_code = row.text(16);
  summary.refusal_reason = row.text(17);
  summary.refusal_fix = row.text(18);
  summary.archived_as = row.text(19);
  summary.records = row.count(20);
  for (std::size_t at = 0; at < summary.verdicts.size(); ++at) {
    summary.verdicts[at] = row.count(kVerdictColumns + static_cast<int>(at));
  }
  summary.holds_secret =
      row.integer(kVerdictColumns + static_cast<int>(kFinalVerdicts.size()) + 1) != 0;
  return summary;
}

void add_warnings(Connection& db, SubmissionSummary& summary) {
  auto rows = db.query("SELECT code, reason FROM finding WHERE id BETWEEN ? AND ? ORDER BY id DESC",
                       (-summary.id.value - 1) * kFindingsPerRecord + 1,
                       -summary.id.value * kFindingsPerRecord);
  while (rows.step()) summary.warnings.push_back(rows.text(0) + ": " + rows.text(1));
}

}  // namespace

Result<SubmissionSummary> ReceiptStore::summary(SubmissionId submission) {
  SubmissionSummary summary;
  {
    auto row = db_.query(kSummarySql, submission.value);
    if (row.step()) summary = read_summary(row);
  }
  auto read = db_.outcome();
  if (!read) return fail(std::move(read.error()));
  if (!summary.id) return fail(Errc::not_found, "no such submission");
  add_warnings(db_, summary);
  return db_.returning(std::move(summary));
}

Result<std::optional<SubmissionSummary>> ReceiptStore::find_submission(const Uuid& uuid) {
  const SubmissionId id{
      db_.number("SELECT id FROM submission WHERE uuid = ?", Bytes(uuid.bytes()))};
  auto read = db_.outcome();
  if (!read) return fail(std::move(read.error()));
  if (!id) return std::optional<SubmissionSummary>();
  auto found = summary(id);
  if (!found) return fail(std::move(found.error()));
  return std::optional<SubmissionSummary>(std::move(*found));
}

Result<std::vector<SubmissionId>> ReceiptStore::settled_submissions(std::size_t at_most) {
  std::vector<SubmissionId> settled;
  auto rows = db_.query(
      "SELECT id FROM submission WHERE state = 3 AND open = 0 ORDER BY id LIMIT ?", at_most);
  while (rows.step()) settled.push_back(rows.id<SubmissionId>(0));
  return db_.returning(std::move(settled));
}

Result<ReceiptStore::Range> ReceiptStore::range_of(SubmissionId submission) {
  Range range;
  bool is_known = false;
  {
    auto row = db_.query(
        "SELECT o.id, o.first_record, o.last_record, iif(d.spelling = '', d.batch, d.spelling),"
        " o.routed > 0"
        " FROM submission s JOIN submission o ON o.id = ifnull(s.repeats, s.id)"
        " LEFT JOIN destination d ON d.id = o.destination WHERE s.id = ?",
        submission.value);
    is_known = row.step();
    if (is_known) {
      range = {row.id<SubmissionId>(0), row.integer(1), row.integer(2), row.text(3),
               row.integer(4) != 0};
    }
  }
  auto read = db_.outcome();
  if (!read) return fail(std::move(read.error()));
  if (!is_known) return fail(Errc::not_found, "no such submission");
  return range;
}

ResultRow ReceiptStore::row_of(const Range& range, const RecordRow& record) {
  ResultRow result = result_of(db_, record);
  result.batch = range.batch;
  if (!range.has_routes) return result;
  auto row = db_.query(
      "SELECT iif(d.spelling = '', d.batch, d.spelling) FROM route JOIN destination d"
      " ON d.id = route.destination WHERE route.record = ?",
      record.id.value);
  if (row.step()) result.batch = row.text(0);
  return result;
}

// Lines ascend with the records of a submission, between which those of others may lie.
std::int64_t ReceiptStore::first_behind(const Range& range, std::uint64_t line) {
  std::int64_t low = range.first;
  for (std::int64_t high = range.last + 1; low < high;) {
    const std::int64_t middle = low + (high - low) / 2;
    auto row = db_.query(
        "SELECT id, line FROM record WHERE id >= ? AND id < ? AND submission = ? ORDER BY id LIMIT "
        "1",
        middle, high, range.owner.value);
    const bool is_there = row.step();
    if (is_there && row.count(1) <= line) {
      low = row.integer(0) + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

Result<std::vector<ResultRow>> ReceiptStore::results(SubmissionId submission,
                                                     std::uint64_t after_line,
                                                     std::size_t at_most) {
  auto range = range_of(submission);
  if (!range) return fail(std::move(range.error()));
  std::vector<ResultRow> results;
  const std::int64_t first = after_line == 0 ? range->first : first_behind(*range, after_line);
  auto rows = db_.query("SELECT " DEVICEBATCH_RECORD_COLUMNS
                        " FROM record WHERE id BETWEEN ? AND ? AND submission = ? ORDER BY id",
                        first, range->last, range->owner.value);
  while (rows.step()) {
    const RecordRow record = read_record_row(rows);
    // Rows of one line stay together, because the next call begins behind a line.
    if (results.size() >= at_most && record.line != results.back().line) break;
    results.push_back(row_of(*range, record));
  }
  return db_.returning(std::move(results));
}

Result<std::vector<ResultRow>> ReceiptStore::refused_rows(SubmissionId submission,
                                                          std::size_t at_most) {
  auto range = range_of(submission);
  if (!range) return fail(std::move(range.error()));
  std::vector<ResultRow> refused;
  const std::int64_t any = db_.number(
      "SELECT verdict5 + verdict6 + verdict7 FROM submission WHERE id = ?", range->owner);
  if (any == 0) return db_.returning(std::move(refused));
  auto rows = db_.query("SELECT " DEVICEBATCH_RECORD_COLUMNS
                        " FROM record WHERE id BETWEEN ? AND ? AND submission = ?"
                        " AND verdict IN (5, 6, 7) ORDER BY id LIMIT ?",
                        range->first, range->last, range->owner.value, at_most);
  while (rows.step()) {
    refused.push_back(row_of(*range, read_record_row(rows)));
  }
  return db_.returning(std::move(refused));
}

Result<void> ReceiptStore::finish(SubmissionId submission, std::string_view archived_as,
                                  UtcTime now) {
  const auto finished = db_.run(
      "UPDATE submission SET state = 4, finished = ?, archived_as = ? WHERE id = ? AND state = 3"
      " AND open = 0",
      now, archived_as, submission);
  if (finished == 0 && db_.is_sound()) {
    return fail(Errc::corrupt, "only a submission whose records all have a verdict can finish");
  }
  move_tally(db_, tally_of(SubmissionState::pending), tally_of(SubmissionState::finished), 1);
  make_reply_due(db_, submission);
  return db_.outcome();
}

namespace {

void add_findings(Connection& db, RecordId record, ResultRow& result) {
  auto rows = db.query(
      "SELECT severity, field, code, reason, fix FROM finding WHERE id BETWEEN ? AND ? ORDER BY id",
      record.value * kFindingsPerRecord,
      record.value * kFindingsPerRecord + kFindingsPerRecord - 1);
  while (rows.step()) {
    const bool is_error = rows.as<record::Severity>(0) == record::Severity::error;
    if (!is_error || !result.code.empty()) {
      result.warnings.push_back(rows.text(2) + ": " + rows.text(3));
      continue;
    }
    result.field = to_string(rows.as<record::Field>(1));
    result.code = rows.text(2);
    result.message = rows.text(3);
    result.fix = rows.text(4);
  }
}

void add_outcome(Connection& db, RecordId record, ResultRow& result) {
  auto row = db.query("SELECT code, message, fix FROM outcome WHERE record = ?", record.value);
  if (!row.step()) return;
  result.code = row.text(0);
  result.message = row.text(1);
  result.fix = row.text(2);
}

void add_delivery(Connection& db, ChunkId chunk, ResultRow& result) {
  if (!chunk) return;
  auto row = db.query("SELECT tracking_id, attempts FROM chunk WHERE id = ?", chunk.value);
  if (!row.step()) return;
  if (!row.is_null(0)) result.tracking_id = row.uuid(0).to_string();
  result.attempts = row.small(1);
}

// A duplicate was not sent; the job that its device was sent in is what the line may ask about.
void add_tracking_of_holder(Connection& db, const RecordRow& record, ResultRow& result) {
  auto row =
      db.query("SELECT c.tracking_id FROM record r JOIN chunk c ON c.id = r.chunk WHERE r.id = ?",
               record.first_record.value);
  if (row.step() && !row.is_null(0)) result.tracking_id = row.uuid(0).to_string();
}

void add_refusal(Connection& db, SubmissionId submission, ResultRow& result) {
  auto row = db.query(
      "SELECT refusal_code, refusal_field, refusal_reason, refusal_fix FROM submission"
      " WHERE id = ? AND refusal_code IS NOT NULL",
      submission.value);
  if (!row.step()) return;
  result.code = row.text(0);
  result.field = to_string(row.as<record::Field>(1));
  result.message = row.text(2);
  result.fix = row.text(3);
}

}  // namespace

ResultRow result_of(Connection& db, const RecordRow& record) {
  ResultRow result;
  result.line = record.line;
  result.serial = record.serial;
  result.pkid = record.pkid;
  result.verdict = record.verdict;
  result.finished_at = record.finished;
  add_outcome(db, record.id, result);
  add_findings(db, record.id, result);
  add_delivery(db, record.chunk, result);
  if (record.verdict == Verdict::duplicate) add_tracking_of_holder(db, record, result);
  const bool is_unexplained = record.verdict == Verdict::rejected && result.code.empty();
  if (is_unexplained) add_refusal(db, record.submission, result);
  return result;
}

}  // namespace devicebatch::ledger
