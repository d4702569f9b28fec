// What a row is told about the device it met, and what the records that hold nothing know of it.
#include "base/text.hpp"
#include "ledger/identity/dedupe_window.hpp"
#include "ledger/identity/device_facts.hpp"
#include "ledger/identity/resolution_codes.hpp"
#include "record/finding_codes.hpp"

#include <algorithm>

namespace devicebatch::ledger {
namespace {

using policy::Kinship;

// What policy::compare calls the very same record.
constexpr std::string_view kSameRecord = "duplicate.record";

constexpr std::string_view kNothingToDo = "Nothing to do: the device is taken care of once.";
constexpr std::string_view kNewerCounts = "Nothing to do: the newer capture counts.";
constexpr std::string_view kFindOut =
    "Find out which of the two is right, and hand that one in under its own serial number.";

std::string_view fix_for(Kinship kinship) {
  if (kinship == Kinship::duplicate) return kNothingToDo;
  return kinship == Kinship::conflict ? kFindOut : kNewerCounts;
}

Verdict verdict_for(Kinship kinship) {
  if (kinship == Kinship::duplicate) return Verdict::duplicate;
  return kinship == Kinship::conflict ? Verdict::conflict : Verdict::superseded;
}

}  // namespace

bool DedupeWindow::was_settled(std::size_t row, const Candidate& holder) {
  const record::BatchRow& incoming = batch_.rows[row];
  const Uuid& customer = origin_of(submission_).customer;
  const auto facts = facts_of(customer, incoming, batch_.hash_of(incoming));
  for (const RecordRow& earlier : gone_) {
    if (earlier.first_record != holder.record.id) continue;
    const auto hash = packs_.read(earlier.hash);
    const auto known = facts_of(customer, earlier, hash);
    if (policy::compare(facts, known, policy::Progress::registered).code != kSameRecord) continue;
    if (db_.number("SELECT EXISTS(SELECT 1 FROM outcome WHERE record = ? AND code = ?)", earlier.id,
                   kKeptCode) != 0) {
      return true;
    }
  }
  return false;
}

void DedupeWindow::answer(std::size_t row, const Candidate& holder) {
  RowDecision& decision = decisions_[row];
  const record::BatchRow& incoming = batch_.rows[row];
  decision.verdict = verdict_for(holder.decision.kinship);
  decision.holder = holder.record.id;
  decision.code = holder.decision.code;
  decision.reason = std::string(holder.decision.reason) + " It came on " +
                    place_of(holder.record.line, holder.record.submission, submission_) +
                    " and is " + std::string(to_string(holder.record.verdict)) + ".";
  decision.fix = fix_for(holder.decision.kinship);
  const Bytes hash = batch_.hash_of(incoming);
  const bool is_same_hash =
      incoming.hash_form == holder.record.hash_form &&
      std::equal(hash.begin(), hash.end(), holder.hash.begin(), holder.hash.end());
  if (is_same_hash && !hash.empty()) decision.hash = holder.record.hash;
  if (decision.verdict == Verdict::conflict && was_settled(row, holder)) {
    decision.verdict = Verdict::superseded;
    decision.code = kKeptCode;
    decision.reason = "A person decided that the earlier record stands. " + decision.reason;
    decision.fix = kNothingToDo;
  }
  note_history(row);
}

void DedupeWindow::note_history(std::size_t row) {
  const RowDecision& decision = decisions_[row];
  const RecordId self{first_record_ + static_cast<std::int64_t>(row)};
  if (decision.verdict == Verdict::conflict) {
    history_.push_back({HistoryKind::conflict, self, decision.holder, std::string(decision.code)});
  } else if (decision.code == "duplicate.recapture") {
    history_.push_back({HistoryKind::recapture, self, decision.holder, ""});
  } else if (decision.code == "superseded.stale") {
    history_.push_back({HistoryKind::stale, self, decision.holder, ""});
  }
}

void DedupeWindow::give_way(std::size_t row) {
  const RecordId winner{first_record_ + static_cast<std::int64_t>(row)};
  for (const Candidate& loser : waiting_) {
    RowDecision decision;
    decision.verdict = Verdict::superseded;
    decision.holder = winner;
    decision.code = loser.decision.code;
    decision.reason = "A newer capture of this device came on " +
                      place_of(batch_.rows[row].line, submission_, loser.record.submission) + ".";
    decision.fix = kNewerCounts;
    history_.push_back({HistoryKind::replaced, winner, loser.record.id, ""});
    if (loser.record.id.value >= first_record_) {
      decisions_[static_cast<std::size_t>(loser.record.id.value - first_record_)] =
          std::move(decision);
    } else {
      replaced_ids_.insert(loser.record.id.value);
      replaced_.push_back({loser.record.id, loser.record.submission, std::move(decision)});
    }
  }
}

void DedupeWindow::ask_the_gone(std::size_t row) {
  if (gone_.empty()) return;
  const record::BatchRow& incoming = batch_.rows[row];
  const Bytes hash = batch_.hash_of(incoming);
  auto facts = facts_of(origin_of(submission_).customer, incoming, hash);
  (void)add_hash_identity(facts, incoming.hash_form, hash);
  const RecordId self{first_record_ + static_cast<std::int64_t>(row)};
  for (const RecordRow& earlier : gone_) {
    if (earlier.verdict != Verdict::failed) continue;
    const auto earlier_hash = packs_.read(earlier.hash);
    auto known = facts_of(facts.customer, earlier, earlier_hash);
    (void)add_hash_identity(known, earlier.hash_form, earlier_hash);
    if (!policy::is_same_device(facts, known)) continue;
    history_.push_back({HistoryKind::again, self, earlier.id, ""});
    break;
  }
  if (incoming.hash_form == record::HashForm::none) attach_hash(row, facts);
}

void DedupeWindow::attach_hash(std::size_t row, const policy::DeviceFacts& facts) {
  const auto known = find_known_hash(db_, packs_, facts, gone_);
  if (!known) return;
  RowDecision& decision = decisions_[row];
  decision.attached =
      record::make_finding(record::Code::hash_attached,
                           {place_of(known->record.line, known->record.submission, submission_)});
  decision.hash = known->record.hash;
  decision.captured = known->record.captured;
  auto whole = facts_of(facts.customer, batch_.rows[row], {});
  whole.hash_digest = facts_of(facts.customer, known->record, known->hash).hash_digest;
  (void)add_hash_identity(whole, known->record.hash_form, known->hash);
  const record::BatchRow& own = batch_.rows[row];
  keys_[row] = keys_of(whole, {own.manufacturer, own.model}, key_seed());
  const RecordId self{first_record_ + static_cast<std::int64_t>(row)};
  history_.push_back({HistoryKind::attached, self, known->record.id, ""});
}

std::uint64_t DedupeWindow::key_seed() {
  return static_cast<std::uint64_t>(db_.number("SELECT value FROM meta WHERE name = 'key_seed'"));
}

const DedupeWindow::Origin& DedupeWindow::origin_of(SubmissionId submission) {
  const auto [found, is_new] = origins_.try_emplace(submission.value);
  if (!is_new) return found->second;
  auto row = db_.query(
      "SELECT d.customer, s.name, s.seen FROM submission s JOIN destination d ON d.id = "
      "s.destination WHERE s.id = ?",
      submission.value);
  if (row.step()) {
    found->second.customer = row.uuid(0);
    found->second.name = printable(row.text_view(1));
    found->second.seen = row.time(2);
  } else {
    db_.note_failure(Error(Errc::corrupt, "a record's submission is missing"));
  }
  return found->second;
}

std::string DedupeWindow::place_of(std::uint64_t line, SubmissionId submission,
                                   SubmissionId reader) {
  const std::string where = "line " + std::to_string(line) + " of ";
  if (submission == reader) return where + "this file";
  const Origin& origin = origin_of(submission);
  return where + origin.name + " (" + format_utc(origin.seen) + ")";
}

}  // namespace devicebatch::ledger
