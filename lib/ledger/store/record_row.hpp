// ledger/store/record_row.hpp - a row of the table `record`.
#pragma once

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "ledger/sqlite/connection.hpp"
#include "ledger/store/pack_store.hpp"
#include "record/device.hpp"
#include "record/verdict.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace devicebatch::ledger {

struct RecordRow {
  RecordId id;
  SubmissionId submission;
  std::uint64_t line = 0;
  Verdict verdict = Verdict::none;
  ChunkId chunk;
  bool is_planned = false;  // no longer to be found by the cursor, even when in no chunk
  RecordId first_record;
  UtcTime finished{};
  std::int64_t captured = 0;
  record::HashForm hash_form = record::HashForm::none;
  PackSlice hash;
  std::string serial;
  std::string pkid;
  std::string manufacturer;
  std::string model;
  std::string group_tag;
};

// The columns read_record_row() expects, in its order.
#define DEVICEBATCH_RECORD_COLUMNS                                                      \
  "id, submission, line, verdict, chunk, first_record, finished, captured, hash_form, " \
  "pack, off, len, serial, pkid, manufacturer, model, group_tag"

RecordRow read_record_row(const Statement& row);
std::optional<RecordRow> find_record(Connection& db, RecordId id);

// Findings and outcomes are keyed by their record.
inline constexpr std::int64_t kFindingsPerRecord = 32;

}  // namespace devicebatch::ledger
