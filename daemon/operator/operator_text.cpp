#include "daemon/operator/operator_text.hpp"

#include "daemon/json_text.hpp"
#include "daemon/operator/text_table.hpp"
#include "daemon/report_text.hpp"

namespace devicebatch::daemon {
namespace {

namespace json = boost::json;

std::string number_text(const json::object& row, std::string_view name) {
  return std::to_string(number_of(row, name));
}

std::string or_dash(const std::string& text) {
  return text.empty() ? "-" : text;
}

// Seconds are enough for people, and a column is narrow.
std::string short_time(const json::object& row, std::string_view name) {
  const std::string time = text_of(row, name);
  return time.size() < 20 ? or_dash(time) : time.substr(0, 19) + "Z";
}

std::string chunk_name(const json::object& row) {
  const std::uint64_t chunk = number_of(row, "chunk");
  return chunk == 0 ? "-" : "chunk:" + std::to_string(chunk);
}

std::string verdicts_text(const json::object& submission) {
  std::string text;
  for (const auto& [verdict, count] : object_of(submission, "verdicts")) {
    const std::uint64_t records = number_of(object_of(submission, "verdicts"), verdict);
    if (records == 0) continue;
    text += (text.empty() ? "" : ", ") + std::to_string(records) + " " + std::string(verdict);
  }
  return or_dash(text);
}

std::string submissions_text(const json::array& rows) {
  TextTable table({"SUBMISSION", "STATE", "DESTINATION", "SEEN", "ROWS", "FILE", "VERDICTS"});
  for (const json::value& each : rows) {
    if (!each.is_object()) continue;
    const json::object& row = each.get_object();
    table.add({text_of(row, "submission"), text_of(row, "state"),
               or_dash(text_of(row, "destination")), short_time(row, "seen"),
               number_text(row, "records"), text_of(row, "file"), verdicts_text(row)});
  }
  return table.text();
}

std::string record_state(const json::object& row) {
  const std::string verdict = text_of(row, "verdict");
  return verdict == "pending" ? text_of(row, "stage") : verdict;
}

std::string records_text(const json::array& rows) {
  TextTable table({"RECORD", "STATE", "SERIAL", "DESTINATION", "CHUNK", "FILE:LINE", "CODE"});
  for (const json::value& each : rows) {
    if (!each.is_object()) continue;
    const json::object& row = each.get_object();
    std::string code = text_of(row, "code");
    if (const std::string message = text_of(row, "message"); !message.empty()) {
      code += ": " + message;
    }
    table.add({row_name("records", row), record_state(row), or_dash(text_of(row, "serial")),
               or_dash(text_of(row, "destination")), chunk_name(row),
               text_of(row, "file") + ":" + number_text(row, "line"), code});
  }
  return table.text();
}

std::string chunks_text(const json::array& rows) {
  TextTable table(
      {"CHUNK", "STATE", "DESTINATION", "DEVICES", "ATTEMPTS", "LOOKS", "NEXT", "LAST ERROR"});
  for (const json::value& each : rows) {
    if (!each.is_object()) continue;
    const json::object& row = each.get_object();
    std::string state = text_of(row, "state");
    if (state == "unconfirmed") state += " (" + text_of(row, "inquiry") + ")";
    table.add({chunk_name(row), state, or_dash(text_of(row, "destination")),
               number_text(row, "devices"), number_text(row, "attempts"), number_text(row, "looks"),
               short_time(row, "not_before"), text_of(row, "last_error")});
  }
  return table.text();
}

std::string jobs_text(const json::array& rows) {
  TextTable table(
      {"CHUNK", "TRACKING ID", "DESTINATION", "DEVICES", "SUBMITTED", "POLLS", "NEXT", ""});
  for (const json::value& each : rows) {
    if (!each.is_object()) continue;
    const json::object& row = each.get_object();
    table.add({chunk_name(row), text_of(row, "tracking_id"), or_dash(text_of(row, "destination")),
               number_text(row, "devices"), short_time(row, "submitted"), number_text(row, "polls"),
               short_time(row, "not_before"), flag_of(row, "is_stalled") ? "STALLED" : ""});
  }
  return table.text();
}

std::string audit_text(const json::array& rows) {
  TextTable table({"AT", "WHO", "VERB", "TARGET", "WHY", "DETAIL"});
  for (const json::value& each : rows) {
    if (!each.is_object()) continue;
    const json::object& row = each.get_object();
    table.add({short_time(row, "at"), text_of(row, "who"), text_of(row, "verb"),
               text_of(row, "target"), or_dash(text_of(row, "why")), text_of(row, "detail")});
  }
  return table.text();
}

// One "name  value" a line; what is empty is left out.
class Facts {
 public:
  explicit Facts(std::string head) : text_(std::move(head) + "\n") {}
  void add(std::string_view name, const std::string& value) {
    if (value.empty()) return;
    std::string label = "  " + std::string(name);
    label.resize(std::max<std::size_t>(label.size() + 1, 16), ' ');
    text_ += label + value + "\n";
  }
  std::string text() const { return text_; }

 private:
  std::string text_;
};

std::string shown_record(const json::object& record) {
  Facts facts(row_name("records", record) + ": " + record_state(record));
  facts.add("serial", text_of(record, "serial"));
  facts.add("PKID", text_of(record, "pkid"));
  const std::string maker = text_of(record, "manufacturer");
  facts.add("device", maker.empty() ? "" : maker + " " + text_of(record, "model"));
  facts.add("device id", text_of(record, "device_id"));
  facts.add("from", text_of(record, "file") + ":" + number_text(record, "line"));
  facts.add("submission", text_of(record, "submission"));
  facts.add("destination", text_of(record, "destination"));
  facts.add("stage", text_of(record, "stage"));
  facts.add("code", text_of(record, "code"));
  facts.add("what", text_of(record, "message"));
  facts.add("what to do", text_of(record, "fix"));
  facts.add("not before", text_of(record, "not_before"));
  facts.add("finished", text_of(record, "finished"));
  const json::object& chunk = object_of(record, "carried_by");
  return chunk.empty() ? facts.text() : facts.text() + chunks_text({chunk});
}

std::string fact_names(const json::object& party) {
  std::string names;
  for (const json::value& each : array_of(party, "agrees")) {
    if (!each.is_object()) continue;
    names += (names.empty() ? "" : ", ") + text_of(each.get_object(), "name");
  }
  return names;
}

// A record that the held one contradicts, and in what.
std::string conflict_party(const json::object& party) {
  const std::string between = text_of(party, "between");
  Facts facts(row_name("records", party) + ": " + record_state(party) + ", " +
              (between.empty() ? "contradicts it no longer" : between));
  facts.add("from", text_of(party, "file") + ":" + number_text(party, "line"));
  facts.add("destination", text_of(party, "destination"));
  facts.add("the same", fact_names(party));
  for (const json::value& each : array_of(party, "differs")) {
    if (!each.is_object()) continue;
    const json::object& fact = each.get_object();
    facts.add(text_of(fact, "name"), or_dash(text_of(fact, "here")) + " here, " +
                                         or_dash(text_of(fact, "there")) + " there");
  }
  return facts.text();
}

std::string shown_conflict(const json::object& conflict) {
  std::string text = shown_record(conflict);
  for (const json::value& each : array_of(conflict, "others")) {
    if (each.is_object()) text += conflict_party(each.get_object());
  }
  const std::string name = row_name("records", conflict);
  return text + "settle it: devicebatchd conflicts resolve " + name +
         " --keep|--send|--drop --reason TEXT\n";
}

std::string shown_chunk(const json::object& chunk) {
  Facts facts(chunk_name(chunk) + ": " + text_of(chunk, "kind") + ", " + text_of(chunk, "state"));
  facts.add("destination", text_of(chunk, "destination"));
  facts.add("devices", number_text(chunk, "devices"));
  facts.add("attempts", number_text(chunk, "attempts") + ", of them failed in a row " +
                            number_text(chunk, "failures"));
  facts.add("looks", number_text(chunk, "looks"));
  facts.add("polls", number_text(chunk, "polls"));
  facts.add("request id", text_of(chunk, "request_id"));
  facts.add("tracking id", text_of(chunk, "tracking_id"));
  facts.add("submitted", text_of(chunk, "submitted"));
  facts.add("next", text_of(chunk, "not_before"));
  facts.add("stalled", flag_of(chunk, "is_stalled") ? "yes" : "");
  facts.add("last error", text_of(chunk, "last_error"));
  std::string text = facts.text() + records_text(array_of(chunk, "records"));
  if (flag_of(chunk, "is_cut")) {
    text +=
        "(there are more: devicebatchd list records --chunk " + number_text(chunk, "chunk") + ")\n";
  }
  return text;
}

std::string shown_submission(const json::object& submission) {
  std::string text = submission_text(submission);
  for (const json::value& warning : array_of(submission, "warnings")) {
    if (warning.is_string()) text += "  warning " + std::string(warning.get_string()) + "\n";
  }
  return text;
}

}  // namespace

std::string row_name(std::string_view what, const json::object& row) {
  if (what == "submissions") return text_of(row, "submission");
  if (what == "records" || what == "conflicts") return "record:" + number_text(row, "record");
  return chunk_name(row);
}

std::string rows_text(std::string_view what, const json::array& rows) {
  if (what == "submissions") return submissions_text(rows);
  if (what == "records" || what == "conflicts") return records_text(rows);
  if (what == "chunks") return chunks_text(rows);
  if (what == "jobs") return jobs_text(rows);
  return audit_text(rows);
}

std::string shown_text(std::string_view what, const json::object& shown) {
  if (what == "submission") return shown_submission(shown);
  if (what == "record") return shown_record(shown);
  if (what == "conflict") return shown_conflict(shown);
  return shown_chunk(shown);
}

std::string change_text(const json::object& change) {
  if (!change.contains("record")) return chunk_name(change);
  std::string text = row_name("records", change) + " " + or_dash(text_of(change, "serial"));
  text += " (" + record_state(change);
  if (const std::string code = text_of(change, "code"); !code.empty()) text += ", " + code;
  text += ")";
  if (const std::string due = text_of(change, "due"); !due.empty()) text += " due " + due;
  return text;
}

}  // namespace devicebatch::daemon
