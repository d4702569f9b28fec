// engine/control/record_changes.hpp - what a person changes in the ledger, many at a time.
//
// Purpose:   retry, hold, release and cancel of records, hurry and look of chunks: by id or by
//            choice, a page a call, each change with its audit row in the same transaction. One
//            that is refused does not stop the others.
// Threading: the ledger's thread.
// Errors:    Errc::rejected when the request makes no sense as a whole; what the ledger refuses is
//            in the answer; anything else undoes the whole page.
// Source:    docs/operations.md, "Operator's verbs".
#pragma once

#include "engine/control/destination_book.hpp"
#include "ledger/ledger.hpp"

#include <boost/json/object.hpp>

namespace devicebatch::engine {

// One of the verbs:
// - retry, hold, release, cancel: "reason", and "ids": [N...] or "where": {...} with "after" and
//   "limit"; "spacing_ms": N and "already": N spread what is retried
// - resolve: the same of conflicts, with "how": "keep", "send" or "drop"
// - hurry, look: "reason", "ids": [N...] of chunks
// The answer: {"changed": [...], "refused": [{"id", "code", "message"}], "next": N or null}.
Result<boost::json::object> change_by_hand(ledger::Ledger& ledger,
                                           const boost::json::object& request,
                                           const DestinationBook& book, const ledger::Actor& actor,
                                           UtcTime now);

}  // namespace devicebatch::engine
