#include "ledger/store/delivery_store.hpp"

namespace devicebatch::ledger {

DestinationRow read_destination_row(const Statement& row) {
  DestinationRow destination;
  destination.id = row.id<DestinationId>(0);
  destination.customer = row.uuid(1);
  destination.batch = row.text(2);
  destination.spelling = row.text(3);
  destination.account = row.text(4);
  destination.presence = row.as<BatchPresence>(5);
  destination.paused_code = row.text(6);
  destination.paused_reason = row.text(7);
  destination.paused_at = row.time(8);
  destination.learned_devices = row.count(9);
  destination.learned_bytes = row.count(10);
  return destination;
}

namespace {

Result<void> one_row(Connection& db, std::int64_t changed) {
  if (changed == 0 && db.is_sound()) return fail(Errc::not_found, "no such destination");
  return db.outcome();
}

}  // namespace

Result<DestinationRow> DeliveryStore::destination(DestinationId destination) {
  auto row = db_.query("SELECT " DEVICEBATCH_DESTINATION_COLUMNS " FROM destination WHERE id = ?",
                       destination.value);
  if (row.step()) return read_destination_row(row);
  auto done = one_row(db_, 0);
  return fail(std::move(done.error()));
}

Result<std::vector<DestinationRow>> DeliveryStore::destinations() {
  std::vector<DestinationRow> found;
  auto rows = db_.query("SELECT " DEVICEBATCH_DESTINATION_COLUMNS " FROM destination ORDER BY id");
  while (rows.step()) found.push_back(read_destination_row(rows));
  return db_.returning(std::move(found));
}

Result<void> DeliveryStore::record_presence(DestinationId destination, BatchPresence presence,
                                            std::string_view spelling) {
  return one_row(db_, db_.run("UPDATE destination SET presence = ?, spelling = ? WHERE id = ?",
                              presence, spelling, destination));
}

Result<void> DeliveryStore::pause(DestinationId destination, std::string_view code,
                                  std::string_view reason, UtcTime now) {
  return one_row(db_, db_.run("UPDATE destination SET paused_code = ?, paused_reason = ?,"
                              " paused_at = ? WHERE id = ?",
                              code, reason, now, destination));
}

Result<void> DeliveryStore::resume(DestinationId destination) {
  return one_row(db_, db_.run("UPDATE destination SET paused_code = '', paused_reason = '',"
                              " paused_at = 0, learned_devices = 0, learned_bytes = 0 WHERE id = ?",
                              destination));
}

Result<void> DeliveryStore::learn_size(DestinationId destination, std::size_t devices,
                                       std::size_t bytes) {
  return one_row(
      db_,
      db_.run("UPDATE destination SET"
              " learned_devices = iif(?1 > 0 AND (learned_devices = 0 OR ?1 < learned_devices),"
              " ?1, learned_devices),"
              " learned_bytes = iif(?2 > 0 AND (learned_bytes = 0 OR ?2 < learned_bytes),"
              " ?2, learned_bytes) WHERE id = ?3",
              devices, bytes, destination));
}

}  // namespace devicebatch::ledger
