// ledger/store/replies.hpp - the sender of a message waits for its receipt.
//
// Lifecycle: a row of `reply` is made with its submission, becomes due when that is finished, and
//            is no longer due when the receipt was published. A submission that is opened again is
//            due again at its next end.
#pragma once

#include "ledger/intake_verbs.hpp"
#include "ledger/sqlite/connection.hpp"

namespace devicebatch::ledger {

void store_reply(Connection& db, SubmissionId submission, const SeenFile& file);
void make_reply_due(Connection& db, SubmissionId submission);

}  // namespace devicebatch::ledger
