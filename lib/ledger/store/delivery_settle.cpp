#include "ledger/store/delivery_store.hpp"

#include <algorithm>

namespace devicebatch::ledger {

void DeliveryStore::close_chunk(const ChunkRow& chunk, std::string_view error, UtcTime now) {
  db_.run("UPDATE chunk SET settled = ?, is_stalled = 0, last_error = ? WHERE id = ?", now, error,
          chunk.id);
  change_state(chunk.id, chunk.state, ChunkState::settled);
}

void DeliveryStore::give_verdict(const DeviceOutcome& outcome, VerdictMoves& moves, UtcTime now) {
  const SubmissionId submission{
      db_.number("SELECT submission FROM record WHERE id = ?", outcome.record)};
  const auto settled =
      db_.run("UPDATE record SET verdict = ?, finished = ? WHERE id = ? AND verdict = 0",
              outcome.verdict, now, outcome.record);
  if (settled == 0 && db_.is_sound()) {
    db_.note_failure(Error(Errc::corrupt, "a record would get a second verdict"));
  }
  if (!outcome.code.empty() || !outcome.message.empty()) {
    db_.run("INSERT OR REPLACE INTO outcome(record, code, message, fix) VALUES(?, ?, ?, ?)",
            outcome.record, outcome.code, outcome.message, outcome.fix);
  }
  moves.settle(submission, outcome.verdict);
}

void DeliveryStore::put_back(const ChunkRow& chunk, RecordId record, UtcTime not_before) {
  db_.run("INSERT INTO carried(record, chunk) VALUES(?, ?)", record, chunk.id);
  db_.run("INSERT INTO requeue(record, destination, not_before) VALUES(?, ?, ?)", record,
          chunk.destination, not_before);
}

Result<void> DeliveryStore::attempt_refused(ChunkId id, const ExchangeRecord& exchange,
                                            const Refusal& refusal, UtcTime now) {
  auto chunk = chunk_in(id, {ChunkState::sending});
  if (!chunk) return fail(std::move(chunk.error()));
  end_attempt(*chunk, exchange, "refused", now);
  VerdictMoves moves(db_);
  DeviceOutcome outcome;
  outcome.verdict = Verdict::failed;
  outcome.code = refusal.code;
  outcome.message = refusal.message;
  outcome.fix = refusal.fix;
  for (const RecordId member : members_of(db_, id)) {
    outcome.record = member;
    give_verdict(outcome, moves, now);
  }
  moves.apply();
  close_chunk(*chunk, exchange.error.empty() ? refusal.message : exchange.error, now);
  return db_.outcome();
}

Result<void> DeliveryStore::attempt_void(ChunkId id, const ExchangeRecord& exchange,
                                         std::string_view why, UtcTime now) {
  auto chunk = chunk_in(id, {ChunkState::planned, ChunkState::sending});
  if (!chunk) return fail(std::move(chunk.error()));
  if (chunk->state == ChunkState::sending) end_attempt(*chunk, exchange, "void", now);
  for (const RecordId member : members_of(db_, id)) put_back(*chunk, member, now);
  close_chunk(*chunk, why, now);
  return db_.outcome();
}

Result<void> DeliveryStore::check_complete(ChunkId chunk, const JobEnd& end) {
  std::vector<RecordId> members = members_of(db_, chunk);
  auto read = db_.outcome();
  if (!read) return read;
  std::vector<RecordId> named;
  for (const Requeue& again : end.requeue) named.push_back(again.record);
  for (const DeviceOutcome& outcome : end.outcomes) {
    named.push_back(outcome.record);
    if (outcome.verdict != Verdict::none) continue;
    return fail(Errc::corrupt, "a job is settled without a verdict for one of its records");
  }
  std::sort(members.begin(), members.end());
  std::sort(named.begin(), named.end());
  if (members == named) return {};
  return fail(Errc::corrupt, "the verdicts for chunk " + std::to_string(chunk.value) +
                                 " do not name each of its records exactly once");
}

Result<void> DeliveryStore::settle(ChunkId id, const ExchangeRecord& exchange, const JobEnd& end,
                                   UtcTime now) {
  auto chunk = chunk_in(id, {ChunkState::submitted, ChunkState::unconfirmed, ChunkState::sending});
  if (!chunk) return fail(std::move(chunk.error()));
  auto complete = check_complete(id, end);
  if (!complete) return complete;
  save_poll(id, exchange, "settled", now);
  VerdictMoves moves(db_);
  for (const DeviceOutcome& outcome : end.outcomes) give_verdict(outcome, moves, now);
  for (const Requeue& again : end.requeue) put_back(*chunk, again.record, again.not_before);
  moves.apply();
  close_chunk(*chunk, exchange.error, now);
  return db_.outcome();
}

}  // namespace devicebatch::ledger
