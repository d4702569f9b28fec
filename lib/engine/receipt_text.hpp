// engine/receipt_text.hpp - what the line reads: acknowledgement and result.
//
// Purpose:   the only place that gives receipts their form. No hash, no secret (promise I8).
// Threading: pure; any thread.
// Source:    docs/operations.md, "Receipts". CSV: UTF-8, CRLF, RFC 4180, cells that a spreadsheet
//            would run as a formula begin with an apostrophe.
#pragma once

#include "engine/ingest_file.hpp"

#include <span>
#include <string>

namespace devicebatch::engine {

struct ReceiptPlace {
  std::string destination;  // its name in the settings
  std::string customer;
  std::string batch;
};

// NAME.ack.json: of several submissions with one name, the latest acknowledgement holds the name.
std::string ack_name(const ledger::SubmissionSummary& summary);
bool is_ack_of(std::string_view ack, const Uuid& submission);
std::string acknowledgement(const Acceptance& acceptance, const ReceiptPlace& place);

// NAME.result.csv: one header, then rows as they come.
std::string result_csv_header();
std::string result_csv_rows(std::span<const ledger::ResultRow> rows);

// NAME.result.json: opening, rows as they come, closing. `is_first` keeps the commas right.
std::string result_json_opening(const ledger::SubmissionSummary& summary,
                                const ReceiptPlace& place);
std::string result_json_rows(std::span<const ledger::ResultRow> rows, bool is_first);
std::string result_json_closing();

// The row that stands for a file refused as a whole.
ledger::ResultRow refusal_row(const ledger::SubmissionSummary& summary);

}  // namespace devicebatch::engine
