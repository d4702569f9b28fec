// ledger/store/append.hpp - the rows of one batch become records.
#pragma once

#include "ledger/index/identity_index.hpp"
#include "ledger/intake_verbs.hpp"
#include "ledger/sqlite/connection.hpp"
#include "ledger/store/dedupe_window.hpp"
#include "ledger/store/pack_store.hpp"

namespace devicebatch::ledger {

// One use for one batch, inside a transaction. After a failure the memory of the index is wrong
// until it is loaded again, which the savepoint around the verb does.
class Append {
 public:
  Append(Connection& db, IdentityIndex& index, PackStore& packs, const record::RecordBatch& batch);

  Result<AppendCounts> run(SubmissionId submission, UtcTime now);

 private:
  void insert_pack();
  void insert_row(std::size_t row);
  void insert_findings(std::size_t row);
  void retire_replaced();
  void update_submission();
  void count(Verdict verdict);

  Connection& db_;
  IdentityIndex& index_;
  PackStore& packs_;
  const record::RecordBatch& batch_;
  RecordId first_;
  DedupeWindow window_;
  SubmissionId submission_;
  UtcTime now_{};
  std::int64_t pack_ = 0;
  AppendCounts counts_;
};

// A finding about a record; `number` tells those of one record apart.
void insert_finding(Connection& db, RecordId record, std::int64_t number,
                    const record::Finding& finding);

}  // namespace devicebatch::ledger
