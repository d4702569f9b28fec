#include "ledger/operators/operator_store.hpp"
#include "ledger/store/delivery_store.hpp"
#include "record/identity.hpp"

#include <algorithm>

namespace devicebatch::ledger {
namespace {

// So many records of one serial number are looked at, and so many repetitions of each.
constexpr std::size_t kReadBySerial = 1'000;
constexpr std::size_t kRepetitions = 100;

// Ids behind the place, ascending, at most kRowsByCall; fewer mean that there are no more.
using Candidates = std::vector<RecordId>;

Candidates read_ids(Statement&& rows) {
  Candidates ids;
  while (rows.step()) ids.push_back(rows.id<RecordId>(0));
  return ids;
}

Candidates keep_behind(Candidates ids, RecordId after) {
  std::sort(ids.begin(), ids.end());
  ids.erase(ids.begin(), std::upper_bound(ids.begin(), ids.end(), after));
  return ids;
}

// Does the filter accept only records without a verdict?
bool is_about_pending(const RecordFilter& filter) {
  const bool by_stage = filter.stage && *filter.stage != RecordStage::finished;
  return by_stage || filter.verdict == Verdict::none;
}

Candidates dead_letters(Connection& db, const RecordFilter& filter, RecordId after) {
  const bool is_exact = filter.destination && !filter.code.empty() && filter.code.back() != '*';
  if (is_exact) {
    return read_ids(
        db.query("SELECT record FROM dead_letter WHERE destination = ? AND code = ? AND record > ?"
                 " ORDER BY record LIMIT ?",
                 filter.destination->value, filter.code, after.value, kRowsByCall));
  }
  return read_ids(
      db.query("SELECT record FROM dead_letter WHERE record > ? ORDER BY record LIMIT ?",
               after.value, kRowsByCall));
}

Candidates rows_of_submission(Connection& db, SubmissionId submission, RecordId after) {
  return read_ids(db.query(
      "SELECT record.id FROM submission s JOIN submission o ON o.id = ifnull(s.repeats, s.id)"
      " JOIN record ON record.id BETWEEN max(o.first_record, ?1 + 1) AND o.last_record"
      " WHERE s.id = ?2 AND o.records > 0 ORDER BY record.id LIMIT ?3",
      after.value, submission.value, kRowsByCall));
}

// Every record; those before the first that is open are passed when only open ones are wanted.
Candidates all_rows(Connection& db, const RecordFilter& filter, RecordId after) {
  std::int64_t behind = after.value;
  if (behind == 0 && is_about_pending(filter)) {
    behind = db.number(
        "SELECT ifnull(min(first_record), 1) - 1 FROM submission WHERE state < 4 AND records > 0");
  }
  return read_ids(
      db.query("SELECT id FROM record WHERE id > ? ORDER BY id LIMIT ?", behind, kRowsByCall));
}

Candidates candidates(const DeviceSources& from, const RecordFilter& filter, RecordId after) {
  if (filter.chunk) return keep_behind(members_of(from.db, *filter.chunk), after);
  if (!filter.serial.empty()) {
    return keep_behind(records_with_serial(from, filter.serial), after);
  }
  if (filter.submission) return rows_of_submission(from.db, *filter.submission, after);
  if (filter.stage == RecordStage::held) {
    return read_ids(
        from.db.query("SELECT record FROM held WHERE record > ? ORDER BY record LIMIT ?",
                      after.value, kRowsByCall));
  }
  if (filter.verdict == Verdict::conflict) {
    return read_ids(
        from.db.query("SELECT record FROM conflict WHERE record > ? ORDER BY record LIMIT ?",
                      after.value, kRowsByCall));
  }
  if (filter.is_dead_letter || filter.verdict == Verdict::failed) {
    return dead_letters(from.db, filter, after);
  }
  return all_rows(from.db, filter, after);
}

bool is_code(std::string_view wanted, std::string_view code) {
  if (wanted.empty()) return true;
  if (wanted.back() == '*') return code.starts_with(wanted.substr(0, wanted.size() - 1));
  return wanted == code;
}

// What the row alone tells, before anything else is read.
bool may_match(const RecordFilter& filter, const RecordRow& record) {
  if (filter.verdict && record.verdict != *filter.verdict) return false;
  if (filter.is_dead_letter && record.verdict != Verdict::failed) return false;
  if (is_about_pending(filter) && record.verdict != Verdict::none) return false;
  if (filter.stage == RecordStage::finished && record.verdict == Verdict::none) return false;
  return filter.serial.empty() || record.serial == filter.serial;
}

bool matches(const RecordFilter& filter, const RecordLine& line) {
  if (filter.stage && line.stage != *filter.stage) return false;
  if (filter.is_dead_letter && line.code == kCancelledCode) return false;
  return is_code(filter.code, line.code);
}

}  // namespace

std::vector<RecordId> records_with_serial(const DeviceSources& from, std::string_view serial) {
  const auto seed =
      static_cast<std::uint64_t>(from.db.number("SELECT value FROM meta WHERE name = 'key_seed'"));
  std::vector<std::uint32_t> found;
  from.index.find(record::key_of(record::KeyKind::serial, serial, seed), kReadBySerial, found);
  Candidates ids;
  for (const std::uint32_t id : found) {
    const auto record = find_record(from.db, RecordId{id});
    if (!record || record->serial != serial) continue;
    ids.push_back(record->id);
    // A repetition is found through the record that took care of it.
    auto rows = from.db.query(
        "SELECT id, serial FROM record WHERE first_record = ? AND first_record IS NOT NULL"
        " ORDER BY id DESC LIMIT ?",
        id, kRepetitions);
    while (rows.step()) {
      if (rows.text_view(1) == serial) ids.push_back(rows.id<RecordId>(0));
    }
  }
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

Result<Page<RecordLine, RecordId>> OperatorStore::records(const RecordFilter& filter,
                                                          RecordId after, std::size_t at_most) {
  Page<RecordLine, RecordId> page;
  RecordLines lines(db_);
  RecordFilter wanted = filter;
  if (filter.submission) {
    // A file that was dropped again has the rows of the first.
    wanted.submission = SubmissionId{
        db_.number("SELECT ifnull(repeats, id) FROM submission WHERE id = ?", *filter.submission)};
  }
  const Candidates ids = candidates(from_, wanted, after);
  bool is_all = ids.size() < kRowsByCall;
  RecordId last = after;
  for (const RecordId id : ids) {
    if (page.rows.size() == at_most) {
      is_all = false;
      break;
    }
    last = id;
    auto record = find_record(db_, id);
    if (!record || !may_match(wanted, *record)) continue;
    if (wanted.submission && record->submission != *wanted.submission) continue;
    const DestinationId destination = lines.destination_of(record->id, record->submission);
    if (wanted.destination && destination != *wanted.destination) continue;
    RecordLine line = lines.line_of(std::move(*record));
    if (matches(wanted, line)) page.rows.push_back(std::move(line));
  }
  if (!is_all) page.next = last;
  return db_.returning(std::move(page));
}

Result<RecordLine> OperatorStore::record(RecordId id) {
  auto record = find_record(db_, id);
  if (!record) {
    auto read = db_.outcome();
    if (!read) return fail(std::move(read.error()));
    return fail(Errc::not_found, "there is no record " + std::to_string(id.value));
  }
  RecordLine line = RecordLines(db_).line_of(std::move(*record));
  return db_.returning(std::move(line));
}

Result<std::vector<RecordLine>> OperatorStore::records_by_serial(std::string_view serial) {
  constexpr std::size_t kShown = 10;
  const auto ids = records_with_serial(from_, serial);
  RecordLines lines(db_);
  std::vector<RecordLine> found;
  for (auto id = ids.rbegin(); id != ids.rend() && found.size() < kShown; ++id) {
    auto record = find_record(db_, *id);
    if (record) found.push_back(lines.line_of(std::move(*record)));
  }
  return db_.returning(std::move(found));
}

}  // namespace devicebatch::ledger
