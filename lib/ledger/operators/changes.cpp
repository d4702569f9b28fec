#include "ledger/identity/device_facts.hpp"
#include "ledger/identity/history.hpp"
#include "ledger/identity/known_hash.hpp"
#include "ledger/operators/operator_store.hpp"
#include "ledger/store/append.hpp"
#include "ledger/store/tally.hpp"
#include "record/finding_codes.hpp"

#include <algorithm>

namespace devicebatch::ledger {
namespace {

std::string name_of(RecordId record) {
  return "record:" + std::to_string(record.value);
}

Result<void> refuse(RecordId record, std::string_view why) {
  return fail(Errc::rejected, "record " + std::to_string(record.value) + " " + std::string(why));
}

// Why a record that is neither waiting nor held stays as it is.
Result<void> refuse_by_stage(const RecordRow& record, RecordStage stage) {
  const std::string chunk = "chunk " + std::to_string(record.chunk.value);
  switch (stage) {
    case RecordStage::arriving:
      return refuse(record.id, "is still being read in; try again when its file is complete");
    case RecordStage::waiting:
      return refuse(record.id, "waits for its chunk");
    case RecordStage::held:
      return refuse(record.id, "is held; release or cancel it");
    case RecordStage::planned:
    case RecordStage::sending:
      return refuse(record.id, "is on its way in " + chunk + "; wait for its verdict");
    case RecordStage::unconfirmed:
      return refuse(record.id,
                    "is on its way in " + chunk +
                        ", whose fate is unknown; wait until the service was asked about it");
    case RecordStage::submitted:
      return refuse(record.id,
                    "is on its way: the service works on " + chunk + "; wait for its verdict");
    case RecordStage::finished:
      return refuse(record.id,
                    "has its verdict already: " + std::string(to_string(record.verdict)));
  }
  return {};
}

// Only what the service or a person refused can be tried again.
Result<void> refuse_retry_of(const RecordRow& record) {
  switch (record.verdict) {
    case Verdict::registered:
    case Verdict::already_registered:
      return refuse(record.id, "is registered; there is nothing to try again");
    case Verdict::duplicate:
    case Verdict::superseded:
      return refuse(record.id, "was answered by record " +
                                   std::to_string(record.first_record.value) +
                                   ", which takes care of the device; try that one");
    case Verdict::rejected:
      return refuse(record.id,
                    "was never sent because its row or its file is wrong; correct the file and "
                    "hand it in again");
    case Verdict::conflict:
      return refuse(record.id,
                    "tells another story about a known device; find out which of the two is right, "
                    "and settle it with conflicts resolve");
    case Verdict::none:
    case Verdict::failed:
      break;
  }
  return {};
}

}  // namespace

Result<OperatorStore::Target> OperatorStore::find(RecordId id) {
  auto record = find_record(db_, id);
  if (!record) {
    auto read = db_.outcome();
    if (!read) return fail(std::move(read.error()));
    return fail(Errc::not_found, "there is no record " + std::to_string(id.value));
  }
  RecordLines lines(db_);
  Target target;
  target.place = lines.place_of(*record);
  const RecordLines::Origin& origin = lines.origin_of(record->submission);
  target.destination = lines.destination_of(record->id, record->submission);
  target.submission_state = origin.state;
  target.record = std::move(*record);
  return db_.returning(std::move(target));
}

// A record that never was in a chunk is passed by the cursor of its submission from here on.
void OperatorStore::leave_queue(const Target& target) {
  const RecordId id = target.record.id;
  if (target.record.is_planned) {
    db_.run("DELETE FROM requeue WHERE record = ?", id);
    return;
  }
  db_.run("UPDATE record SET chunk = 0 WHERE id = ?", id);
  db_.run("UPDATE submission SET unplanned = unplanned - 1 WHERE id = ?", target.record.submission);
}

void OperatorStore::queue(const Target& target, UtcTime not_before) {
  db_.run("INSERT INTO requeue(record, destination, not_before) VALUES(?, ?, ?)", target.record.id,
          target.destination, not_before);
}

Result<void> OperatorStore::check_retry(const Target& target) {
  auto possible = refuse_retry_of(target.record);
  if (!possible) return possible;
  const auto relatives = find_relatives(from_, device_of(from_, target.record));
  const auto twin = std::ranges::find_if(relatives, is_twin);
  if (twin == relatives.end()) return db_.outcome();
  const RecordRow& other = twin->device.record;
  return refuse(target.record.id, "is not tried again: the same device came once more as record " +
                                      std::to_string(other.id.value) + ", which is " +
                                      std::string(to_string(other.verdict)));
}

// Those that it did not have when it was stored, so that its later captures meet it.
void OperatorStore::add_keys(const KnownDevice& before) {
  auto record = find_record(db_, before.record.id);
  if (!record) return;
  const auto seed =
      static_cast<std::uint64_t>(db_.number("SELECT value FROM meta WHERE name = 'key_seed'"));
  const auto old_keys = before.keys(seed);
  auto keys = device_of(from_, std::move(*record)).keys(seed);
  for (std::size_t at = 0; at < keys.size(); ++at) {
    if (keys[at] == old_keys[at]) keys[at] = 0;
  }
  from_.index.add_later(static_cast<std::uint32_t>(before.record.id.value), keys);
}

// A record that failed without a hash goes with the one that came since, if one did.
void OperatorStore::attach_hash(const Target& target, UtcTime now) {
  if (target.record.hash_form != record::HashForm::none) return;
  const KnownDevice device = device_of(from_, target.record);
  std::vector<RecordRow> known{target.record};
  for (Relative& relative : find_relatives(from_, device)) {
    if (relative.device.customer != device.customer) continue;
    known.push_back(std::move(relative.device.record));
  }
  const auto found = find_known_hash(db_, from_.packs, device.facts(), known);
  from_.packs.release();
  if (!found) return;
  const RecordId id = target.record.id;
  const RecordRow& source = found->record;
  db_.run("UPDATE record SET hash_form = ?, pack = ?, off = ?, len = ?, captured = ? WHERE id = ?",
          source.hash_form, source.hash.pack, source.hash.offset, source.hash.length,
          source.captured, id);
  add_keys(device);
  insert_finding(db_, id, kFindingsPerRecord - 2,
                 record::make_finding(record::Code::hash_attached,
                                      {"record " + std::to_string(source.id.value)}));
  add_history(db_, {HistoryKind::attached, id, source.id, ""}, now);
}

void OperatorStore::reopen(const Target& target, UtcTime not_before) {
  const RecordRow& record = target.record;
  db_.run("UPDATE record SET verdict = 0, finished = 0, chunk = ifnull(chunk, 0) WHERE id = ?",
          record.id);
  if (record.chunk) {
    db_.run("INSERT OR IGNORE INTO carried(record, chunk) VALUES(?, ?)", record.id, record.chunk);
  }
  db_.run("UPDATE carried SET is_forgiven = 1 WHERE record = ?", record.id);
  db_.run("DELETE FROM outcome WHERE record = ?", record.id);
  db_.run("DELETE FROM dead_letter WHERE record = ?", record.id);
  queue(target, not_before);
  db_.run(
      "UPDATE submission SET state = ?, finished = 0, open = open + 1, verdict6 = verdict6 - 1"
      " WHERE id = ?",
      SubmissionState::pending, record.submission);
  move_tally(db_, tally_of(Verdict::failed), tally_of(Verdict::none), 1);
  move_tally(db_, tally_of(target.submission_state), tally_of(SubmissionState::pending), 1);
}

Result<void> OperatorStore::retry(RecordId id, UtcTime not_before, const Actor& actor,
                                  UtcTime now) {
  auto target = find(id);
  if (!target) return fail(std::move(target.error()));
  std::string before(to_string(target->place.stage));
  if (target->place.stage == RecordStage::finished) {
    auto possible = check_retry(*target);
    if (!possible) return possible;
    const RecordLine line = RecordLines(db_).line_of(RecordRow(target->record));
    before = "failed (" + line.code + "): " + line.message;
    reopen(*target, not_before);
    attach_hash(*target, now);
  } else if (target->place.stage == RecordStage::waiting) {
    db_.run("UPDATE requeue SET not_before = min(not_before, ?) WHERE record = ?", now, id);
  } else {
    return refuse_by_stage(target->record, target->place.stage);
  }
  write_audit(actor, "retry", name_of(id), before, now);
  return db_.outcome();
}

Result<void> OperatorStore::hold(RecordId id, const Actor& actor, UtcTime now) {
  auto target = find(id);
  if (!target) return fail(std::move(target.error()));
  if (target->place.stage != RecordStage::waiting) {
    return refuse_by_stage(target->record, target->place.stage);
  }
  leave_queue(*target);
  const Actor by = readable(actor);
  db_.run(
      "INSERT INTO held(record, destination, at, code, message, fix, who, why)"
      " VALUES(?, ?, ?, 'operator.held', ?, 'Release it to send it, or cancel it.', ?, ?)",
      id, target->destination, now, "Held by " + by.who + ".", by.who, by.why);
  write_audit(actor, "hold", name_of(id), "waiting", now);
  return db_.outcome();
}

Result<void> OperatorStore::release(RecordId id, const Actor& actor, UtcTime now) {
  auto target = find(id);
  if (!target) return fail(std::move(target.error()));
  if (target->place.stage != RecordStage::held) {
    return refuse(id, "is not held; it is " + std::string(to_string(target->place.stage)));
  }
  const RecordLine line = RecordLines(db_).line_of(RecordRow(target->record));
  db_.run("DELETE FROM held WHERE record = ?", id);
  queue(*target, now);
  write_audit(actor, "release", name_of(id), "held (" + line.code + "): " + line.message, now);
  return db_.outcome();
}

Result<void> OperatorStore::cancel(RecordId id, const Actor& actor, UtcTime now) {
  auto target = find(id);
  if (!target) return fail(std::move(target.error()));
  const RecordStage stage = target->place.stage;
  if (stage != RecordStage::waiting && stage != RecordStage::held) {
    return refuse_by_stage(target->record, stage);
  }
  db_.run("DELETE FROM held WHERE record = ?", id);
  db_.run("DELETE FROM requeue WHERE record = ?", id);
  db_.run("UPDATE record SET verdict = ?, finished = ? WHERE id = ?", Verdict::failed, now, id);
  const Actor by = readable(actor);
  const std::string why = by.why.empty() ? "." : ": " + by.why;
  db_.run("INSERT OR REPLACE INTO outcome(record, code, message, fix) VALUES(?, ?, ?, ?)", id,
          kCancelledCode, "Cancelled by " + by.who + why,
          "Have it tried again if the device is to be registered after all.");
  db_.run("INSERT INTO dead_letter(record, destination, code, at) VALUES(?, ?, ?, ?)", id,
          target->destination, kCancelledCode, now);
  VerdictMoves moves(db_);
  moves.settle(target->record.submission, Verdict::failed, !target->record.is_planned);
  moves.apply();
  write_audit(actor, "cancel", name_of(id), to_string(stage), now);
  return db_.outcome();
}

}  // namespace devicebatch::ledger
