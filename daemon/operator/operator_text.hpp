// daemon/operator/operator_text.hpp - what the operator's verbs answer, as a person reads it.
//
// Threading: pure.
// Source:    docs/operations.md, "Operator's verbs". Compact: a line a row, the id first.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <string>
#include <string_view>

namespace devicebatch::daemon {

// `what`: submissions, records, conflicts, chunks, jobs or audit.
std::string rows_text(std::string_view what, const boost::json::array& rows);
// "record:17": what the verbs take as an argument; of a submission its id.
std::string row_name(std::string_view what, const boost::json::object& row);
// `what`: submission, record, conflict, chunk or job.
std::string shown_text(std::string_view what, const boost::json::object& shown);

// "record:17 CTS-0001 (failed, device.808)": what is, or would be, changed.
std::string change_text(const boost::json::object& change);

}  // namespace devicebatch::daemon
