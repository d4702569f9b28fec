#include "engine/control/report_json.hpp"

#include "base/text.hpp"

#include <boost/json/array.hpp>

namespace devicebatch::engine {

namespace json = boost::json;

namespace {

json::value time_or_null(UtcTime time) {
  if (time == UtcTime()) return nullptr;
  return json::value(format_utc(time));
}

json::value time_or_null(const std::optional<UtcTime>& time) {
  return time ? time_or_null(*time) : json::value(nullptr);
}

template <std::size_t N, class ToState>
json::object counts_by_state(const std::array<std::uint64_t, N>& counts, ToState to_state) {
  json::object object;
  for (std::size_t at = 0; at < N; ++at) object[to_string(to_state(at))] = counts[at];
  return object;
}

constexpr auto kToChunkState = [](std::size_t at) { return static_cast<ledger::ChunkState>(at); };
constexpr auto kToSubmissionState = [](std::size_t at) {
  return static_cast<ledger::SubmissionState>(at);
};
constexpr auto kToVerdict = [](std::size_t at) { return static_cast<Verdict>(at); };

json::object paused_json(const std::string& code, const std::string& reason, UtcTime since) {
  json::object paused;
  paused["code"] = code;
  paused["reason"] = reason;
  paused["since"] = time_or_null(since);
  return paused;
}

json::object account_json(const ledger::AccountRow& row) {
  json::object object;
  object["name"] = row.name;
  object["throttled_until"] = time_or_null(row.throttled_until);
  object["honours_request_id"] = to_string(row.honours);
  object["concurrency"] = row.concurrency;
  if (!row.paused_code.empty()) {
    object["paused"] = paused_json(row.paused_code, row.paused_reason, row.paused_at);
  }
  return object;
}

json::object destination_json(const ledger::DestinationReport& report,
                              const DestinationNames& names) {
  const ledger::DestinationRow& row = report.destination;
  json::object object;
  object["name"] = names(row.id);
  object["customer"] = row.customer.to_string();
  object["batch"] = row.spelling.empty() ? row.batch : row.spelling;
  object["presence"] = to_string(row.presence);
  object["waiting"] = report.waiting;
  object["chunks"] = counts_by_state(report.chunks, kToChunkState);
  object["next_attempt"] = time_or_null(report.next_attempt);
  object["next_poll"] = time_or_null(report.next_poll);
  object["account"] = row.account;
  object["learned_devices"] = row.learned_devices;
  object["learned_bytes"] = row.learned_bytes;
  object["last_error"] = report.last_error;
  if (!row.paused_code.empty()) {
    object["paused"] = paused_json(row.paused_code, row.paused_reason, row.paused_at);
  }
  return object;
}

json::object ages_json(const ledger::StatusReport& report) {
  constexpr std::array<std::string_view, 6> kAges{"1m", "5m", "30m", "2h", "1d", "older"};
  json::object ages;
  for (std::size_t state = 0; state < report.ages.size(); ++state) {
    json::object row;
    for (std::size_t age = 0; age < kAges.size(); ++age) row[kAges[age]] = report.ages[state][age];
    ages[to_string(kToSubmissionState(state))] = std::move(row);
  }
  return ages;
}

json::object record_json(const ledger::RecordStory& record) {
  json::object object;
  object["record"] = record.record.value;
  object["line"] = record.line;
  object["serial"] = record.serial;
  object["pkid"] = record.pkid;
  object["manufacturer"] = record.manufacturer;
  object["model"] = record.model;
  object["group_tag"] = record.group_tag;
  object["verdict"] = to_string(record.verdict);
  object["code"] = record.code;
  object["message"] = record.message;
  object["fix"] = record.fix;
  object["submission"] = summary_json(record.submission);
  if (record.chunk) object["chunk"] = chunk_json(*record.chunk);
  json::array events;
  for (const ledger::StoryEvent& event : record.events) {
    json::object line;
    line["at"] = time_or_null(event.at);
    line["what"] = event.what;
    events.push_back(std::move(line));
  }
  object["events"] = std::move(events);
  return object;
}

}  // namespace

json::object status_json(const ledger::StatusReport& report, const DestinationNames& names) {
  json::object object;
  object["records"] = report.totals.records_in;
  object["verdicts"] = counts_by_state(report.totals.verdicts, kToVerdict);
  object["submissions"] = counts_by_state(report.totals.submissions, kToSubmissionState);
  object["chunks"] = counts_by_state(report.totals.chunks, kToChunkState);
  object["ages"] = ages_json(report);
  object["oldest_open"] = time_or_null(report.oldest_open);
  object["oldest_open_name"] = printable(report.oldest_open_name);
  object["stalled_jobs"] = report.stalled_jobs;
  object["unconfirmed_chunks"] = report.unconfirmed_chunks;
  object["oldest_unconfirmed"] = time_or_null(report.oldest_unconfirmed);
  object["held"] = report.held;
  object["dead_letters"] = report.dead_letters;
  json::array accounts;
  for (const ledger::AccountRow& account : report.accounts) {
    accounts.push_back(account_json(account));
  }
  object["accounts"] = std::move(accounts);
  json::array destinations;
  for (const ledger::DestinationReport& destination : report.destinations) {
    destinations.push_back(destination_json(destination, names));
  }
  object["destinations"] = std::move(destinations);
  return object;
}

json::object verification_json(const ledger::Verification& verification) {
  json::object object;
  object["is_sound"] = verification.is_sound;
  json::array lines;
  for (const std::string& line : verification.lines) lines.emplace_back(line);
  object["checks"] = std::move(lines);
  return object;
}

json::object summary_json(const ledger::SubmissionSummary& summary) {
  json::object object;
  object["submission"] = summary.uuid.to_string();
  object["state"] = to_string(summary.state);
  object["source"] = summary.source;
  object["file"] = printable(summary.name, 255);
  object["sha256"] = summary.sha256;
  object["encoding"] = summary.encoding;
  object["dialect"] = summary.dialect;
  object["bytes"] = summary.bytes;
  object["records"] = summary.records;
  object["verdicts"] = counts_by_state(summary.verdicts, kToVerdict);
  object["seen"] = time_or_null(summary.seen_at);
  object["accepted"] = time_or_null(summary.accepted_at);
  object["finished"] = time_or_null(summary.finished_at);
  object["archived_as"] = printable(summary.archived_as, 512);
  if (summary.repeats) object["repeats"] = summary.repeats_uuid.to_string();
  if (!summary.refusal_code.empty()) {
    object["refused"] = json::object{{"code", summary.refusal_code},
                                     {"reason", summary.refusal_reason},
                                     {"fix", summary.refusal_fix}};
  }
  return object;
}

json::object chunk_json(const ledger::ChunkRow& chunk) {
  json::object object;
  object["chunk"] = chunk.id.value;
  object["kind"] = to_string(chunk.kind);
  object["state"] = to_string(chunk.state);
  object["devices"] = chunk.devices;
  object["attempts"] = chunk.attempts;
  object["failures"] = chunk.failures;
  object["inquiry"] = to_string(chunk.inquiry);
  object["looks"] = chunk.looks;
  object["polls"] = chunk.polls;
  object["request_id"] = chunk.request_id.to_string();
  if (!chunk.tracking_id.is_nil()) object["tracking_id"] = chunk.tracking_id.to_string();
  object["submitted"] = time_or_null(chunk.submitted_at);
  object["not_before"] = time_or_null(chunk.not_before);
  object["is_stalled"] = chunk.is_stalled;
  object["last_error"] = chunk.last_error;
  return object;
}

json::object story_json(const ledger::Story& story) {
  json::object object;
  object["asked"] = printable(story.asked);
  object["found_as"] = story.found_as;
  json::array records;
  for (const ledger::RecordStory& record : story.records) records.push_back(record_json(record));
  object["records"] = std::move(records);
  json::array submissions;
  for (const auto& submission : story.submissions) submissions.push_back(summary_json(submission));
  object["submissions"] = std::move(submissions);
  json::array chunks;
  for (const ledger::ChunkRow& chunk : story.chunks) chunks.push_back(chunk_json(chunk));
  object["chunks"] = std::move(chunks);
  object["is_cut"] = story.is_cut;
  return object;
}

}  // namespace devicebatch::engine
