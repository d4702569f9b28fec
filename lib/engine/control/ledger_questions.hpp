// engine/control/ledger_questions.hpp - what the ledger alone can answer.
//
// Purpose:   a JSON request to a JSON answer, as plain functions, so that the command line can ask
//            them of a ledger that no daemon holds.
// Threading: the ledger's thread.
// Errors:    Errc::rejected for a request that makes no sense, Errc::not_found, and the ledger's
//            own.
// Source:    docs/operations.md, "Control socket".
#pragma once

#include "engine/control/destination_book.hpp"
#include "engine/control/report_json.hpp"
#include "ledger/ledger.hpp"

#include <boost/json/object.hpp>

#include <string_view>

namespace devicebatch::engine {

// Who may put a question: whoever watches, or only the service's own group.
enum class Audience { monitors, operators };

struct LedgerQuestion {
  std::string_view verb;
  Audience audience;
  Result<boost::json::object> (*answer)(ledger::Ledger& ledger, const boost::json::object& request,
                                        const DestinationBook& book, UtcTime now);
};

// nullptr: the ledger alone does not know.
const LedgerQuestion* find_question(std::string_view verb);

// Errc::rejected when it is no question.
Result<boost::json::object> answer_from_ledger(ledger::Ledger& ledger,
                                               const boost::json::object& request,
                                               const DestinationBook& book, UtcTime now);

}  // namespace devicebatch::engine
