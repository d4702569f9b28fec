#include "ledger/store/append.hpp"

#include "base/check.hpp"
#include "ledger/store/tally.hpp"

#include <algorithm>
#include <limits>

namespace devicebatch::ledger {
namespace {

RecordId next_record(Connection& db) {
  return RecordId{db.number("SELECT max(id) FROM record") + 1};
}

// The index knows records by 32 bits.
constexpr std::int64_t kMostRecords = std::numeric_limits<std::uint32_t>::max();

}  // namespace

Append::Append(Connection& db, IdentityIndex& index, PackStore& packs, SpellingBook& spellings,
               const record::RecordBatch& batch)
    : db_(db),
      index_(index),
      packs_(packs),
      batch_(batch),
      first_(next_record(db)),
      window_(db, index, packs, batch, first_),
      spellings_(spellings) {}

Result<AppendCounts> Append::run(SubmissionId submission, UtcTime now) {
  submission_ = submission;
  now_ = now;
  const auto state = static_cast<SubmissionState>(
      db_.number("SELECT ifnull((SELECT state FROM submission WHERE id = ?), 9)", submission));
  destination_ =
      DestinationId{db_.number("SELECT destination FROM submission WHERE id = ?", submission)};
  auto read = db_.outcome();
  if (!read) return fail(std::move(read.error()));
  if (state > SubmissionState::finished) return fail(Errc::not_found, "no such submission");
  if (state >= SubmissionState::pending) {
    return fail(Errc::corrupt, "rows for a submission that is complete already");
  }
  if (batch_.rows.empty()) return counts_;
  if (first_.value + static_cast<std::int64_t>(batch_.rows.size()) > kMostRecords) {
    return fail(Errc::full, "the ledger holds four billion records; begin another one");
  }
  window_.decide_all(submission);
  packs_.release();
  spellings_.learn(batch_.spellings);
  if (db_.is_sound()) insert_pack();
  for (std::size_t row = 0; row < batch_.rows.size() && db_.is_sound(); ++row) insert_row(row);
  retire_replaced();
  write_history();
  const auto& keys = window_.keys();
  const bool has_keys = std::any_of(keys.begin(), keys.end(), [](const auto& of_row) {
    return of_row != record::IdentityKeys{};
  });
  if (has_keys) index_.log(static_cast<std::uint32_t>(first_.value), keys);
  update_submission();
  return db_.returning(std::move(counts_));
}

// Written as it is, hashes that nobody needs included: they are few, and copying costs more.
void Append::insert_pack() {
  const auto& decisions = window_.decisions();
  for (std::size_t row = 0; row < batch_.rows.size(); ++row) {
    if (batch_.rows[row].hash_length == 0 || decisions[row].hash.pack != 0) continue;
    pack_ = packs_.add(batch_.pack);
    return;
  }
}

void Append::insert_row(std::size_t row) {
  const record::BatchRow& from = batch_.rows[row];
  const RowDecision& decision = window_.decisions()[row];
  const bool is_attached = decision.attached.has_value();
  const bool has_hash = from.hash_length != 0 || is_attached;
  PackSlice hash{pack_, from.hash_offset, from.hash_length};
  if (decision.hash.length != 0) {
    hash = decision.hash;
    if (hash.pack == 0) hash.pack = pack_;
  }
  const auto optional = [&](std::int64_t value) {
    return has_hash ? std::optional<std::int64_t>(value) : std::nullopt;
  };
  const bool is_open = decision.verdict == Verdict::none;
  // Passed by the cursor of its submission: it waits for another destination.
  const auto chunk = is_open && is_routed(from) ? std::optional<int>(0) : std::nullopt;
  const std::optional<std::string_view> group_tag =
      from.group_tag.empty() ? std::nullopt : std::optional(from.group_tag);
  db_.run("INSERT INTO record(" DEVICEBATCH_RECORD_COLUMNS
          ") VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
          first_.value + static_cast<std::int64_t>(row), submission_, from.line, decision.verdict,
          chunk, decision.holder, is_open ? UtcTime{} : now_,
          is_attached ? decision.captured : from.captured_at,
          is_attached ? record::HashForm::canonical : from.hash_form, optional(hash.pack),
          optional(hash.offset), optional(hash.length), from.serial, from.pkid, from.manufacturer,
          from.model, group_tag);
  insert_findings(row);
  note_place(row);
  count(decision.verdict);
}

bool Append::is_routed(const record::BatchRow& row) const {
  return row.destination && row.destination != destination_;
}

// Where it goes when that is not where its file goes, and whether a person must decide about it.
void Append::note_place(std::size_t row) {
  const RecordId id{first_.value + static_cast<std::int64_t>(row)};
  const RowDecision& decision = window_.decisions()[row];
  if (is_routed(batch_.rows[row])) {
    db_.run("INSERT INTO route(record, destination) VALUES(?, ?)", id,
            batch_.rows[row].destination);
    ++routed_;
    if (decision.verdict == Verdict::none) ++routed_pending_;
  }
  if (decision.verdict == Verdict::conflict) {
    db_.run("INSERT INTO conflict(record, code) VALUES(?, ?)", id, decision.code);
  }
}

void Append::write_history() {
  for (const HistoryEntry& entry : window_.history()) add_history(db_, entry, now_);
}

void Append::insert_findings(std::size_t row) {
  const RecordId id{first_.value + static_cast<std::int64_t>(row)};
  const RowDecision& decision = window_.decisions()[row];
  std::int64_t number = 0;
  if (!decision.code.empty()) {
    insert_finding(db_, id, number++,
                   {record::Severity::error, record::Field::row, decision.code, decision.reason,
                    decision.fix});
  }
  for (const record::Finding& finding : batch_.findings_of(batch_.rows[row])) {
    if (number == kFindingsPerRecord) break;
    insert_finding(db_, id, number++, finding);
  }
  if (decision.verdict != Verdict::none) return;
  if (decision.attached) insert_finding(db_, id, number++, *decision.attached);
  std::vector<record::Finding> names;
  spellings_.check(batch_.rows[row], names);
  for (const record::Finding& name : names) insert_finding(db_, id, number++, name);
}

void insert_finding(Connection& db, RecordId record, std::int64_t number,
                    const record::Finding& finding) {
  db.run(
      "INSERT OR REPLACE INTO finding(id, severity, field, code, reason, fix)"
      " VALUES(?, ?, ?, ?, ?, ?)",
      record.value * kFindingsPerRecord + number, finding.severity, finding.field, finding.code,
      finding.reason, finding.fix);
}

void Append::retire_replaced() {
  VerdictMoves moves(db_);
  for (const Replaced& loser : window_.replaced()) {
    const bool is_routed =
        db_.run("DELETE FROM requeue WHERE record = ?", loser.record) != 0 ||
        db_.number("SELECT chunk IS NOT NULL FROM record WHERE id = ?", loser.record) != 0;
    db_.run(
        "UPDATE record SET verdict = ?, finished = ?, first_record = ? WHERE id = ? AND verdict = "
        "0 AND ifnull(chunk, 0) = 0",
        Verdict::superseded, now_, loser.decision.holder, loser.record);
    // Behind the findings the row came with, of which there are at most limits::kFindingsPerRow.
    insert_finding(db_, loser.record, kFindingsPerRecord - 1,
                   {record::Severity::error, record::Field::row, loser.decision.code,
                    loser.decision.reason, loser.decision.fix});
    moves.settle(loser.submission, Verdict::superseded, !is_routed);
  }
  moves.apply();
}

void Append::count(Verdict verdict) {
  switch (verdict) {
    case Verdict::none:
      ++counts_.pending;
      break;
    case Verdict::rejected:
      ++counts_.rejected;
      break;
    case Verdict::duplicate:
      ++counts_.duplicate;
      break;
    case Verdict::superseded:
      ++counts_.superseded;
      break;
    default:
      ++counts_.conflict;
  }
}

void Append::update_submission() {
  const auto rows = static_cast<std::int64_t>(batch_.rows.size());
  const auto before = static_cast<SubmissionState>(
      db_.number("SELECT state FROM submission WHERE id = ?", submission_));
  db_.run(
      "UPDATE submission SET state = ?, records = records + ?, last_line = max(last_line, ?),"
      " first_record = iif(records = 0, ?, first_record), last_record = ?, open = open + ?,"
      " unplanned = unplanned + ?, routed = routed + ?, verdict3 = verdict3 + ?, verdict4 = "
      "verdict4 + ?,"
      " verdict5 = verdict5 + ?, verdict7 = verdict7 + ? WHERE id = ?",
      SubmissionState::ingesting, rows, batch_.rows.back().line, first_, first_.value + rows - 1,
      counts_.pending, static_cast<std::int64_t>(counts_.pending) - routed_pending_, routed_,
      counts_.duplicate, counts_.superseded, counts_.rejected, counts_.conflict, submission_);
  move_tally(db_, tally_of(before), tally_of(SubmissionState::ingesting), 1);
  const auto add = [&](Verdict verdict, std::uint64_t number) {
    add_to_tally(db_, tally_of(verdict), static_cast<std::int64_t>(number));
  };
  add_to_tally(db_, kRecordsIn, rows);
  add(Verdict::none, counts_.pending);
  add(Verdict::duplicate, counts_.duplicate);
  add(Verdict::superseded, counts_.superseded);
  add(Verdict::rejected, counts_.rejected);
  add(Verdict::conflict, counts_.conflict);
}

}  // namespace devicebatch::ledger
