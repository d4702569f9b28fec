// The texts of receipts: what a line engineer and their spreadsheet read.
#include "engine/receipt_text.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <catch2/catch.hpp>

namespace devicebatch::engine {
namespace {

namespace json = boost::json;
using ledger::ResultRow;
using ledger::SubmissionSummary;

constexpr UtcTime kNoon{std::chrono::milliseconds(1'767'268'800'000)};  // 2026-01-01T12:00Z

SubmissionSummary sample() {
  SubmissionSummary summary;
  summary.uuid = *Uuid::parse("0197f000-0000-7000-8000-000000000001");
  summary.source = "line-1";
  summary.name = "a.csv";
  summary.sha256 = "00ff";
  summary.records = 3;
  summary.verdicts[0] = 1;
  summary.verdicts[static_cast<std::size_t>(Verdict::rejected)] = 2;
  summary.seen_at = kNoon;
  summary.accepted_at = kNoon;
  return summary;
}

ResultRow rejected_row() {
  ResultRow row;
  row.line = 7;
  row.serial = "CONTOSO-1";
  row.pkid = "3305000000001";
  row.verdict = Verdict::rejected;
  row.code = "hash.damaged";
  row.field = "hash";
  row.message = "Damaged.";
  row.fix = "Capture it again.";
  row.batch = "LINE";
  row.finished_at = kNoon;
  return row;
}

std::string csv_of(const ResultRow& row) {
  return result_csv_rows({&row, 1});
}

// The whole result file of one row, parsed.
json::value json_of(const SubmissionSummary& summary, std::span<const ResultRow> rows) {
  return json::parse(result_json_opening(summary, {"line", "customer", "LINE"}) +
                     result_json_rows(rows, true) + result_json_closing());
}

}  // namespace

TEST_CASE("a result row has one cell for each column of its header, and ends in CRLF") {
  CHECK(result_csv_header() ==
        "line,serial,pkid,verdict,code,message,batch,tracking_id,attempts,finished_utc\r\n");
  CHECK(csv_of(rejected_row()) ==
        "7,CONTOSO-1,3305000000001,rejected,hash.damaged,Damaged. Capture it again.,LINE,,0,"
        "2026-01-01T12:00:00.000Z\r\n");
}

TEST_CASE("a row without a verdict has no time of one") {
  ResultRow row;
  row.line = 2;
  row.serial = "CONTOSO-1";
  CHECK(csv_of(row) == "2,CONTOSO-1,,pending,,,,,0,\r\n");
}

TEST_CASE("no cell can start a formula") {
  for (const char* cell : {"=1+1", "+1", "-1", "@SUM(A1)", "\tx", "\rx"}) {
    INFO(cell);
    ResultRow row;
    row.serial = cell;
    const std::string guarded = std::string("'") + cell;
    CHECK(csv_of(row).find(guarded) != std::string::npos);
  }
  ResultRow harmless;
  harmless.serial = "A=1-2+3@4";
  CHECK(csv_of(harmless).find("'") == std::string::npos);
}

TEST_CASE("a cell with commas, quotes or line breaks stays one cell") {
  ResultRow row;
  row.serial = "a,\"b\"\nc";
  CHECK(csv_of(row).starts_with("0,\"a,\"\"b\"\"\nc\",,"));
}

TEST_CASE("warnings stand behind the message of a row") {
  ResultRow row = rejected_row();
  row.warnings = {"hash.short: One.", "pkid.odd: Two."};
  CHECK(csv_of(row).find("Capture it again. [warning] hash.short: One. [warning] pkid.odd: Two.") !=
        std::string::npos);
}

TEST_CASE("a result is one JSON document however many pieces it is written in") {
  const std::vector<ResultRow> rows{rejected_row(), rejected_row(), rejected_row()};
  const std::string text = result_json_opening(sample(), {"line", "customer", "LINE"}) +
                           result_json_rows(std::span(rows).first(1), true) +
                           result_json_rows(std::span(rows).subspan(1), false) +
                           result_json_closing();
  CHECK(json::parse(text) == json_of(sample(), rows));
  CHECK(json_of(sample(), {}).at("rows").as_array().empty());
}

TEST_CASE("a result says who, what, where and how many") {
  const std::vector<ResultRow> rows{rejected_row()};
  const json::value result = json_of(sample(), rows);
  CHECK(result.at("submission") == "0197f000-0000-7000-8000-000000000001");
  CHECK(result.at("file") == "a.csv");
  CHECK(result.at("destination") == "line");
  CHECK(result.at("batch") == "LINE");
  CHECK(result.at("counts").at("records").to_number<int>() == 3);
  CHECK(result.at("counts").at("pending").to_number<int>() == 1);
  CHECK(result.at("counts").at("rejected").to_number<int>() == 2);
  const json::value& row = result.at("rows").at(0);
  CHECK(row.at("line").to_number<int>() == 7);
  CHECK(row.at("verdict") == "rejected");
  CHECK(row.at("field") == "hash");
  CHECK(row.at("fix") == "Capture it again.");
  CHECK(row.at("finished_utc") == "2026-01-01T12:00:00.000Z");
}

TEST_CASE("a file refused as a whole has one row that says why") {
  SubmissionSummary summary = sample();
  summary.refusal_code = "file.no_header";
  summary.refusal_reason = "No header.";
  summary.refusal_fix = "Add one.";
  const ResultRow row = refusal_row(summary);
  CHECK(row.verdict == Verdict::rejected);
  CHECK(row.code == "file.no_header");
  CHECK(row.message == "No header.");
  CHECK(row.fix == "Add one.");
  CHECK(json_of(summary, {}).at("refused").at("code") == "file.no_header");
}

TEST_CASE("an acknowledgement names its submission, its counts and the rows that were refused") {
  Acceptance acceptance;
  acceptance.summary = sample();
  acceptance.refused_rows = {rejected_row()};
  const std::string text = acknowledgement(acceptance, {"line", "customer", "LINE"});
  CHECK(text.ends_with("}\n"));
  const json::value ack = json::parse(text);
  CHECK(ack.at("refused_rows").as_array().size() == 1);
  CHECK(ack.at("counts").at("pending").to_number<int>() == 1);
  CHECK(is_ack_of(text, acceptance.summary.uuid));
  CHECK_FALSE(is_ack_of(text, *Uuid::parse("0197f000-0000-7000-8000-000000000002")));
  CHECK(ack_name(acceptance.summary) == "a.csv.ack.json");
}

TEST_CASE("a name that is no text does not spoil a receipt") {
  SubmissionSummary summary = sample();
  summary.name = "a\n\xff\"\x1b[31m.csv";
  const json::value result = json_of(summary, {});
  CHECK(result.at("file") == "a\\x0a\\xff\"\\x1b[31m.csv");
}

}  // namespace devicebatch::engine
