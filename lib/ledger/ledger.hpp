// ledger/ledger.hpp - what the service remembers, as verbs.
//
// Purpose:   the interface of the ledger in the words of docs/architecture.md. No SQL and no SQLite
//            type leaves this module, so that another engine can stand behind the same verbs.
// Lifecycle: a verb runs inside a transaction that LedgerThread opened; what it did is durable when
//            that transaction's commit returned, not before. A verb that fails leaves no trace.
// Threading: the ledger thread only.
// Units:     times are UtcTime; sizes are bytes.
// Errors:    Errc::full - no space, rolled back, try again when there is; Errc::transient - input
//            or output failed, rolled back; Errc::corrupt - the file contradicts itself or the
//            caller does (two bodies for one request id); Errc::not_found - no such row.
#pragma once

#include "ledger/delivery_verbs.hpp"
#include "ledger/intake_verbs.hpp"
#include "ledger/operator_verbs.hpp"
#include "ledger/receipt_verbs.hpp"
#include "ledger/report_verbs.hpp"

#include <functional>

namespace devicebatch::ledger {

class Ledger {
 public:
  virtual ~Ledger() = default;
  virtual IntakeVerbs& intake() = 0;
  virtual DeliveryVerbs& delivery() = 0;
  virtual ReceiptVerbs& receipts() = 0;
  virtual ReportVerbs& reports() = 0;
  virtual OperatorVerbs& operators() = 0;

  // The seed for record::keys_of, drawn when the ledger was made.
  virtual std::uint64_t key_seed() const = 0;

  // Used by LedgerThread. After a failed commit the ledger has rolled back, reopened its file and
  // re-read its index. While that fails for lack of space or by input and output, every begin()
  // tries again and gives that error; when it failed for another reason the error is Errc::corrupt.
  virtual Result<void> begin() = 0;
  virtual Result<void> commit() = 0;
  // A savepoint around one job of a group: its failure undoes that job alone.
  virtual Result<void> attempt(const std::function<Result<void>()>& job) = 0;
};

}  // namespace devicebatch::ledger
