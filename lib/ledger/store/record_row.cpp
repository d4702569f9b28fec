#include "ledger/store/record_row.hpp"

namespace devicebatch::ledger {

RecordRow read_record_row(const Statement& row) {
  RecordRow record;
  record.id = row.id<RecordId>(0);
  record.submission = row.id<SubmissionId>(1);
  record.line = row.count(2);
  record.verdict = row.as<Verdict>(3);
  record.chunk = row.id<ChunkId>(4);
  record.is_planned = !row.is_null(4);
  record.first_record = row.id<RecordId>(5);
  record.finished = row.time(6);
  record.captured = row.integer(7);
  record.hash_form = row.as<record::HashForm>(8);
  record.hash.pack = row.integer(9);
  record.hash.offset = static_cast<std::uint32_t>(row.integer(10));
  record.hash.length = static_cast<std::uint32_t>(row.integer(11));
  record.serial = row.text(12);
  record.pkid = row.text(13);
  record.manufacturer = row.text(14);
  record.model = row.text(15);
  record.group_tag = row.text(16);
  return record;
}

std::optional<RecordRow> find_record(Connection& db, RecordId id) {
  auto row = db.query("SELECT " DEVICEBATCH_RECORD_COLUMNS " FROM record WHERE id = ?", id.value);
  if (!row.step()) return std::nullopt;
  return read_record_row(row);
}

}  // namespace devicebatch::ledger
