// ledger/identity/dedupe_window.hpp - decides for each row of a batch whether its device is known.
//
// Purpose:   find candidates by key, read them, ask policy::compare. Rows of the batch that are not
//            in the database yet are candidates like any stored record.
// Layout:    dedupe_window.cpp (candidates), dedupe_answers.cpp (what becomes of the row).
// Lifecycle: one for each append(); decide_all() once.
// Threading: the ledger thread.
// Units:     rows are numbered from 0; a row's record is `first_record` + row.
// Errors:    kept by the connection.
#pragma once

#include "ledger/identity/history.hpp"
#include "ledger/identity/known_hash.hpp"
#include "ledger/identity/progress.hpp"
#include "ledger/index/identity_index.hpp"
#include "ledger/store/pack_store.hpp"
#include "ledger/store/record_row.hpp"
#include "policy/dedupe.hpp"
#include "record/record_batch.hpp"

#include <cstdint>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace devicebatch::ledger {

struct RowDecision {
  Verdict verdict = Verdict::none;
  RecordId holder;        // who had the device, or who takes its place
  std::string_view code;  // a literal; empty when there is nothing to say
  std::string reason;
  std::string_view fix;
  PackSlice hash;  // set: the holder's, byte for byte the same; pack 0 is the pack of this batch
  // The row has no hash and gets the one at `hash`.
  std::optional<record::Finding> attached;
  std::int64_t captured = 0;  // of that one
};

// A stored record that waits and must give way to a row of this batch.
struct Replaced {
  RecordId record;
  SubmissionId submission;
  RowDecision decision;
};

class DedupeWindow {
 public:
  DedupeWindow(Connection& db, IdentityIndex& index, PackStore& packs,
               const record::RecordBatch& batch, RecordId first_record);

  void decide_all(SubmissionId submission);

  const std::vector<RowDecision>& decisions() const { return decisions_; }
  const std::vector<Replaced>& replaced() const { return replaced_; }
  const std::vector<HistoryEntry>& history() const { return history_; }
  // The keys that were made findable, for IdentityIndex::log().
  const std::vector<record::IdentityKeys>& keys() const { return keys_; }

 private:
  struct Candidate {
    RecordRow record;
    std::vector<std::uint8_t> hash;
    policy::Progress progress = policy::Progress::gone;
    policy::DedupeDecision decision;
  };
  struct Origin {
    Uuid customer;
    std::string name;
    UtcTime seen{};
  };

  void decide(std::size_t row);
  void find_holder(std::size_t row);
  bool consider_found(std::size_t row, std::size_t at_most);
  void consider(Candidate candidate);
  bool read(std::int64_t record, Candidate& into);
  void remember_gone(std::size_t row, RecordRow&& record);
  void load(Candidate& candidate);
  void copy_from_batch(std::size_t row, Candidate& candidate) const;
  policy::DedupeDecision compare(std::size_t row, const Candidate& candidate);
  void answer(std::size_t row, const Candidate& holder);
  // Did a person decide already that the holder stands against this very record?
  bool was_settled(std::size_t row, const Candidate& holder);
  void note_history(std::size_t row);
  void give_way(std::size_t row);
  // What records that hold nothing any more know about the device of a row that is taken.
  void ask_the_gone(std::size_t row);
  void attach_hash(std::size_t row, const policy::DeviceFacts& facts);
  std::uint64_t key_seed();
  const Origin& origin_of(SubmissionId submission);
  // "line 4 of this file" for a reader of the same submission, else with the file's name and date.
  std::string place_of(std::uint64_t line, SubmissionId submission, SubmissionId reader);

  Connection& db_;
  IdentityIndex& index_;
  PackStore& packs_;
  const record::RecordBatch& batch_;
  std::int64_t first_record_;
  SubmissionId submission_;
  std::vector<RowDecision> decisions_;
  std::vector<Replaced> replaced_;
  std::vector<HistoryEntry> history_;
  ProgressReader progress_;
  std::unordered_set<std::int64_t> replaced_ids_;
  std::vector<record::IdentityKeys> keys_;
  std::unordered_map<std::int64_t, Origin> origins_;

  // About the row that is being decided.
  std::vector<std::uint32_t> found_;
  std::vector<std::uint32_t> considered_;
  std::vector<Candidate> waiting_;  // those that would give way
  std::optional<Candidate> holder_;
  std::vector<RecordRow> gone_;  // of the same customer
};

}  // namespace devicebatch::ledger
