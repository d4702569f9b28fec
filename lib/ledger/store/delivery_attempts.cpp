#include "ledger/store/delivery_store.hpp"

namespace devicebatch::ledger {
namespace {

std::string_view shortened(const std::string& error) {
  return std::string_view(error).substr(0, kErrorBytes);
}

std::string_view outcome_of(FailureKind kind) {
  switch (kind) {
    case FailureKind::no_effect:
      return "failed";
    case FailureKind::unknown:
      return "unconfirmed";
    case FailureKind::turned_away:
      return "turned away";
  }
  return "failed";
}

}  // namespace

Result<void> DeliveryStore::begin_attempt(ChunkId id, const AttemptStart& start, UtcTime now) {
  auto chunk = chunk_in(id, {ChunkState::planned, ChunkState::unconfirmed});
  if (!chunk) return fail(std::move(chunk.error()));
  if (chunk->body_sha256 && *chunk->body_sha256 != start.body_sha256) {
    return fail(Errc::corrupt,
                "the body of chunk " + std::to_string(id.value) +
                    " is not the one that was sent under its request id before; it is not sent");
  }
  if (chunk->state == ChunkState::unconfirmed && chunk->inquiry == Inquiry::look) {
    return fail(Errc::corrupt, "chunk " + std::to_string(id.value) +
                                   " is looked for in its batch and never sent again");
  }
  const int attempt = chunk->attempts + 1;
  db_.run(
      "UPDATE chunk SET attempts = ?, body_sha256 = ?, lease_owner = ?, lease_until = ?"
      " WHERE id = ?",
      attempt, start.body_sha256, start.owner, start.lease_until, id);
  db_.run(
      "INSERT INTO attempt(chunk, n, started, owner, sent_correlation_id) VALUES(?, ?, ?, ?, ?)",
      id, attempt, now, start.owner, start.correlation_id);
  change_state(id, chunk->state, ChunkState::sending);
  return db_.outcome();
}

void DeliveryStore::end_attempt(const ChunkRow& chunk, const ExchangeRecord& exchange,
                                std::string_view outcome, UtcTime now) {
  db_.run(
      "UPDATE attempt SET ended = ?, outcome = ?, http_status = ?, request_id = ?,"
      " correlation_id = ?, cv = ?, server_id = ?, date = ?, error = ?, tries = ?"
      " WHERE chunk = ? AND n = ?",
      now, outcome, exchange.http_status, exchange.request_id, exchange.correlation_id, exchange.cv,
      exchange.server_id, exchange.date, shortened(exchange.error), exchange.tries, chunk.id,
      chunk.attempts);
  db_.run("UPDATE chunk SET lease_owner = NULL, lease_until = 0, last_error = ? WHERE id = ?",
          shortened(exchange.error), chunk.id);
  if (exchange.had_unknown_try) {
    db_.run("UPDATE chunk SET may_have_reached = 1, had_unknown = 1 WHERE id = ?", chunk.id);
  }
}

Result<void> DeliveryStore::attempt_submitted(ChunkId id, const ExchangeRecord& exchange,
                                              const Uuid& tracking_id, UtcTime next_poll,
                                              UtcTime now) {
  auto chunk = chunk_in(id, {ChunkState::sending});
  if (!chunk) return fail(std::move(chunk.error()));
  end_attempt(*chunk, exchange, "submitted", now);
  db_.run(
      "UPDATE chunk SET tracking_id = ?, not_before = ?, is_stalled = 0, may_have_reached = 1,"
      " failures = 0, failing_since = 0, unknown_since = 0, polls = 0,"
      " submitted = iif(submitted = 0, ?, submitted)"
      " WHERE id = ?",
      tracking_id, next_poll, now, id);
  change_state(id, ChunkState::sending, ChunkState::submitted);
  return db_.outcome();
}

// One attempt without effect says nothing about an earlier one whose fate is unknown.
Result<void> DeliveryStore::attempt_failed(ChunkId id, const ExchangeRecord& exchange,
                                           const AttemptFailure& failure, UtcTime now) {
  auto chunk = chunk_in(id, {ChunkState::sending});
  if (!chunk) return fail(std::move(chunk.error()));
  end_attempt(*chunk, exchange, outcome_of(failure.kind), now);
  const bool is_own_fault = failure.kind != FailureKind::turned_away;
  db_.run(
      "UPDATE chunk SET not_before = ?1, failures = iif(?2, failures + 1, 0),"
      " failing_since = iif(?2, iif(failing_since = 0, ?3, failing_since), 0) WHERE id = ?4",
      failure.not_before, is_own_fault, now, id);
  if (failure.kind == FailureKind::unknown || exchange.had_unknown_try) {
    db_.run(
        "UPDATE chunk SET may_have_reached = 1, had_unknown = 1, unknown_since = ? WHERE id = ?",
        now, id);
  }
  if (db_.number("SELECT may_have_reached FROM chunk WHERE id = ?", id) == 0) {
    change_state(id, ChunkState::sending, ChunkState::planned);
    return db_.outcome();
  }
  db_.run("UPDATE chunk SET inquiry = max(inquiry, ?) WHERE id = ?", failure.inquiry, id);
  change_state(id, ChunkState::sending, ChunkState::unconfirmed);
  return db_.outcome();
}

Result<void> DeliveryStore::attempt_split(ChunkId id, const ExchangeRecord& exchange,
                                          std::size_t first_half,
                                          const std::array<Uuid, 2>& request_ids, UtcTime now) {
  auto chunk = chunk_in(id, {ChunkState::sending});
  if (!chunk) return fail(std::move(chunk.error()));
  end_attempt(*chunk, exchange, "split", now);
  const std::vector<RecordId> members = members_of(db_, id);
  const bool may_have_reached =
      db_.number("SELECT may_have_reached FROM chunk WHERE id = ?", id) != 0;
  auto read = db_.outcome();
  if (!read) return read;
  if (may_have_reached) {
    return fail(Errc::corrupt, "chunk " + std::to_string(id.value) +
                                   " may have had an effect; it cannot be cut in two");
  }
  if (first_half == 0 || first_half >= members.size()) {
    return fail(Errc::corrupt, "a chunk of " + std::to_string(members.size()) +
                                   " devices cannot be cut behind device " +
                                   std::to_string(first_half));
  }
  ChunkRow half = *chunk;
  half.split_from = id;
  const std::span<const RecordId> all(members);
  half.request_id = request_ids[0];
  insert_chunk(half, all.first(first_half), now);
  half.request_id = request_ids[1];
  insert_chunk(half, all.subspan(first_half), now);
  close_chunk(*chunk, shortened(exchange.error), now);
  return db_.outcome();
}

Result<std::size_t> DeliveryStore::recover_sending(UtcTime now) {
  db_.run(
      "UPDATE attempt SET ended = ?, outcome = 'unconfirmed', error = 'the process ended before "
      "the reply' WHERE ended = 0 AND n > 0 AND chunk IN (SELECT id FROM chunk WHERE state < 3 AND "
      "state = 1)",
      now);
  const auto recovered = db_.run(
      "UPDATE chunk SET state = ?, may_have_reached = 1, had_unknown = 1, unknown_since = ?,"
      " lease_owner = NULL, lease_until = 0,"
      " last_error = 'the process ended before the reply' WHERE state < 3 AND state = 1",
      ChunkState::unconfirmed, now);
  move_tally(db_, tally_of(ChunkState::sending), tally_of(ChunkState::unconfirmed), recovered);
  return db_.returning(static_cast<std::size_t>(recovered));
}

// The latest poll or look takes the place of the one before: they are many and say the same.
void DeliveryStore::save_poll(ChunkId chunk, const ExchangeRecord& exchange,
                              std::string_view raw_state, UtcTime now) {
  db_.run(
      "INSERT OR REPLACE INTO attempt(chunk, n, started, ended, outcome, http_status, request_id,"
      " correlation_id, cv, server_id, date, error, tries)"
      " VALUES(?, 0, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      chunk, now, now, raw_state, exchange.http_status, exchange.request_id,
      exchange.correlation_id, exchange.cv, exchange.server_id, exchange.date,
      shortened(exchange.error), exchange.tries);
  db_.run(
      "UPDATE chunk SET polls = polls + (state = 3), looks = looks + (state = 2), last_error = ?"
      " WHERE id = ?",
      shortened(exchange.error), chunk);
}

Result<void> DeliveryStore::record_poll(ChunkId id, const ExchangeRecord& exchange,
                                        const JobLook& look, UtcTime now) {
  auto chunk = chunk_in(id, {ChunkState::submitted});
  if (!chunk) return fail(std::move(chunk.error()));
  save_poll(id, exchange, look.raw_state, now);
  db_.run("UPDATE chunk SET not_before = ?, is_stalled = ? WHERE id = ?", look.next_poll,
          look.is_stalled, id);
  return db_.outcome();
}

Result<void> DeliveryStore::job_lost(ChunkId id, const ExchangeRecord& exchange, UtcTime not_before,
                                     UtcTime now) {
  auto chunk = chunk_in(id, {ChunkState::submitted});
  if (!chunk) return fail(std::move(chunk.error()));
  save_poll(id, exchange, "lost", now);
  keep_looking(*chunk, not_before, now);
  return db_.outcome();
}

}  // namespace devicebatch::ledger
