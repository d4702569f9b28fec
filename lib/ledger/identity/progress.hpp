// ledger/identity/progress.hpp - how far a stored record has come, for the decision whether a
// device is known.
//
// Lifecycle: one for each verb: it remembers whether any record was ever retired.
// Errors:    kept by the connection.
#pragma once

#include "ledger/sqlite/connection.hpp"
#include "ledger/store/record_row.hpp"
#include "policy/dedupe.hpp"

#include <optional>

namespace devicebatch::ledger {

class ProgressReader {
 public:
  explicit ProgressReader(Connection& db) : db_(db) {}

  policy::Progress of(const RecordRow& record);

 private:
  policy::Progress of_pending(const RecordRow& record);
  bool has_retired();

  Connection& db_;
  std::optional<bool> has_retired_;
};

}  // namespace devicebatch::ledger
