#include "base/text.hpp"
#include "ledger/operators/operator_store.hpp"
#include "ledger/store/delivery_store.hpp"

#include <limits>

namespace devicebatch::ledger {
namespace {

constexpr std::size_t kNameBytes = 200;
// A reason is a sentence; a file that somebody pasted is not.
constexpr std::size_t kReasonBytes = 500;

std::string name_of(ChunkId chunk) {
  return "chunk:" + std::to_string(chunk.value);
}

std::string describe(const ChunkRow& chunk) {
  std::string text(to_string(chunk.state));
  if (chunk.state == ChunkState::unconfirmed) text += ", " + std::string(to_string(chunk.inquiry));
  return text + ", due " + format_utc(chunk.not_before);
}

Result<ChunkRow> find_chunk(Connection& db, ChunkId id) {
  auto row = db.query("SELECT " DEVICEBATCH_CHUNK_COLUMNS " FROM chunk WHERE id = ?", id.value);
  if (row.step()) return read_chunk_row(row);
  auto read = db.outcome();
  if (!read) return fail(std::move(read.error()));
  return fail(Errc::not_found, "there is no chunk " + std::to_string(id.value));
}

}  // namespace

Actor readable(const Actor& actor) {
  return {printable(actor.who, kNameBytes), printable(actor.why, kReasonBytes)};
}

void OperatorStore::write_audit(const Actor& actor, std::string_view verb, std::string_view target,
                                std::string_view detail, UtcTime now) {
  const Actor shown = readable(actor);
  db_.run("INSERT INTO audit(at, who, why, verb, target, detail) VALUES(?, ?, ?, ?, ?, ?)", now,
          shown.who, shown.why, verb, printable(target, kReasonBytes),
          printable(detail, kErrorBytes));
}

Result<void> OperatorStore::audit(const Actor& actor, std::string_view verb,
                                  std::string_view target, std::string_view detail, UtcTime now) {
  write_audit(actor, verb, target, detail, now);
  return db_.outcome();
}

Result<std::vector<AuditEntry>> OperatorStore::audit_log(std::int64_t before, std::size_t at_most) {
  std::vector<AuditEntry> entries;
  auto rows = db_.query(
      "SELECT id, at, who, why, verb, target, detail FROM audit WHERE id < ? ORDER BY id DESC "
      "LIMIT ?",
      before == 0 ? std::numeric_limits<std::int64_t>::max() : before, at_most);
  while (rows.step()) {
    AuditEntry& entry = entries.emplace_back();
    entry.id = rows.integer(0);
    entry.at = rows.time(1);
    entry.actor = {rows.text(2), rows.text(3)};
    entry.verb = rows.text(4);
    entry.target = rows.text(5);
    entry.detail = rows.text(6);
  }
  return db_.returning(std::move(entries));
}

Result<void> OperatorStore::hurry(ChunkId id, const Actor& actor, UtcTime now) {
  auto chunk = find_chunk(db_, id);
  if (!chunk) return fail(std::move(chunk.error()));
  if (chunk->state == ChunkState::sending) {
    return fail(Errc::rejected, "chunk " + std::to_string(id.value) + " is being sent right now");
  }
  if (chunk->state == ChunkState::settled) {
    return fail(Errc::rejected, "chunk " + std::to_string(id.value) +
                                    " is settled; ask for its records one by one");
  }
  db_.run("UPDATE chunk SET not_before = ? WHERE id = ?", now, id);
  write_audit(actor, "hurry", name_of(id), describe(*chunk), now);
  return db_.outcome();
}

Result<void> OperatorStore::look_for(ChunkId id, const Actor& actor, UtcTime now) {
  auto chunk = find_chunk(db_, id);
  if (!chunk) return fail(std::move(chunk.error()));
  if (chunk->state != ChunkState::unconfirmed) {
    return fail(Errc::rejected, "chunk " + std::to_string(id.value) + " is " +
                                    std::string(to_string(chunk->state)) +
                                    "; only an unconfirmed one is looked for in its batch");
  }
  db_.run("UPDATE chunk SET inquiry = ?, not_before = ? WHERE id = ?", Inquiry::look, now, id);
  write_audit(actor, "look", name_of(id), describe(*chunk), now);
  return db_.outcome();
}

}  // namespace devicebatch::ledger
