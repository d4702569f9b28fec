// engine/control/listings.hpp - the ledger's rows, a page at a time, and single ones.
//
// Purpose:   `list`, `show`, `audit` and what a comparison needs. A page has at most kPageRows rows
//            and says in `next` where to go on; null: it was the last.
// Threading: the ledger's thread.
// Errors:    as ledger_questions.hpp.
#pragma once

#include "engine/control/destination_book.hpp"
#include "ledger/ledger.hpp"

#include <boost/json/object.hpp>

namespace devicebatch::engine {

// {"what": "records", "where": {...}, "after": N, "limit": N}
Result<boost::json::object> list(ledger::Ledger& ledger, const boost::json::object& request,
                                 const DestinationBook& book, UtcTime now);
// {"what": "record", "id": "17"}
Result<boost::json::object> show(ledger::Ledger& ledger, const boost::json::object& request,
                                 const DestinationBook& book, UtcTime now);
// {"before": N, "limit": N}
Result<boost::json::object> list_audit(ledger::Ledger& ledger, const boost::json::object& request,
                                       const DestinationBook& book, UtcTime now);
// {"destination": NAME, "after": N, "limit": N}
Result<boost::json::object> list_registered(ledger::Ledger& ledger,
                                            const boost::json::object& request,
                                            const DestinationBook& book, UtcTime now);

boost::json::object record_line_json(const ledger::RecordLine& line, const DestinationBook& book);

}  // namespace devicebatch::engine
