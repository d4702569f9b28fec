#include "ledger/store/delivery_store.hpp"
#include "record/hardware_hash.hpp"

#include <algorithm>

namespace devicebatch::ledger {
namespace {

// What a device will take in a body, at least.
std::size_t wire_size(const Statement& row, const ChunkLimits& limits) {
  const auto form = row.as<record::HashForm>(1);
  const auto hash = static_cast<std::size_t>(row.integer(2));
  const auto texts = static_cast<std::size_t>(row.integer(3));
  const std::size_t on_wire =
      form == record::HashForm::canonical ? record::wire_text_length(hash) : hash;
  return limits.overhead_per_device + texts + on_wire;
}

// Fills a chunk up to its limits; the first device always fits, or it would never leave.
class Basket {
 public:
  explicit Basket(const ChunkLimits& limits) : limits_(limits) {}

  bool take(const Statement& row) {
    const std::size_t size = wire_size(row, limits_);
    if (!members_.empty() && bytes_ + size > limits_.body_bytes) {
      is_full_ = true;
      return false;
    }
    bytes_ += size;
    members_.push_back(row.id<RecordId>(0));
    is_full_ = members_.size() >= limits_.devices;
    return true;
  }
  bool is_full() const { return is_full_; }
  const std::vector<RecordId>& members() const { return members_; }

 private:
  const ChunkLimits& limits_;
  std::vector<RecordId> members_;
  std::size_t bytes_ = 0;
  bool is_full_ = false;
};

void take_requeued(Connection& db, DestinationId destination, UtcTime now, Basket& basket) {
  auto rows = db.query(
      "SELECT record.id, hash_form, ifnull(len, 0), length(CAST(serial || pkid || manufacturer ||"
      " model AS BLOB)) FROM requeue JOIN record ON record.id = requeue.record"
      " WHERE requeue.destination = ? AND requeue.not_before <= ?"
      " ORDER BY requeue.not_before, requeue.record",
      destination.value, now);
  while (!basket.is_full() && rows.step()) basket.take(rows);
}

struct PlannableSubmission {
  SubmissionId id;
  std::int64_t from = 0;
  std::int64_t to = 0;
};

std::optional<PlannableSubmission> next_plannable(Connection& db, DestinationId destination,
                                                  SubmissionId after) {
  auto row = db.query(
      "SELECT id, plan_from, last_record FROM submission WHERE destination = ? AND id > ?"
      " AND state = 3 AND unplanned > 0 ORDER BY id LIMIT 1",
      destination.value, after.value);
  if (!row.step()) return std::nullopt;
  return PlannableSubmission{row.id<SubmissionId>(0), row.integer(1), row.integer(2)};
}

// Takes what waits in one submission and moves its cursor behind it.
void take_from(Connection& db, const PlannableSubmission& submission, Basket& basket) {
  const std::size_t before = basket.members().size();
  std::int64_t next = submission.to + 1;
  {
    auto rows = db.query(
        "SELECT id, hash_form, ifnull(len, 0), length(CAST(serial || pkid || manufacturer ||"
        " model AS BLOB)) FROM record WHERE id BETWEEN ? AND ? AND submission = ?"
        " AND verdict = 0 AND chunk IS NULL ORDER BY id",
        submission.from, submission.to, submission.id.value);
    while (rows.step()) {
      if (!basket.is_full() && basket.take(rows)) continue;
      next = rows.integer(0);
      break;
    }
  }
  db.run("UPDATE submission SET plan_from = ?, unplanned = unplanned - ? WHERE id = ?", next,
         basket.members().size() - before, submission.id);
}

}  // namespace

ChunkId DeliveryStore::insert_chunk(const ChunkRow& chunk, std::span<const RecordId> members,
                                    UtcTime now) {
  db_.run(
      "INSERT INTO chunk(destination, kind, state, devices, planned, not_before, request_id,"
      " split_from) VALUES(?, ?, ?, ?, ?, ?, ?, ?)",
      chunk.destination, chunk.kind, ChunkState::planned, members.size(), now, now,
      Bytes(chunk.request_id.bytes()), chunk.split_from);
  const ChunkId id{db_.last_row_id()};
  db_.run("INSERT INTO chunk_members(chunk, records) VALUES(?, ?)", id, pack_members(members));
  for (const RecordId member : members) {
    db_.run("UPDATE record SET chunk = ? WHERE id = ?", id, member);
  }
  add_to_tally(db_, tally_of(ChunkState::planned), 1);
  return id;
}

Result<std::optional<ChunkRow>> DeliveryStore::plan_chunk(DestinationId destination, ChunkKind kind,
                                                          const ChunkLimits& limits,
                                                          const Uuid& request_id, UtcTime now) {
  Basket basket(limits);
  take_requeued(db_, destination, now, basket);
  const std::size_t requeued = basket.members().size();
  SubmissionId last;
  while (!basket.is_full() && db_.is_sound()) {
    const auto submission = next_plannable(db_, destination, last);
    if (!submission) break;
    take_from(db_, *submission, basket);
    last = submission->id;
  }
  const auto& members = basket.members();
  if (members.empty() || !db_.is_sound()) return db_.returning(std::optional<ChunkRow>());
  ChunkRow head;
  head.destination = destination;
  head.kind = kind;
  head.request_id = request_id;
  const ChunkId id = insert_chunk(head, members, now);
  for (std::size_t at = 0; at < requeued; ++at) {
    db_.run("DELETE FROM requeue WHERE record = ?", members[at]);
  }
  auto planned = chunk(id);
  if (!planned) return fail(std::move(planned.error()));
  return std::optional<ChunkRow>(std::move(*planned));
}

Result<DeliveryVerbs::Waiting> DeliveryStore::waiting(DestinationId destination,
                                                      std::size_t at_most, UtcTime now) {
  Waiting waiting;
  waiting.records = static_cast<std::size_t>(
      db_.number("SELECT count(*) FROM (SELECT 1 FROM requeue WHERE destination = ? AND "
                 "not_before <= ? LIMIT ?)",
                 destination, now, at_most));
  {
    auto rows = db_.query(
        "SELECT unplanned FROM submission WHERE destination = ? AND state = 3 AND unplanned > 0"
        " ORDER BY id",
        destination.value);
    while (waiting.records < at_most && rows.step()) {
      waiting.records += static_cast<std::size_t>(rows.integer(0));
    }
  }
  waiting.records = std::min(waiting.records, at_most);
  {
    auto row = db_.query(
        "SELECT not_before FROM requeue WHERE destination = ? AND not_before > ?"
        " ORDER BY not_before LIMIT 1",
        destination.value, now);
    if (row.step()) waiting.next_requeued = row.time(0);
  }
  return db_.returning(std::move(waiting));
}

}  // namespace devicebatch::ledger
