#include "ledger/store/delivery_store.hpp"

#include <algorithm>

namespace devicebatch::ledger {

void DeliveryStore::close_chunk(const ChunkRow& chunk, std::string_view error, UtcTime now) {
  db_.run("UPDATE chunk SET settled = ?, is_stalled = 0, last_error = ? WHERE id = ?", now, error,
          chunk.id);
  change_state(chunk.id, chunk.state, ChunkState::settled);
}

void DeliveryStore::keep_looking(const ChunkRow& chunk, UtcTime not_before, UtcTime now) {
  db_.run(
      "UPDATE chunk SET inquiry = ?, may_have_reached = 1, is_stalled = 0, not_before = ?,"
      " unknown_since = iif(unknown_since = 0, ?, unknown_since) WHERE id = ?",
      Inquiry::look, not_before, now, chunk.id);
  change_state(chunk.id, chunk.state, ChunkState::unconfirmed);
}

void DeliveryStore::give_verdict(const ChunkRow& chunk, const DeviceOutcome& outcome,
                                 VerdictMoves& moves, UtcTime now) {
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
  if (!outcome.device_id.empty()) store_device_id(db_, outcome.record, outcome.device_id);
  if (outcome.verdict == Verdict::failed) {
    db_.run("INSERT INTO dead_letter(record, destination, code, at) VALUES(?, ?, ?, ?)",
            outcome.record, chunk.destination, outcome.code, now);
  }
  moves.settle(submission, outcome.verdict);
}

void DeliveryStore::put_back(const ChunkRow& chunk, RecordId record, UtcTime not_before) {
  db_.run("INSERT INTO carried(record, chunk) VALUES(?, ?)", record, chunk.id);
  db_.run("INSERT INTO requeue(record, destination, not_before) VALUES(?, ?, ?)", record,
          chunk.destination, not_before);
}

void DeliveryStore::hold_back(const ChunkRow& chunk, const HeldRecord& held, UtcTime now) {
  db_.run("INSERT INTO carried(record, chunk) VALUES(?, ?)", held.record, chunk.id);
  db_.run("INSERT INTO held(record, destination, at, code, message, fix) VALUES(?, ?, ?, ?, ?, ?)",
          held.record, chunk.destination, now, held.code, held.message, held.fix);
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
    give_verdict(*chunk, outcome, moves, now);
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
  std::vector<RecordId> members = open_members_of(db_, chunk);
  auto read = db_.outcome();
  if (!read) return read;
  std::vector<RecordId> named = end.unanswered;
  for (const Requeue& again : end.requeue) named.push_back(again.record);
  for (const HeldRecord& held : end.held) named.push_back(held.record);
  for (const DeviceOutcome& outcome : end.outcomes) {
    named.push_back(outcome.record);
    if (outcome.verdict != Verdict::none) continue;
    return fail(Errc::corrupt, "a job is settled without a verdict for one of its records");
  }
  std::sort(members.begin(), members.end());
  std::sort(named.begin(), named.end());
  if (members == named) return {};
  return fail(Errc::corrupt, "the verdicts for chunk " + std::to_string(chunk.value) +
                                 " do not name each of its open records exactly once");
}

Result<void> DeliveryStore::settle(ChunkId id, const ExchangeRecord& exchange, const JobEnd& end,
                                   UtcTime now) {
  auto chunk = chunk_in(id, {ChunkState::submitted, ChunkState::unconfirmed, ChunkState::sending});
  if (!chunk) return fail(std::move(chunk.error()));
  auto complete = check_complete(id, end);
  if (!complete) return complete;
  if (chunk->state == ChunkState::sending) end_attempt(*chunk, exchange, "answered", now);
  save_poll(id, exchange, end.unanswered.empty() ? "settled" : "settled in part", now);
  VerdictMoves moves(db_);
  for (const DeviceOutcome& outcome : end.outcomes) give_verdict(*chunk, outcome, moves, now);
  for (const Requeue& again : end.requeue) put_back(*chunk, again.record, again.not_before);
  for (const HeldRecord& held : end.held) hold_back(*chunk, held, now);
  moves.apply();
  if (end.unanswered.empty()) {
    close_chunk(*chunk, exchange.error, now);
  } else {
    keep_looking(*chunk, end.next_look, now);
  }
  return db_.outcome();
}

}  // namespace devicebatch::ledger
