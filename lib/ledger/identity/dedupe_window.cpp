#include "ledger/identity/dedupe_window.hpp"

#include "ledger/identity/device_facts.hpp"

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
// Records that hold nothing any more are asked about their device; the newest are enough.
constexpr std::size_t kAskedOfGone = 8;

// The whole record comes last: when any of its parts is unknown, so is the whole.
constexpr std::array kKeyOrder{KeyKind::serial, KeyKind::tpm, KeyKind::uuid, KeyKind::pkid,
                               KeyKind::record};

}  // namespace

DedupeWindow::DedupeWindow(Connection& db, IdentityIndex& index, PackStore& packs,
                           const record::RecordBatch& batch, RecordId first_record)
    : db_(db),
      index_(index),
      packs_(packs),
      batch_(batch),
      first_record_(first_record.value),
      decisions_(batch.rows.size()),
      progress_(db),
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
      ask_the_gone(row);
    }
  }
  // Duplicates are found through their holder.
  const Verdict verdict = decisions_[row].verdict;
  if (verdict == Verdict::duplicate || verdict == Verdict::superseded) return;
  if (!decisions_[row].attached) keys_[row] = incoming.keys;
  index_.add(static_cast<std::uint32_t>(first_record_) + static_cast<std::uint32_t>(row),
             keys_[row]);
}

void DedupeWindow::find_holder(std::size_t row) {
  considered_.clear();
  waiting_.clear();
  gone_.clear();
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
    if (!read(record, candidate)) continue;
    if (candidate.progress == policy::Progress::gone) {
      remember_gone(row, std::move(candidate.record));
      continue;
    }
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

// False when it must not be looked at.
bool DedupeWindow::read(std::int64_t record, Candidate& into) {
  if (record >= first_record_) {
    copy_from_batch(static_cast<std::size_t>(record - first_record_), into);
    return true;
  }
  if (replaced_ids_.contains(record)) return false;
  auto stored = find_record(db_, RecordId{record});
  if (!stored) {
    db_.note_failure(Error(Errc::corrupt, "the identity index names a record that is missing"));
    return false;
  }
  into.record = std::move(*stored);
  into.progress = progress_.of(into.record);
  return true;
}

// Those that failed are told of in the history, a person may have decided about the very record,
// and a row without a hash can use theirs.
void DedupeWindow::remember_gone(std::size_t row, RecordRow&& record) {
  if (record.id.value >= first_record_ || gone_.size() == kAskedOfGone) return;
  const bool has_no_hash = batch_.rows[row].hash_form == record::HashForm::none;
  if (record.verdict == Verdict::rejected && !has_no_hash) return;
  if (origin_of(record.submission).customer != origin_of(submission_).customer) return;
  gone_.push_back(std::move(record));
}

void DedupeWindow::copy_from_batch(std::size_t row, Candidate& candidate) const {
  const record::BatchRow& earlier = batch_.rows[row];
  RecordRow& record = candidate.record;
  record.id = RecordId{first_record_ + static_cast<std::int64_t>(row)};
  record.submission = submission_;
  record.line = earlier.line;
  record.verdict = decisions_[row].verdict;
  candidate.progress = record.verdict == Verdict::none       ? policy::Progress::waiting
                       : record.verdict == Verdict::conflict ? policy::Progress::held
                                                             : policy::Progress::gone;
  record.captured = earlier.captured_at;
  record.hash_form = earlier.hash_form;
  record.hash = decisions_[row].hash;
  if (record.hash.length == 0) record.hash = {0, earlier.hash_offset, earlier.hash_length};
  record.serial = earlier.serial;
  record.pkid = earlier.pkid;
  record.manufacturer = earlier.manufacturer;
  record.model = earlier.model;
  if (decisions_[row].attached) {
    record.captured = decisions_[row].captured;
    record.hash_form = record::HashForm::canonical;
    return;
  }
  const Bytes hash = batch_.hash_of(earlier);
  candidate.hash.assign(hash.begin(), hash.end());
}

void DedupeWindow::load(Candidate& candidate) {
  // One of this batch has its hash already, unless it got that of an earlier record.
  if (candidate.record.id.value >= first_record_ && candidate.record.hash.pack == 0) return;
  candidate.hash = packs_.read(candidate.record.hash);
}

policy::DedupeDecision DedupeWindow::compare(std::size_t row, const Candidate& candidate) {
  const record::BatchRow& incoming = batch_.rows[row];
  const Uuid customer = origin_of(submission_).customer;
  const Uuid other = origin_of(candidate.record.submission).customer;
  const Bytes hash = batch_.hash_of(incoming);
  auto facts = facts_of(customer, incoming, hash);
  auto known = facts_of(other, candidate.record, candidate.hash);
  const auto progress = candidate.progress;
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

}  // namespace devicebatch::ledger
