#include "ledger/store/dedupe_window.hpp"

#include "base/text.hpp"
#include "ledger/store/device_facts.hpp"

#include <algorithm>
#include <array>

namespace devicebatch::ledger {
namespace {

using policy::Kinship;
using record::KeyKind;

// Different records under one key: a shared serial number, or a true collision. The newest that
// hold anything speak for all; so many are looked at to find them.
constexpr std::size_t kComparedByKey = 64;
constexpr std::size_t kReadByKey = 256;
// The key of the whole record is exact: nothing may hide behind newer ones.
constexpr std::size_t kNoCap = 1'000'000;
// Rows ahead whose places in the index are fetched into the cache: enough to cover a memory access.
constexpr std::size_t kPrefetchRows = 4;

// The whole record comes last: when any of its parts is unknown, so is the whole.
constexpr std::array kKeyOrder{KeyKind::serial, KeyKind::tpm, KeyKind::uuid, KeyKind::pkid,
                               KeyKind::record};

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

DedupeWindow::DedupeWindow(Connection& db, IdentityIndex& index, PackStore& packs,
                           const record::RecordBatch& batch, RecordId first_record)
    : db_(db),
      index_(index),
      packs_(packs),
      batch_(batch),
      first_record_(first_record.value),
      decisions_(batch.rows.size()),
      keys_(batch.rows.size()) {}

void DedupeWindow::decide_all(SubmissionId submission) {
  submission_ = submission;
  for (std::size_t row = 0; row < batch_.rows.size() && db_.is_sound(); ++row) {
    const std::size_t ahead = row + kPrefetchRows;
    if (ahead < batch_.rows.size()) {
      for (const std::uint64_t key : batch_.rows[ahead].keys) {
        if (key != 0) index_.prefetch(key);
      }
    }
    decide(row);
  }
}

void DedupeWindow::decide(std::size_t row) {
  const record::BatchRow& incoming = batch_.rows[row];
  if (incoming.is_rejected) {
    decisions_[row].verdict = Verdict::rejected;
  } else {
    find_holder(row);
    if (holder_) {
      answer(row, *holder_);
    } else {
      give_way(row);
    }
  }
  // Duplicates are found through their holder.
  const Verdict verdict = decisions_[row].verdict;
  if (verdict == Verdict::duplicate || verdict == Verdict::superseded) return;
  keys_[row] = incoming.keys;
  index_.add(static_cast<std::uint32_t>(first_record_) + static_cast<std::uint32_t>(row),
             incoming.keys);
}

void DedupeWindow::find_holder(std::size_t row) {
  considered_.clear();
  waiting_.clear();
  holder_.reset();
  bool is_new_in_part = false;
  for (const KeyKind kind : kKeyOrder) {
    const std::uint64_t key = batch_.rows[row].keys[static_cast<std::size_t>(kind)];
    const bool is_whole = kind == KeyKind::record;
    if (key == 0 || (is_whole && is_new_in_part)) continue;
    found_.clear();
    index_.find(key, is_whole ? kNoCap : kReadByKey, found_);
    is_new_in_part = is_new_in_part || found_.empty();
    if (consider_found(row, is_whole ? kNoCap : kComparedByKey)) return;
  }
}

// True when the strongest answer is there and no other can matter.
bool DedupeWindow::consider_found(std::size_t row, std::size_t at_most) {
  std::size_t compared = 0;
  for (const std::uint32_t record : found_) {
    if (std::find(considered_.begin(), considered_.end(), record) != considered_.end()) continue;
    considered_.push_back(record);
    Candidate candidate;
    if (is_gone(record, candidate)) continue;
    load(candidate);
    candidate.decision = compare(row, candidate);
    consider(std::move(candidate));
    if (holder_ && holder_->decision.kinship == Kinship::duplicate) return true;
    if (++compared == at_most) break;
  }
  return false;
}

void DedupeWindow::consider(Candidate candidate) {
  if (candidate.decision.kinship == Kinship::unrelated) return;
  if (candidate.decision.kinship == Kinship::replaces) {
    waiting_.push_back(std::move(candidate));
    return;
  }
  const bool is_stronger =
      !holder_ || &policy::strongest(holder_->decision, candidate.decision) == &candidate.decision;
  if (is_stronger) holder_ = std::move(candidate);
}

bool DedupeWindow::is_gone(std::int64_t record, Candidate& into) {
  if (record >= first_record_) {
    copy_from_batch(static_cast<std::size_t>(record - first_record_), into);
  } else {
    if (replaced_ids_.contains(record)) return true;
    auto stored = find_record(db_, RecordId{record});
    if (!stored) {
      db_.note_failure(Error(Errc::corrupt, "the identity index names a record that is missing"));
      return true;
    }
    into.record = std::move(*stored);
  }
  return progress_of(into.record.verdict, into.record.is_planned) == policy::Progress::gone;
}

void DedupeWindow::copy_from_batch(std::size_t row, Candidate& candidate) const {
  const record::BatchRow& earlier = batch_.rows[row];
  RecordRow& record = candidate.record;
  record.id = RecordId{first_record_ + static_cast<std::int64_t>(row)};
  record.submission = submission_;
  record.line = earlier.line;
  record.verdict = decisions_[row].verdict;
  record.captured = earlier.captured_at;
  record.hash_form = earlier.hash_form;
  record.hash = decisions_[row].hash;
  if (record.hash.length == 0) record.hash = {0, earlier.hash_offset, earlier.hash_length};
  record.serial = earlier.serial;
  record.pkid = earlier.pkid;
  record.manufacturer = earlier.manufacturer;
  record.model = earlier.model;
  const Bytes hash = batch_.hash_of(earlier);
  candidate.hash.assign(hash.begin(), hash.end());
}

void DedupeWindow::load(Candidate& candidate) {
  if (candidate.record.id.value >= first_record_) return;
  candidate.hash = packs_.read(candidate.record.hash);
}

policy::DedupeDecision DedupeWindow::compare(std::size_t row, const Candidate& candidate) {
  const record::BatchRow& incoming = batch_.rows[row];
  const Uuid customer = origin_of(submission_).customer;
  const Uuid other = origin_of(candidate.record.submission).customer;
  const Bytes hash = batch_.hash_of(incoming);
  auto facts = facts_of(customer, incoming, hash);
  auto known = facts_of(other, candidate.record, candidate.hash);
  const auto progress = progress_of(candidate.record.verdict, candidate.record.is_planned);
  // The same record needs no look into the hash, and is by far the most frequent hit.
  const auto quick = policy::compare(facts, known, progress);
  if (quick.kinship == Kinship::duplicate && facts.hash_digest == known.hash_digest) return quick;
  const bool is_readable = add_hash_identity(known, candidate.record.hash_form, candidate.hash);
  if (!is_readable && db_.is_sound()) {
    db_.note_failure(Error(Errc::corrupt, "a stored hardware hash does not verify any more"));
  }
  // A hash that does not parse has no identity beyond its digest.
  (void)add_hash_identity(facts, incoming.hash_form, hash);
  return policy::compare(facts, known, progress);
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
    if (loser.record.id.value >= first_record_) {
      decisions_[static_cast<std::size_t>(loser.record.id.value - first_record_)] =
          std::move(decision);
    } else {
      replaced_ids_.insert(loser.record.id.value);
      replaced_.push_back({loser.record.id, loser.record.submission, std::move(decision)});
    }
  }
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
