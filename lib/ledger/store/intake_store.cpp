#include "ledger/store/intake_store.hpp"

#include "base/text.hpp"
#include "ledger/store/append.hpp"
#include "ledger/store/replies.hpp"
#include "ledger/store/tally.hpp"

#include <algorithm>

namespace devicebatch::ledger {
namespace {

std::int64_t as_stored(std::uint64_t fingerprint) {
  return static_cast<std::int64_t>(fingerprint);
}

}  // namespace

Result<DestinationId> IntakeStore::ensure_destination(const Uuid& customer, std::string_view batch,
                                                      std::string_view account) {
  const std::string folded = to_lower(batch);
  const Bytes key(customer.bytes());
  DestinationId id{db_.number("SELECT id FROM destination WHERE customer = ? AND batch_folded = ?",
                              key, folded)};
  if (id) {
    db_.run(
        "UPDATE destination SET batch = ?, account = ? WHERE id = ? AND (batch, account) "
        "IS NOT (?, ?)",
        batch, account, id, batch, account);
  } else {
    db_.run("INSERT INTO destination(customer, batch, batch_folded, account) VALUES(?, ?, ?, ?)",
            key, batch, folded, account);
    id = DestinationId{db_.last_row_id()};
  }
  return db_.returning(std::move(id));
}

Result<std::vector<SubmissionId>> IntakeStore::record_seen(std::span<const SeenFile> files,
                                                           UtcTime now) {
  std::vector<SubmissionId> ids;
  ids.reserve(files.size());
  for (const SeenFile& file : files) {
    db_.run(
        "INSERT INTO submission(state, destination, seen, uuid, bytes, source, name, claim_name)"
        " VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
        SubmissionState::seen, file.destination, now, Bytes(file.uuid.bytes()), file.bytes,
        file.source, file.name, file.claim_name);
    ids.push_back(SubmissionId{db_.last_row_id()});
    store_reply(db_, ids.back(), file);
  }
  add_to_tally(db_, tally_of(SubmissionState::seen), static_cast<std::int64_t>(files.size()));
  return db_.returning(std::move(ids));
}

Result<void> IntakeStore::record_claimed(std::span<const SubmissionId> submissions, UtcTime) {
  for (const SubmissionId submission : submissions) {
    const auto moved = db_.run("UPDATE submission SET state = ? WHERE id = ? AND state = ?",
                               SubmissionState::claimed, submission, SubmissionState::seen);
    if (moved == 1 || !db_.is_sound()) continue;
    db_.note_failure(Error(Errc::not_found, "no submission waits to be claimed under this number"));
  }
  move_tally(db_, tally_of(SubmissionState::seen), tally_of(SubmissionState::claimed),
             static_cast<std::int64_t>(submissions.size()));
  return db_.outcome();
}

Result<void> IntakeStore::withdraw(SubmissionId submission) {
  auto state = taking_in(submission);
  if (!state) return fail(std::move(state.error()));
  db_.run("DELETE FROM reply WHERE submission = ?", submission);
  const auto gone = db_.run("DELETE FROM submission WHERE id = ? AND records = 0", submission);
  if (gone == 0 && db_.is_sound()) {
    return fail(Errc::corrupt, "a submission with records cannot be withdrawn");
  }
  add_to_tally(db_, tally_of(*state), -1);
  return db_.outcome();
}

Result<void> IntakeStore::redirect(SubmissionId submission, DestinationId destination) {
  auto state = taking_in(submission);
  if (!state) return fail(std::move(state.error()));
  const auto moved = db_.run("UPDATE submission SET destination = ? WHERE id = ? AND records = 0",
                             destination, submission);
  if (moved == 0 && db_.is_sound()) {
    return fail(Errc::corrupt, "a submission with records cannot go elsewhere");
  }
  return db_.outcome();
}

Result<bool> IntakeStore::may_know_file(DestinationId destination, std::uint64_t fingerprint) {
  const bool known = db_.number(
                         "SELECT EXISTS(SELECT 1 FROM submission WHERE destination = ? AND "
                         "fingerprint = ? AND fingerprint IS NOT NULL)",
                         destination, as_stored(fingerprint)) != 0;
  return db_.returning(std::move(known));
}

Result<std::optional<KnownFile>> IntakeStore::find_finished_file(DestinationId destination,
                                                                 const Digest& sha256) {
  std::optional<KnownFile> known;
  {
    auto row = db_.query(
        "SELECT id, uuid, name, finished FROM submission WHERE destination = ? AND sha256 = ?"
        " AND state = 4 AND repeats IS NULL AND refusal_code IS NULL ORDER BY id LIMIT 1",
        destination, sha256);
    if (row.step()) {
      known.emplace();
      known->id = row.id<SubmissionId>(0);
      known->uuid = row.uuid(1);
      known->name = row.text(2);
      known->finished_at = row.time(3);
    }
  }
  return db_.returning(std::move(known));
}

Result<AppendCounts> IntakeStore::append(SubmissionId submission, const record::RecordBatch& batch,
                                         UtcTime now) {
  return Append(db_, index_, packs_, spellings_, batch).run(submission, now);
}

Result<SubmissionState> IntakeStore::taking_in(SubmissionId submission) {
  const std::int64_t state =
      db_.number("SELECT ifnull((SELECT state FROM submission WHERE id = ?), -1)", submission);
  auto read = db_.outcome();
  if (!read) return fail(std::move(read.error()));
  if (state < 0) return fail(Errc::not_found, "no such submission");
  if (state >= static_cast<std::int64_t>(SubmissionState::pending)) {
    return fail(Errc::corrupt, "the submission is complete already");
  }
  return static_cast<SubmissionState>(state);
}

// The rows of a complete file that go to other destinations than it.
void IntakeStore::send_routed(SubmissionId submission, UtcTime now) {
  if (db_.number("SELECT routed FROM submission WHERE id = ?", submission) == 0) return;
  db_.run(
      "INSERT INTO requeue(record, destination, not_before)"
      " SELECT record.id, route.destination, ?1 FROM submission s"
      " JOIN record ON record.id BETWEEN s.first_record AND s.last_record"
      " AND record.submission = s.id AND record.verdict = 0"
      " JOIN route ON route.record = record.id WHERE s.id = ?2 ORDER BY record.id",
      now, submission);
}

void IntakeStore::accept(SubmissionId submission, SubmissionState from,
                         const IntakeSummary& summary, UtcTime now) {
  db_.run(
      "UPDATE submission SET state = ?, accepted = ?, sha256 = ?, fingerprint = ?, encoding = ?,"
      " dialect = ?, holds_secret = ?, plan_from = first_record WHERE id = ?",
      SubmissionState::pending, now, summary.sha256, as_stored(summary.fingerprint),
      summary.encoding, summary.dialect, summary.holds_secret, submission);
  move_tally(db_, tally_of(from), tally_of(SubmissionState::pending), 1);
  // Findings about the whole file have negative numbers.
  const auto kept = std::min<std::size_t>(summary.warnings.size(), kFindingsPerRecord - 1);
  for (std::size_t at = 0; at < kept; ++at) {
    insert_finding(db_, RecordId{-submission.value}, -static_cast<std::int64_t>(at),
                   summary.warnings[at]);
  }
}

Result<void> IntakeStore::complete(SubmissionId submission, const IntakeSummary& summary,
                                   UtcTime now) {
  auto state = taking_in(submission);
  if (!state) return fail(std::move(state.error()));
  accept(submission, *state, summary, now);
  send_routed(submission, now);
  return db_.outcome();
}

Result<void> IntakeStore::refuse(SubmissionId submission, const IntakeSummary& summary,
                                 const record::Finding& why, UtcTime now) {
  auto state = taking_in(submission);
  if (!state) return fail(std::move(state.error()));
  accept(submission, *state, summary, now);
  db_.run(
      "UPDATE submission SET refusal_code = ?, refusal_field = ?, refusal_reason = ?,"
      " refusal_fix = ? WHERE id = ?",
      why.code, why.field, why.reason, why.fix, submission);
  // A row that the answer of another file rests on is delivered all the same: dedupe never loses a
  // record (promise I10), and that other receipt may be written already.
  const auto rejected = db_.run(
      "UPDATE record SET verdict = 5, finished = ? WHERE submission = ?2 AND verdict = 0 AND id"
      " BETWEEN (SELECT first_record FROM submission WHERE id = ?2)"
      " AND (SELECT last_record FROM submission WHERE id = ?2)"
      " AND NOT EXISTS(SELECT 1 FROM record other WHERE other.first_record = record.id AND"
      " other.first_record IS NOT NULL AND other.submission <> ?2 AND other.verdict IN (3, 4))",
      now, submission);
  db_.run(
      "UPDATE submission SET open = open - ?1, verdict5 = verdict5 + ?1, unplanned ="
      " (SELECT count(*) FROM record WHERE record.id BETWEEN submission.first_record AND"
      " submission.last_record"
      " AND record.submission = ?2 AND record.verdict = 0 AND record.chunk IS NULL)"
      " WHERE submission.id = ?2",
      rejected, submission);
  send_routed(submission, now);
  move_tally(db_, tally_of(Verdict::none), tally_of(Verdict::rejected), rejected);
  return db_.outcome();
}

Result<void> IntakeStore::repeat_of(SubmissionId submission, const IntakeSummary& summary,
                                    SubmissionId first, UtcTime now) {
  auto state = taking_in(submission);
  if (!state) return fail(std::move(state.error()));
  // A repeat of a repeat points to the one that owns the records.
  const std::int64_t owner = db_.number(
      "SELECT ifnull((SELECT ifnull(repeats, id) FROM submission WHERE id = ?), 0)", first);
  const std::int64_t records =
      db_.number("SELECT records FROM submission WHERE id = ?", submission);
  auto read = db_.outcome();
  if (!read) return read;
  if (owner == 0) return fail(Errc::not_found, "the file it repeats is not in the ledger");
  if (records != 0) return fail(Errc::corrupt, "a submission with records repeats no other");
  accept(submission, *state, summary, now);
  db_.run("UPDATE submission SET repeats = ? WHERE id = ?", owner, submission);
  return db_.outcome();
}

Result<std::vector<IntakeRow>> IntakeStore::unfinished_intake() {
  std::vector<IntakeRow> found;
  {
    auto rows = db_.query(
        "SELECT id, uuid, state, source, destination, name, claim_name, last_line"
        " FROM submission WHERE state < 4 AND state < 3 ORDER BY id");
    while (rows.step()) {
      IntakeRow& row = found.emplace_back();
      row.id = rows.id<SubmissionId>(0);
      row.uuid = rows.uuid(1);
      row.state = rows.as<SubmissionState>(2);
      row.source = rows.text(3);
      row.destination = rows.id<DestinationId>(4);
      row.name = rows.text(5);
      row.claim_name = rows.text(6);
      row.last_line = rows.count(7);
    }
  }
  return db_.returning(std::move(found));
}

}  // namespace devicebatch::ledger
