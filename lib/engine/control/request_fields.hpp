// engine/control/request_fields.hpp - what a request on the control socket says, read and checked.
//
// Purpose:   members of the JSON object, and the conditions of `where` as the ledger's filters.
// Threading: pure, but for the ledger that a submission is looked up in.
// Errors:    Errc::rejected with the word that is wrong and those that would be right;
//            Errc::not_found for a submission nobody knows.
// Source:    docs/operations.md, "Operator's verbs".
#pragma once

#include "base/result.hpp"
#include "engine/control/destination_book.hpp"
#include "ledger/ledger.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace devicebatch::engine {

// Rows of one answer: a line of some hundred kilobytes.
inline constexpr std::size_t kPageRows = 500;

// Empty, 0 or false when the member is absent or of another kind.
std::string text_field(const boost::json::object& request, std::string_view name);
std::int64_t number_field(const boost::json::object& request, std::string_view name);
bool flag_field(const boost::json::object& request, std::string_view name);
// Whole positive numbers only.
Result<std::vector<std::int64_t>> numbers_field(const boost::json::object& request,
                                                std::string_view name);
Result<std::vector<std::string>> texts_field(const boost::json::object& request,
                                             std::string_view name, std::size_t most);
// `limit`, between 1 and kPageRows.
std::size_t page_rows(const boost::json::object& request);

// A sentence of a person: bounded, and without secrets.
Result<void> check_text(std::string_view text, std::string_view what);

struct RecordChoice {
  ledger::RecordFilter filter;
  bool is_all = false;  // the safety word was given
};
Result<RecordChoice> read_record_choice(const boost::json::object& request,
                                        const DestinationBook& book, ledger::Ledger& ledger);
Result<ledger::SubmissionFilter> read_submission_filter(const boost::json::object& request,
                                                        const DestinationBook& book);
Result<ledger::ChunkFilter> read_chunk_filter(const boost::json::object& request,
                                              const DestinationBook& book);
// The filter names nothing: it means every record.
bool is_unbounded(const ledger::RecordFilter& filter);

// "17" or "KIND:17".
std::optional<std::int64_t> parse_row_id(std::string_view text, std::string_view kind);

}  // namespace devicebatch::engine
