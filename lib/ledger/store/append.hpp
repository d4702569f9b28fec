// ledger/store/append.hpp - the rows of one batch become records.
#pragma once

#include "ledger/identity/dedupe_window.hpp"
#include "ledger/identity/spelling_book.hpp"
#include "ledger/index/identity_index.hpp"
#include "ledger/intake_verbs.hpp"
#include "ledger/sqlite/connection.hpp"
#include "ledger/store/pack_store.hpp"

namespace devicebatch::ledger {

// One use for one batch, inside a transaction. After a failure the memory of the index is wrong
// until it is loaded again, which the savepoint around the verb does.
class Append {
 public:
  Append(Connection& db, IdentityIndex& index, PackStore& packs, SpellingBook& spellings,
         const record::RecordBatch& batch);

  Result<AppendCounts> run(SubmissionId submission, UtcTime now);

 private:
  void insert_pack();
  void insert_row(std::size_t row);
  void insert_findings(std::size_t row);
  bool is_routed(const record::BatchRow& row) const;
  void note_place(std::size_t row);
  void write_history();
  void retire_replaced();
  void update_submission();
  void count(Verdict verdict);

  Connection& db_;
  IdentityIndex& index_;
  PackStore& packs_;
  const record::RecordBatch& batch_;
  RecordId first_;
  DedupeWindow window_;
  SpellingBook& spellings_;
  SubmissionId submission_;
  DestinationId destination_;  // that of the submission
  UtcTime now_{};
  std::int64_t pack_ = 0;
  AppendCounts counts_;
  std::int64_t routed_ = 0;          // rows with another destination
  std::int64_t routed_pending_ = 0;  // of those, the ones that wait
};

// A finding about a record; `number` tells those of one record apart.
void insert_finding(Connection& db, RecordId record, std::int64_t number,
                    const record::Finding& finding);

}  // namespace devicebatch::ledger
