#include "ledger/store/report_store.hpp"

#include "ledger/operators/record_line.hpp"
#include "ledger/store/delivery_store.hpp"
#include "ledger/store/tally.hpp"

namespace devicebatch::ledger {
namespace {

// The upper ends of StatusReport::ages, the last being open.
constexpr std::array<std::chrono::minutes, 5> kAges{
    std::chrono::minutes(1), std::chrono::minutes(5), std::chrono::minutes(30),
    std::chrono::minutes(120), std::chrono::minutes(1'440)};

std::size_t age_column(std::chrono::milliseconds age) {
  std::size_t column = 0;
  while (column < kAges.size() && age >= kAges[column]) ++column;
  return column;
}

std::optional<UtcTime> time_or_none(std::int64_t milliseconds) {
  if (milliseconds == 0) return std::nullopt;
  return UtcTime(std::chrono::milliseconds(milliseconds));
}

}  // namespace

std::uint64_t ReportStore::key_seed() {
  return static_cast<std::uint64_t>(db_.number("SELECT value FROM meta WHERE name = 'key_seed'"));
}

Result<Totals> ReportStore::totals() {
  Totals totals;
  totals.records_in = read_tally(db_, kRecordsIn);
  for (std::size_t at = 0; at < totals.verdicts.size(); ++at) {
    totals.verdicts[at] = read_tally(db_, tally_of(static_cast<Verdict>(at)));
  }
  for (std::size_t at = 0; at < totals.submissions.size(); ++at) {
    totals.submissions[at] = read_tally(db_, tally_of(static_cast<SubmissionState>(at)));
  }
  for (std::size_t at = 0; at < totals.chunks.size(); ++at) {
    totals.chunks[at] = read_tally(db_, tally_of(static_cast<ChunkState>(at)));
  }
  return db_.returning(totals);
}

DestinationReport ReportStore::report_on(DestinationRow destination) {
  DestinationReport report;
  const std::int64_t id = destination.id.value;
  report.destination = std::move(destination);
  report.waiting = static_cast<std::uint64_t>(
      db_.number("SELECT ifnull(sum(unplanned), 0) FROM submission WHERE destination = ?"
                 " AND state = 3 AND unplanned > 0",
                 id) +
      db_.number("SELECT count(*) FROM requeue WHERE destination = ?", id));
  {
    auto rows = db_.query(
        "SELECT state, count(*) FROM chunk WHERE destination = ? AND state < 3 GROUP BY state", id);
    while (rows.step()) report.chunks.at(static_cast<std::size_t>(rows.integer(0))) = rows.count(1);
  }
  report.chunks[static_cast<std::size_t>(ChunkState::submitted)] = static_cast<std::uint64_t>(
      db_.number("SELECT count(*) FROM chunk WHERE state = 3 AND destination = ?", id));
  report.next_attempt = time_or_none(
      db_.number("SELECT min(not_before) FROM chunk WHERE destination = ? AND state < 3", id));
  report.next_poll = time_or_none(
      db_.number("SELECT min(not_before) FROM chunk WHERE state = 3 AND destination = ?", id));
  {
    // The newest chunk that is not at its end has the error that matters.
    auto row = db_.query(
        "SELECT last_error FROM (SELECT id, last_error FROM chunk WHERE destination = ?1 AND"
        " state < 3 UNION ALL SELECT id, last_error FROM chunk WHERE state = 3 AND"
        " destination = ?1) WHERE last_error <> '' ORDER BY id DESC LIMIT 1",
        id);
    if (row.step()) report.last_error = row.text(0);
  }
  return report;
}

void ReportStore::count_ages(StatusReport& report, UtcTime now) {
  auto rows = db_.query("SELECT state, seen, name FROM submission WHERE state < 4");
  while (rows.step()) {
    const UtcTime seen = rows.time(1);
    ++report.ages.at(static_cast<std::size_t>(rows.integer(0))).at(age_column(now - seen));
    if (report.oldest_open && *report.oldest_open <= seen) continue;
    report.oldest_open = seen;
    report.oldest_open_name = rows.text(2);
  }
}

void ReportStore::add_troubles(StatusReport& report) {
  {
    auto rows = db_.query("SELECT " DEVICEBATCH_ACCOUNT_COLUMNS " FROM account ORDER BY name");
    while (rows.step()) report.accounts.push_back(read_account_row(rows));
  }
  report.held = static_cast<std::uint64_t>(db_.number("SELECT count(*) FROM held"));
  // Counted by the index on destination and code.
  const std::int64_t cancelled = db_.number(
      "SELECT count(*) FROM dead_letter WHERE code = ?"
      " AND destination IN (SELECT id FROM destination)",
      kCancelledCode);
  report.dead_letters = report.totals.verdicts[static_cast<std::size_t>(Verdict::failed)] -
                        static_cast<std::uint64_t>(cancelled);
  report.oldest_unconfirmed = time_or_none(
      db_.number("SELECT min(unknown_since) FROM chunk WHERE state < 3 AND state = 2"));
  report.stalled_jobs = static_cast<std::uint64_t>(
      db_.number("SELECT count(*) FROM chunk WHERE state = 3 AND is_stalled <> 0"));
  report.unconfirmed_chunks =
      report.totals.chunks[static_cast<std::size_t>(ChunkState::unconfirmed)];
}

Result<StatusReport> ReportStore::status(UtcTime now) {
  StatusReport report;
  auto totals_now = totals();
  if (!totals_now) return fail(std::move(totals_now.error()));
  report.totals = *totals_now;
  std::vector<DestinationRow> destinations;
  {
    auto rows =
        db_.query("SELECT " DEVICEBATCH_DESTINATION_COLUMNS " FROM destination ORDER BY id");
    while (rows.step()) destinations.push_back(read_destination_row(rows));
  }
  for (DestinationRow& destination : destinations) {
    report.destinations.push_back(report_on(std::move(destination)));
  }
  count_ages(report, now);
  add_troubles(report);
  return db_.returning(std::move(report));
}

}  // namespace devicebatch::ledger
