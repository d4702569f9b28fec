#include "ledger/store/delivery_store.hpp"
#include "ledger/store/record_row.hpp"

namespace devicebatch::ledger {

ChunkRow read_chunk_row(const Statement& row) {
  ChunkRow chunk;
  chunk.id = row.id<ChunkId>(0);
  chunk.destination = row.id<DestinationId>(1);
  chunk.kind = row.as<ChunkKind>(2);
  chunk.state = row.as<ChunkState>(3);
  chunk.request_id = row.uuid(4);
  chunk.body_sha256 = row.digest(5);
  chunk.devices = static_cast<std::size_t>(row.integer(6));
  chunk.attempts = row.small(7);
  chunk.polls = row.small(8);
  chunk.not_before = row.time(9);
  chunk.submitted_at = row.time(10);
  chunk.tracking_id = row.uuid(11);
  chunk.is_stalled = row.integer(12) != 0;
  chunk.last_error = row.text(13);
  chunk.failures = row.small(14);
  chunk.failing_since = row.time(15);
  chunk.had_unknown = row.integer(16) != 0;
  chunk.inquiry = row.as<Inquiry>(17);
  chunk.unknown_since = row.time(18);
  chunk.looks = row.small(19);
  chunk.split_from = row.id<ChunkId>(20);
  return chunk;
}

std::vector<std::uint8_t> pack_members(std::span<const RecordId> members) {
  std::vector<std::uint8_t> packed;
  packed.reserve(members.size() * 8);
  for (const RecordId member : members) {
    for (int shift = 0; shift < 64; shift += 8) {
      packed.push_back(static_cast<std::uint8_t>(member.value >> shift));
    }
  }
  return packed;
}

std::vector<RecordId> unpack_members(Bytes stored) {
  std::vector<RecordId> members(stored.size() / 8);
  for (std::size_t at = 0; at < members.size() * 8; ++at) {
    members[at / 8].value |= static_cast<std::int64_t>(std::uint64_t{stored[at]} << (at % 8 * 8));
  }
  return members;
}

std::vector<RecordId> members_of(Connection& db, ChunkId chunk) {
  auto row = db.query("SELECT records FROM chunk_members WHERE chunk = ?", chunk.value);
  if (row.step()) return unpack_members(row.bytes(0));
  db.note_failure(Error(Errc::corrupt, "the members of a chunk are missing"));
  return {};
}

std::vector<RecordId> open_members_of(Connection& db, ChunkId chunk) {
  std::vector<RecordId> open;
  for (const RecordId member : members_of(db, chunk)) {
    const bool is_open = db.number(
                             "SELECT EXISTS(SELECT 1 FROM record WHERE id = ?1 AND verdict = 0"
                             " AND chunk = ?2) AND NOT EXISTS(SELECT 1 FROM carried WHERE"
                             " record = ?1 AND carried.chunk = ?2)",
                             member, chunk) != 0;
    if (is_open) open.push_back(member);
  }
  return open;
}

void store_device_id(Connection& db, RecordId record, std::string_view id) {
  constexpr const char* kSql = "INSERT OR REPLACE INTO device_id(record, id) VALUES(?, ?)";
  const auto guid = Uuid::parse(id);
  if (guid) {
    db.run(kSql, record, Bytes(guid->bytes()));
  } else {
    db.run(kSql, record, id);
  }
}

// A text of 16 bytes is told from a GUID by its type.
std::string device_id_of(Connection& db, RecordId record) {
  auto row =
      db.query("SELECT id, typeof(id) = 'blob' FROM device_id WHERE record = ?", record.value);
  if (!row.step()) return {};
  return row.integer(1) != 0 ? row.uuid(0).to_string() : row.text(0);
}

Result<std::vector<OpenMember>> DeliveryStore::open_members(ChunkId id) {
  auto known = chunk(id);
  if (!known) return fail(std::move(known.error()));
  std::vector<OpenMember> open;
  for (const RecordId member : open_members_of(db_, id)) {
    const auto record = find_record(db_, member);
    if (!record) break;
    open.push_back({member, record->serial, record->pkid, device_id_of(db_, member)});
  }
  return db_.returning(std::move(open));
}

Result<ChunkRow> DeliveryStore::chunk(ChunkId chunk) {
  auto row = db_.query("SELECT " DEVICEBATCH_CHUNK_COLUMNS " FROM chunk WHERE id = ?", chunk.value);
  if (row.step()) return read_chunk_row(row);
  auto done = db_.outcome();
  if (!done) return fail(std::move(done.error()));
  return fail(Errc::not_found, "no such chunk");
}

Result<ChunkRow> DeliveryStore::chunk_in(ChunkId id, std::initializer_list<ChunkState> states) {
  auto found = chunk(id);
  if (!found) return found;
  for (const ChunkState state : states) {
    if (found->state == state) return found;
  }
  return fail(Errc::corrupt, "chunk " + std::to_string(id.value) + " is " +
                                 std::string(to_string(found->state)) +
                                 ", which does not fit what happened to it");
}

void DeliveryStore::change_state(ChunkId chunk, ChunkState from, ChunkState to) {
  db_.run("UPDATE chunk SET state = ? WHERE id = ?", to, chunk);
  move_tally(db_, tally_of(from), tally_of(to), 1);
}

Result<std::vector<record::Device>> DeliveryStore::devices_of(ChunkId chunk) {
  std::vector<record::Device> devices;
  for (const RecordId member : members_of(db_, chunk)) {
    auto row = find_record(db_, member);
    if (!row) {
      db_.note_failure(Error(Errc::corrupt, "a record of a chunk is missing"));
      break;
    }
    record::Device& device = devices.emplace_back();
    device.record = member;
    device.serial = std::move(row->serial);
    device.pkid = std::move(row->pkid);
    device.manufacturer = std::move(row->manufacturer);
    device.model = std::move(row->model);
    device.hash_form = row->hash_form;
    device.hash = packs_.read(row->hash);
  }
  packs_.release();
  return db_.returning(std::move(devices));
}

Result<std::vector<ChunkRow>> DeliveryStore::unsent_chunks(DestinationId destination) {
  std::vector<ChunkRow> found;
  auto rows = db_.query("SELECT " DEVICEBATCH_CHUNK_COLUMNS
                        " FROM chunk WHERE destination = ? AND state < 3 ORDER BY id",
                        destination.value);
  while (rows.step()) found.push_back(read_chunk_row(rows));
  return db_.returning(std::move(found));
}

Result<std::vector<ChunkRow>> DeliveryStore::jobs_due(UtcTime now, std::size_t at_most) {
  std::vector<ChunkRow> found;
  auto rows = db_.query("SELECT " DEVICEBATCH_CHUNK_COLUMNS
                        " FROM chunk WHERE state = 3 AND not_before <= ? ORDER BY not_before LIMIT "
                        "?",
                        now, at_most);
  while (rows.step()) found.push_back(read_chunk_row(rows));
  return db_.returning(std::move(found));
}

Result<std::optional<UtcTime>> DeliveryStore::next_poll_at() {
  std::optional<UtcTime> next;
  auto row = db_.query("SELECT not_before FROM chunk WHERE state = 3 ORDER BY not_before LIMIT 1");
  if (row.step()) next = row.time(0);
  return db_.returning(next);
}

Result<void> DeliveryStore::postpone_jobs(DestinationId destination, UtcTime until) {
  db_.run("UPDATE chunk SET not_before = ? WHERE state = 3 AND not_before < ? AND destination = ?",
          until, until, destination);
  return db_.outcome();
}

Result<void> DeliveryStore::end_waits_beyond(UtcTime latest, UtcTime now) {
  db_.run("UPDATE chunk SET not_before = ? WHERE state = 3 AND not_before > ?", now, latest);
  db_.run("UPDATE chunk SET not_before = ? WHERE state < 3 AND not_before > ?", now, latest);
  db_.run("UPDATE account SET throttled_until = 0 WHERE throttled_until > ?", latest);
  return db_.outcome();
}

Result<std::size_t> DeliveryStore::open_jobs() {
  const auto open = static_cast<std::size_t>(read_tally(db_, tally_of(ChunkState::submitted)));
  return db_.returning(open);
}

// Two questions, because each state has a partial index of its own.
Result<bool> DeliveryStore::has_open_create(DestinationId destination) {
  const bool has_one =
      db_.number(
          "SELECT EXISTS(SELECT 1 FROM chunk WHERE state = 3 AND destination = ? AND kind = 0)",
          destination) != 0;
  return db_.returning(has_one);
}

// A chunk that surely had no effect sent nothing.
Result<RecordPast> DeliveryStore::past_of(RecordId record, ChunkId current) {
  RecordPast past;
  auto rows = db_.query(
      "SELECT chunk.id, iif(submitted <> 0, submitted, ifnull((SELECT min(started) FROM attempt"
      " WHERE attempt.chunk = chunk.id AND n > 0), 0)), is_forgiven FROM chunk JOIN"
      " (SELECT chunk AS carrier, is_forgiven FROM carried WHERE record = ?1"
      "  UNION ALL SELECT ?2, 0 WHERE NOT EXISTS(SELECT 1 FROM carried WHERE record = ?1 AND"
      "  chunk = ?2)) ON chunk.id = carrier WHERE may_have_reached <> 0",
      record.value, current.value);
  while (rows.step()) {
    const UtcTime sent = rows.time(1);
    past.times_sent_before += rows.id<ChunkId>(0) == current ? 0 : 1;
    if (rows.integer(2) != 0) continue;
    const bool is_earlier = past.first_sent_at == UtcTime{} || sent < past.first_sent_at;
    if (sent != UtcTime{} && is_earlier) past.first_sent_at = sent;
  }
  return db_.returning(past);
}

}  // namespace devicebatch::ledger
