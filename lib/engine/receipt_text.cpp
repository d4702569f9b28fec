#include "engine/receipt_text.hpp"

#include "base/text.hpp"
#include "spool/names.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace devicebatch::engine {
namespace {

namespace json = boost::json;

json::object counts_of(const ledger::SubmissionSummary& summary) {
  json::object counts;
  counts["records"] = summary.records;
  const auto none = static_cast<std::size_t>(Verdict::none);
  counts["pending"] = summary.verdicts[none];
  for (const Verdict verdict : kFinalVerdicts) {
    counts[to_string(verdict)] = summary.verdicts[static_cast<std::size_t>(verdict)];
  }
  return counts;
}

void add_text(json::object& object, std::string_view name, const std::string& text) {
  if (!text.empty()) object[name] = text;
}

void add_texts(json::object& object, std::string_view name, const std::vector<std::string>& texts) {
  if (texts.empty()) return;
  json::array list;
  for (const std::string& text : texts) list.emplace_back(text);
  object[name] = std::move(list);
}

json::object row_of(const ledger::ResultRow& row) {
  json::object object;
  object["line"] = row.line;
  object["serial"] = row.serial;
  object["pkid"] = row.pkid;
  object["verdict"] = to_string(row.verdict);
  add_text(object, "code", row.code);
  add_text(object, "field", row.field);
  add_text(object, "message", row.message);
  add_text(object, "fix", row.fix);
  add_texts(object, "warnings", row.warnings);
  add_text(object, "batch", row.batch);
  add_text(object, "tracking_id", row.tracking_id);
  object["attempts"] = row.attempts;
  if (row.verdict != Verdict::none) object["finished_utc"] = format_utc(row.finished_at);
  return object;
}

json::object head_of(const ledger::SubmissionSummary& summary, const ReceiptPlace& place) {
  json::object head;
  head["submission"] = summary.uuid.to_string();
  head["file"] = printable(summary.name, 255);
  head["sha256"] = summary.sha256;
  head["source"] = summary.source;
  head["destination"] = place.destination;
  head["customer"] = place.customer;
  head["batch"] = place.batch;
  add_text(head, "encoding", summary.encoding);
  add_text(head, "dialect", summary.dialect);
  head["seen_utc"] = format_utc(summary.seen_at);
  head["accepted_utc"] = format_utc(summary.accepted_at);
  if (summary.repeats) head["repeats_submission"] = summary.repeats_uuid.to_string();
  if (!summary.refusal_code.empty()) {
    json::object refusal;
    refusal["code"] = summary.refusal_code;
    refusal["reason"] = summary.refusal_reason;
    refusal["fix"] = summary.refusal_fix;
    head["refused"] = std::move(refusal);
  }
  add_texts(head, "warnings", summary.warnings);
  head["counts"] = counts_of(summary);
  return head;
}

std::string csv_cell(std::string_view text) {
  std::string cell(text);
  const bool looks_like_formula =
      !cell.empty() && std::string_view("=+-@\t\r").find(cell[0]) != std::string_view::npos;
  if (looks_like_formula) cell.insert(0, 1, '\'');
  if (cell.find_first_of(",\"\r\n") == std::string::npos) return cell;
  std::string quoted = "\"";
  for (const char c : cell) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

// One cell says what is wrong and what to do; warnings come along.
std::string message_of(const ledger::ResultRow& row) {
  std::string message = row.message;
  const auto add = [&message](const std::string& text) {
    if (text.empty()) return;
    if (!message.empty()) message += " ";
    message += text;
  };
  add(row.fix);
  for (const std::string& warning : row.warnings) add("[warning] " + warning);
  return message;
}

}  // namespace

std::string ack_name(const ledger::SubmissionSummary& summary) {
  return spool::receipt_name(summary.name, spool::kAckSuffix);
}

bool is_ack_of(std::string_view ack, const Uuid& submission) {
  return ack.find(submission.to_string()) != std::string_view::npos;
}

std::string acknowledgement(const Acceptance& acceptance, const ReceiptPlace& place) {
  json::object ack = head_of(acceptance.summary, place);
  json::array refused;
  for (const ledger::ResultRow& row : acceptance.refused_rows) refused.push_back(row_of(row));
  if (!refused.empty()) ack["refused_rows"] = std::move(refused);
  return json::serialize(ack) + "\n";
}

std::string result_csv_header() {
  return "line,serial,pkid,verdict,code,message,batch,tracking_id,attempts,finished_utc\r\n";
}

std::string result_csv_rows(std::span<const ledger::ResultRow> rows) {
  std::string text;
  for (const ledger::ResultRow& row : rows) {
    text += std::to_string(row.line) + ',' + csv_cell(row.serial) + ',' + csv_cell(row.pkid) + ',';
    text += std::string(to_string(row.verdict)) + ',' + csv_cell(row.code) + ',';
    text += csv_cell(message_of(row)) + ',' + csv_cell(row.batch) + ',';
    text += csv_cell(row.tracking_id) + ',' + std::to_string(row.attempts) + ',';
    text += row.verdict == Verdict::none ? std::string() : format_utc(row.finished_at);
    text += "\r\n";
  }
  return text;
}

std::string result_json_opening(const ledger::SubmissionSummary& summary,
                                const ReceiptPlace& place) {
  std::string text = json::serialize(head_of(summary, place));
  text.pop_back();
  return text + ",\"rows\":[";
}

std::string result_json_rows(std::span<const ledger::ResultRow> rows, bool is_first) {
  std::string text;
  for (const ledger::ResultRow& row : rows) {
    text += is_first ? "\n" : ",\n";
    is_first = false;
    text += json::serialize(row_of(row));
  }
  return text;
}

std::string result_json_closing() {
  return "\n]}\n";
}

ledger::ResultRow refusal_row(const ledger::SubmissionSummary& summary) {
  ledger::ResultRow row;
  row.verdict = Verdict::rejected;
  row.code = summary.refusal_code;
  row.field = "file";
  row.message = summary.refusal_reason;
  row.fix = summary.refusal_fix;
  row.finished_at = summary.accepted_at;
  return row;
}

}  // namespace devicebatch::engine
