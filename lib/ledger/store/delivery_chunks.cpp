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
  return chunk;
}

std::vector<RecordId> members_of(Connection& db, ChunkId chunk) {
  auto row = db.query("SELECT records FROM chunk_members WHERE chunk = ?", chunk.value);
  if (row.step()) return unpack_members(row.bytes(0));
  db.note_failure(Error(Errc::corrupt, "the members of a chunk are missing"));
  return {};
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

// Two questions, because each state has a partial index of its own.
Result<bool> DeliveryStore::has_open_create(DestinationId destination) {
  const bool has_one =
      db_.number(
          "SELECT EXISTS(SELECT 1 FROM chunk WHERE state = 3 AND destination = ? AND kind = 0)",
          destination) != 0;
  return db_.returning(has_one);
}

Result<int> DeliveryStore::times_sent_before(RecordId record, ChunkId current) {
  const auto times = db_.number(
      "SELECT COUNT(*) FROM carried JOIN chunk ON chunk.id = carried.chunk"
      " WHERE carried.record = ? AND chunk.id <> ? AND chunk.may_have_reached <> 0",
      record, current);
  return db_.returning(static_cast<int>(times));
}

}  // namespace devicebatch::ledger
