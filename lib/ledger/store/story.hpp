// ledger/store/story.hpp - what happened to one record or chunk, in words.
#pragma once

#include "ledger/report_verbs.hpp"
#include "ledger/sqlite/connection.hpp"
#include "ledger/store/record_row.hpp"

#include <vector>

namespace devicebatch::ledger {

RecordStory story_of(Connection& db, ReceiptVerbs& receipts, const RecordRow& record);

}  // namespace devicebatch::ledger
