#include "ledger/operators/record_line.hpp"

#include "ledger/store/delivery_store.hpp"
#include "ledger/store/receipt_store.hpp"

namespace devicebatch::ledger {
namespace {

RecordStage stage_in(ChunkState state) {
  switch (state) {
    case ChunkState::planned:
      return RecordStage::planned;
    case ChunkState::sending:
      return RecordStage::sending;
    case ChunkState::unconfirmed:
      return RecordStage::unconfirmed;
    case ChunkState::submitted:
      return RecordStage::submitted;
    case ChunkState::settled:
      break;
  }
  return RecordStage::waiting;
}

}  // namespace

const RecordLines::Origin& RecordLines::origin_of(SubmissionId submission) {
  const auto [found, is_new] = origins_.try_emplace(submission.value);
  if (!is_new) return found->second;
  auto row =
      db_.query("SELECT destination, routed > 0, state, uuid, name FROM submission WHERE id = ?",
                submission.value);
  if (row.step()) {
    found->second = {row.id<DestinationId>(0), row.integer(1) != 0, row.as<SubmissionState>(2),
                     row.uuid(3), row.text(4)};
  } else {
    db_.note_failure(Error(Errc::corrupt, "a record's submission is missing"));
  }
  return found->second;
}

DestinationId RecordLines::destination_of(RecordId record, SubmissionId submission) {
  const Origin& origin = origin_of(submission);
  if (!origin.has_routes) return origin.destination;
  const DestinationId own{db_.number("SELECT destination FROM route WHERE record = ?", record)};
  return own ? own : origin.destination;
}

// Its queue comes before its chunk, which it may have left.
RecordPlace RecordLines::place_of(const RecordRow& record) {
  if (record.verdict != Verdict::none) return {RecordStage::finished, {}};
  if (origin_of(record.submission).state < SubmissionState::pending) {
    return {RecordStage::arriving, {}};
  }
  if (!record.is_planned) return {RecordStage::waiting, {}};
  {
    auto row = db_.query("SELECT not_before FROM requeue WHERE record = ?", record.id.value);
    if (row.step()) return {RecordStage::waiting, row.time(0)};
  }
  if (db_.number("SELECT EXISTS(SELECT 1 FROM held WHERE record = ?)", record.id) != 0) {
    return {RecordStage::held, {}};
  }
  const auto state = db_.number("SELECT state FROM chunk WHERE id = ?", record.chunk);
  return {stage_in(static_cast<ChunkState>(state)), {}};
}

void RecordLines::add_words(const RecordRow& record, RecordLine& line) {
  if (line.stage == RecordStage::held) {
    auto row = db_.query("SELECT code, message, fix FROM held WHERE record = ?", record.id.value);
    if (!row.step()) return;
    line.code = row.text(0);
    line.message = row.text(1);
    line.fix = row.text(2);
  } else if (line.stage == RecordStage::finished) {
    ResultRow result = result_of(db_, record);
    line.code = std::move(result.code);
    line.message = std::move(result.message);
    line.fix = std::move(result.fix);
  }
}

RecordLine RecordLines::line_of(RecordRow&& record) {
  const Origin& origin = origin_of(record.submission);
  const RecordPlace place = place_of(record);
  RecordLine line;
  line.record = record.id;
  line.destination = destination_of(record.id, record.submission);
  line.first_record = record.first_record;
  line.submission = origin.uuid;
  line.file = origin.name;
  line.line = record.line;
  line.verdict = record.verdict;
  line.stage = place.stage;
  line.not_before = place.not_before;
  line.finished_at = record.finished;
  if (record.chunk) line.chunk = record.chunk;
  line.device_id = device_id_of(db_, record.id);
  add_words(record, line);
  line.serial = std::move(record.serial);
  line.pkid = std::move(record.pkid);
  line.manufacturer = std::move(record.manufacturer);
  line.model = std::move(record.model);
  return line;
}

}  // namespace devicebatch::ledger
