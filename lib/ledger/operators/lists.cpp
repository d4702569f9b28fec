#include "ledger/operators/operator_store.hpp"
#include "ledger/store/delivery_store.hpp"

namespace devicebatch::ledger {
namespace {

bool is_about_open(const SubmissionFilter& filter) {
  return filter.is_open || (filter.state && *filter.state < SubmissionState::finished);
}

bool is_about_open(const ChunkFilter& filter) {
  return filter.is_open || filter.is_stalled ||
         (filter.state && *filter.state < ChunkState::settled);
}

bool matches(const ChunkFilter& filter, const ChunkRow& chunk) {
  if (filter.state && chunk.state != *filter.state) return false;
  if (filter.destination && chunk.destination != *filter.destination) return false;
  if (filter.is_stalled && !chunk.is_stalled) return false;
  return !filter.is_open || chunk.state != ChunkState::settled;
}

}  // namespace

Result<Page<SubmissionSummary, SubmissionId>> OperatorStore::submissions(
    const SubmissionFilter& filter, SubmissionId after, std::size_t at_most) {
  Page<SubmissionSummary, SubmissionId> page;
  std::int64_t behind = after.value;
  if (behind == 0 && is_about_open(filter)) {
    // Without the plus SQLite walks all submissions to the first that is open.
    behind = db_.number("SELECT ifnull(min(+id), 1) - 1 FROM submission WHERE state < 4");
  }
  std::size_t looked_at = 0;
  SubmissionId last;
  auto rows = db_.query(
      "SELECT id, state, destination, source FROM submission WHERE id > ? ORDER BY id", behind);
  while (rows.step()) {
    if (page.rows.size() == at_most || looked_at == kRowsByCall) {
      page.next = last;
      break;
    }
    ++looked_at;
    last = rows.id<SubmissionId>(0);
    const auto state = rows.as<SubmissionState>(1);
    if (filter.state && state != *filter.state) continue;
    if (filter.is_open && state == SubmissionState::finished) continue;
    if (filter.destination && rows.id<DestinationId>(2) != *filter.destination) continue;
    if (!filter.source.empty() && rows.text_view(3) != filter.source) continue;
    auto summary = receipts_.summary(last);
    if (!summary) return fail(std::move(summary.error()));
    page.rows.push_back(std::move(*summary));
  }
  return db_.returning(std::move(page));
}

Result<Page<ChunkRow, ChunkId>> OperatorStore::chunks(const ChunkFilter& filter, ChunkId after,
                                                      std::size_t at_most) {
  Page<ChunkRow, ChunkId> page;
  std::int64_t behind = after.value;
  if (behind == 0 && is_about_open(filter)) {
    // Two questions, because the open states have two partial indexes.
    behind = db_.number(
        "SELECT ifnull(min(id), 1) - 1 FROM (SELECT min(+id) AS id FROM chunk WHERE state < 3"
        " UNION ALL SELECT min(+id) FROM chunk WHERE state = 3)");
  }
  std::size_t looked_at = 0;
  ChunkId last;
  auto rows =
      db_.query("SELECT " DEVICEBATCH_CHUNK_COLUMNS " FROM chunk WHERE id > ? ORDER BY id", behind);
  while (rows.step()) {
    if (page.rows.size() == at_most || looked_at == kRowsByCall) {
      page.next = last;
      break;
    }
    ++looked_at;
    ChunkRow chunk = read_chunk_row(rows);
    last = chunk.id;
    if (matches(filter, chunk)) page.rows.push_back(std::move(chunk));
  }
  return db_.returning(std::move(page));
}

Result<Page<OpenMember, RecordId>> OperatorStore::registered(DestinationId destination,
                                                             RecordId after, std::size_t at_most) {
  Page<OpenMember, RecordId> page;
  RecordLines lines(db_);
  std::size_t looked_at = 0;
  RecordId last;
  auto rows =
      db_.query("SELECT id, verdict, submission, serial, pkid FROM record WHERE id > ? ORDER BY id",
                after.value);
  while (rows.step()) {
    if (page.rows.size() == at_most || looked_at == kRowsByCall) {
      page.next = last;
      break;
    }
    ++looked_at;
    last = rows.id<RecordId>(0);
    const auto verdict = rows.as<Verdict>(1);
    if (verdict != Verdict::registered && verdict != Verdict::already_registered) continue;
    if (lines.destination_of(last, rows.id<SubmissionId>(2)) != destination) continue;
    page.rows.push_back({last, rows.text(3), rows.text(4), device_id_of(db_, last)});
  }
  return db_.returning(std::move(page));
}

}  // namespace devicebatch::ledger
