// Two stories about one device: what they are, and a person's word about them.
#include "base/hex.hpp"
#include "ledger/identity/history.hpp"
#include "ledger/identity/resolution_codes.hpp"
#include "ledger/operators/operator_store.hpp"
#include "ledger/store/append.hpp"
#include "ledger/store/tally.hpp"

#include <algorithm>
#include <array>

namespace devicebatch::ledger {
namespace {

// The record repeats one that is held itself.
constexpr std::string_view kHeldCode = "conflict.held";
// Enough to tell two apart; the whole value is nobody's business.
constexpr std::size_t kShownOfDigest = 16;

std::string name_of(RecordId record) {
  return "record:" + std::to_string(record.value);
}

Result<void> refuse(RecordId record, std::string_view why) {
  return fail(Errc::rejected, "record " + std::to_string(record.value) + " " + std::string(why));
}

std::string short_hex(const std::optional<Digest>& digest) {
  return digest ? to_hex(*digest).substr(0, kShownOfDigest) : std::string();
}

std::string time_of_capture(std::int64_t since_2000) {
  constexpr std::int64_t k2000 = 946'684'800;
  if (since_2000 == 0) return {};
  return format_utc(UtcTime(std::chrono::seconds(k2000 + since_2000)));
}

// What can be compared, by its name.
std::vector<std::pair<std::string, std::string>> shown_facts(const policy::DeviceFacts& facts) {
  return {{"customer", facts.customer.to_string()},
          {"serial", std::string(facts.serial)},
          {"pkid", std::string(facts.pkid)},
          {"manufacturer", std::string(facts.manufacturer)},
          {"model", std::string(facts.model)},
          {"uuid", facts.uuid ? to_hex(*facts.uuid) : std::string()},
          {"tpm", short_hex(facts.tpm)},
          {"hash", short_hex(facts.hash_digest)},
          {"captured", time_of_capture(facts.captured_at)}};
}

// The person's name and words, as a receipt may show them.
std::string decided(const Actor& actor, std::string_view what) {
  const Actor by = readable(actor);
  std::string text = by.who + " decided that " + std::string(what);
  return by.why.empty() ? text + "." : text + ": " + by.why;
}

}  // namespace

Result<OperatorStore::Target> OperatorStore::find_conflict(RecordId id) {
  auto target = find(id);
  if (!target) return target;
  const auto no = [&](std::string_view why) {
    return fail(Errc::rejected, "record " + std::to_string(id.value) + " " + std::string(why));
  };
  if (target->record.verdict != Verdict::conflict) {
    const std::string now = target->record.verdict == Verdict::none
                                ? std::string(to_string(target->place.stage))
                                : std::string(to_string(target->record.verdict));
    return no("is no conflict; it is " + now);
  }
  if (target->submission_state < SubmissionState::pending) {
    return no("is still being read in; try again when its file is complete");
  }
  return target;
}

ConflictParty OperatorStore::party_of(const KnownDevice& held, const Relative& relative) {
  ConflictParty party;
  party.record = RecordLines(db_).line_of(RecordRow(relative.device.record));
  party.code = relative.decision.code;
  const auto here = shown_facts(held.facts());
  const auto there = shown_facts(relative.device.facts());
  for (std::size_t at = 0; at < here.size(); ++at) {
    const auto& [name, value] = here[at];
    const std::string& other = there[at].second;
    if (value.empty() && other.empty()) continue;
    (value == other ? party.agrees : party.differs).push_back({name, value, other});
  }
  return party;
}

Result<ConflictCase> OperatorStore::conflict(RecordId id) {
  auto target = find_conflict(id);
  if (!target) return fail(std::move(target.error()));
  ConflictCase found;
  found.record = RecordLines(db_).line_of(RecordRow(target->record));
  const KnownDevice held = device_of(from_, target->record);
  for (const Relative& relative : find_relatives(from_, held)) {
    const bool is_holder = relative.device.record.id == target->record.first_record;
    if (!is_holder && relative.decision.kinship == policy::Kinship::unrelated) continue;
    const auto place = is_holder ? found.others.begin() : found.others.end();
    found.others.insert(place, party_of(held, relative));
  }
  return db_.returning(std::move(found));
}

void OperatorStore::settle_conflict(const Target& target, Verdict verdict, UtcTime now) {
  const RecordId id = target.record.id;
  const SubmissionId submission = target.record.submission;
  const bool is_open = verdict == Verdict::none;
  db_.run("UPDATE record SET verdict = ?, finished = ?, chunk = iif(?, 0, chunk) WHERE id = ?",
          verdict, is_open ? UtcTime{} : now, is_open, id);
  db_.run("DELETE FROM conflict WHERE record = ?", id);
  db_.run(
      "UPDATE submission SET state = ?, finished = 0, open = open + ?, verdict7 = verdict7 - 1,"
      " verdict3 = verdict3 + ?, verdict4 = verdict4 + ?, verdict5 = verdict5 + ? WHERE id = ?",
      SubmissionState::pending, is_open, verdict == Verdict::duplicate,
      verdict == Verdict::superseded, verdict == Verdict::rejected, submission);
  move_tally(db_, tally_of(Verdict::conflict), tally_of(verdict), 1);
  move_tally(db_, tally_of(target.submission_state), tally_of(SubmissionState::pending), 1);
}

// What a receipt says from now on; the contradiction itself stays as a remark.
void OperatorStore::say(const Target& target, std::string_view code, const std::string& message,
                        std::string_view fix) {
  db_.run("INSERT OR REPLACE INTO outcome(record, code, message, fix) VALUES(?, ?, ?, ?)",
          target.record.id, code, message, fix);
}

void OperatorStore::retire_contradicted(const Target& target,
                                        const std::vector<Relative>& relatives, UtcTime now) {
  const RecordId id = target.record.id;
  for (const Relative& relative : relatives) {
    if (!is_twin(relative)) continue;
    const RecordId other = relative.device.record.id;
    db_.run("INSERT OR REPLACE INTO retired(record, by_record) VALUES(?, ?)", other, id);
    add_history(db_, {HistoryKind::retired, id, other, std::string(relative.decision.code)}, now);
  }
}

Result<void> OperatorStore::send_conflict(const Target& target, const std::string& words,
                                          UtcTime now) {
  const RecordId id = target.record.id;
  const auto relatives = find_relatives(from_, device_of(from_, target.record));
  for (const Relative& relative : relatives) {
    if (!is_twin(relative) || relative.decision.kinship == policy::Kinship::conflict) continue;
    const RecordRow& other = relative.device.record;
    return refuse(id, "is not sent: record " + std::to_string(other.id.value) +
                          " takes care of the same device and is " +
                          std::string(to_string(other.verdict)) + "; keep that one instead");
  }
  settle_conflict(target, Verdict::none, now);
  queue(target, now);
  // Until it has an outcome of its own nothing about it is an error any more.
  db_.run("UPDATE finding SET severity = ? WHERE id BETWEEN ? AND ?", record::Severity::warning,
          id.value * kFindingsPerRecord, id.value * kFindingsPerRecord + kFindingsPerRecord - 1);
  insert_finding(db_, id, kFindingsPerRecord - 2,
                 {record::Severity::warning, record::Field::row, kSentCode, words, ""});
  retire_contradicted(target, relatives, now);
  return db_.outcome();
}

namespace {

// Somebody must be there who stands for the device.
bool has_keeper(const std::vector<Relative>& relatives, RecordId record) {
  return std::ranges::any_of(relatives, [&](const Relative& relative) {
    const bool is_held_before =
        relative.progress == policy::Progress::held && relative.device.record.id < record;
    return is_twin(relative) || is_held_before;
  });
}

}  // namespace

Result<void> OperatorStore::resolve(RecordId id, Resolution how, const Actor& actor, UtcTime now) {
  auto target = find_conflict(id);
  if (!target) return fail(std::move(target.error()));
  const RecordId holder = target->record.first_record;
  const RecordLine before = RecordLines(db_).line_of(RecordRow(target->record));
  const Actor by = readable(actor);
  const std::string who = by.who + (by.why.empty() ? "" : ": " + by.why);
  if (how == Resolution::send) {
    auto sent = send_conflict(*target, decided(actor, "this row is sent, too"), now);
    if (!sent) return sent;
    add_history(db_, {HistoryKind::sent, id, holder, who}, now);
  } else if (how == Resolution::keep) {
    const auto relatives = find_relatives(from_, device_of(from_, target->record));
    if (!has_keeper(relatives, id)) {
      return refuse(id, "has nothing left to stand for its device; send it or drop it");
    }
    settle_conflict(*target, before.code == kHeldCode ? Verdict::duplicate : Verdict::superseded,
                    now);
    say(*target, kKeptCode, decided(actor, "the earlier record stands"),
        "Nothing to do: the device is taken care of by the earlier record.");
    add_history(db_, {HistoryKind::kept, id, holder, who}, now);
  } else {
    settle_conflict(*target, Verdict::rejected, now);
    say(*target, kDroppedCode, decided(actor, "this row is wrong"),
        "Correct the row and hand it in again, if its device is to be registered.");
    add_history(db_, {HistoryKind::dropped, id, holder, who}, now);
  }
  write_audit(
      actor, "resolve", name_of(id),
      std::string(to_string(how)) + "; it was a conflict (" + before.code + "): " + before.message,
      now);
  return db_.outcome();
}

}  // namespace devicebatch::ledger
