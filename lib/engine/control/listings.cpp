#include "engine/control/listings.hpp"

#include "base/text.hpp"
#include "engine/control/report_json.hpp"
#include "engine/control/request_fields.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <array>

namespace devicebatch::engine {
namespace {

namespace json = boost::json;
using ledger::Ledger;

constexpr std::size_t kShownRecords = 50;

json::value time_or_null(UtcTime time) {
  return time == UtcTime() ? json::value(nullptr) : json::value(format_utc(time));
}

template <class Page, class ToJson>
json::object page_json(const Page& page, ToJson to_json) {
  json::array rows;
  for (const auto& row : page.rows) rows.push_back(to_json(row));
  json::object object;
  object["rows"] = std::move(rows);
  object["next"] = page.next ? json::value(page.next->value) : json::value(nullptr);
  return object;
}

json::object chunk_line(const ledger::ChunkRow& chunk, const DestinationBook& book) {
  json::object object = chunk_json(chunk);
  object["destination"] = book.name_of(chunk.destination);
  if (chunk.split_from) object["split_from"] = chunk.split_from.value;
  return object;
}

json::object submission_line(const ledger::SubmissionSummary& summary,
                             const DestinationBook& book) {
  json::object object = summary_json(summary);
  object["destination"] = book.name_of(summary.destination);
  return object;
}

Result<json::object> list_records(Ledger& ledger, const json::object& request,
                                  const DestinationBook& book) {
  Result<RecordChoice> choice = read_record_choice(request, book, ledger);
  if (!choice) return fail(std::move(choice.error()));
  const RecordId after{number_field(request, "after")};
  auto page = ledger.operators().records(choice->filter, after, page_rows(request));
  if (!page) return fail(std::move(page.error()));
  return page_json(*page, [&](const auto& line) { return record_line_json(line, book); });
}

// Records that tell another story about a known device.
Result<json::object> list_conflicts(Ledger& ledger, const json::object& request,
                                    const DestinationBook& book) {
  Result<RecordChoice> choice = read_record_choice(request, book, ledger);
  if (!choice) return fail(std::move(choice.error()));
  choice->filter.verdict = Verdict::conflict;
  const RecordId after{number_field(request, "after")};
  auto page = ledger.operators().records(choice->filter, after, page_rows(request));
  if (!page) return fail(std::move(page.error()));
  return page_json(*page, [&](const auto& line) { return record_line_json(line, book); });
}

Result<json::object> list_submissions(Ledger& ledger, const json::object& request,
                                      const DestinationBook& book) {
  Result<ledger::SubmissionFilter> filter = read_submission_filter(request, book);
  if (!filter) return fail(std::move(filter.error()));
  const SubmissionId after{number_field(request, "after")};
  auto page = ledger.operators().submissions(*filter, after, page_rows(request));
  if (!page) return fail(std::move(page.error()));
  return page_json(*page, [&](const auto& summary) { return submission_line(summary, book); });
}

Result<json::object> chunk_page(Ledger& ledger, const json::object& request,
                                const ledger::ChunkFilter& filter, const DestinationBook& book) {
  const ChunkId after{number_field(request, "after")};
  auto page = ledger.operators().chunks(filter, after, page_rows(request));
  if (!page) return fail(std::move(page.error()));
  return page_json(*page, [&](const auto& chunk) { return chunk_line(chunk, book); });
}

Result<json::object> list_chunks(Ledger& ledger, const json::object& request,
                                 const DestinationBook& book) {
  Result<ledger::ChunkFilter> filter = read_chunk_filter(request, book);
  if (!filter) return fail(std::move(filter.error()));
  return chunk_page(ledger, request, *filter, book);
}

// What the service works on: the submitted chunks.
Result<json::object> list_jobs(Ledger& ledger, const json::object& request,
                               const DestinationBook& book) {
  Result<ledger::ChunkFilter> filter = read_chunk_filter(request, book);
  if (!filter) return fail(std::move(filter.error()));
  if (filter->state && *filter->state != ledger::ChunkState::submitted) {
    return fail(Errc::rejected, "a job is a submitted chunk; list chunks for the other states");
  }
  filter->state = ledger::ChunkState::submitted;
  return chunk_page(ledger, request, *filter, book);
}

Result<json::object> show_record(Ledger& ledger, const std::string& id,
                                 const DestinationBook& book) {
  const std::optional<std::int64_t> number = parse_row_id(id, "record");
  if (!number)
    return fail(Errc::rejected, "\"" + printable(id) + "\" is no record: say its number");
  Result<ledger::RecordLine> line = ledger.operators().record(RecordId{*number});
  if (!line) return fail(std::move(line.error()));
  json::object object = record_line_json(*line, book);
  if (!line->chunk) return object;
  Result<ledger::ChunkRow> chunk = ledger.delivery().chunk(*line->chunk);
  if (!chunk) return fail(std::move(chunk.error()));
  object["carried_by"] = chunk_line(*chunk, book);
  return object;
}

json::array facts_json(const std::vector<ledger::FactPair>& facts) {
  json::array array;
  for (const ledger::FactPair& fact : facts) {
    array.push_back(json::object{{"name", fact.name}, {"here", fact.here}, {"there", fact.there}});
  }
  return array;
}

Result<json::object> show_conflict(Ledger& ledger, const std::string& id,
                                   const DestinationBook& book) {
  const std::optional<std::int64_t> number = parse_row_id(id, "record");
  if (!number) {
    return fail(Errc::rejected, "\"" + printable(id) + "\" is no record: say its number");
  }
  Result<ledger::ConflictCase> found = ledger.operators().conflict(RecordId{*number});
  if (!found) return fail(std::move(found.error()));
  json::object object = record_line_json(found->record, book);
  json::array others;
  for (const ledger::ConflictParty& party : found->others) {
    json::object other = record_line_json(party.record, book);
    other["between"] = party.code;
    other["agrees"] = facts_json(party.agrees);
    other["differs"] = facts_json(party.differs);
    others.push_back(std::move(other));
  }
  object["others"] = std::move(others);
  return object;
}

Result<json::object> show_submission(Ledger& ledger, const std::string& id,
                                     const DestinationBook& book) {
  const std::optional<Uuid> uuid = Uuid::parse(id);
  if (!uuid) return fail(Errc::rejected, "\"" + printable(id) + "\" is no submission id");
  Result<std::optional<ledger::SubmissionSummary>> found = ledger.receipts().find_submission(*uuid);
  if (!found) return fail(std::move(found.error()));
  if (!*found) return fail(Errc::not_found, "no submission " + uuid->to_string());
  json::object object = submission_line(**found, book);
  json::array warnings;
  for (const std::string& warning : (*found)->warnings) warnings.emplace_back(warning);
  object["warnings"] = std::move(warnings);
  return object;
}

// A chunk by its number, or by what its request or its job is called.
Result<ledger::ChunkRow> find_chunk(Ledger& ledger, const std::string& id) {
  if (const std::optional<std::int64_t> number = parse_row_id(id, "chunk")) {
    return ledger.delivery().chunk(ChunkId{*number});
  }
  if (!Uuid::parse(id)) {
    return fail(Errc::rejected, "\"" + printable(id) +
                                    "\" is no chunk: say its number, its request id or the "
                                    "tracking id of its job");
  }
  Result<ledger::Story> story = ledger.reports().explain(id);
  if (!story) return fail(std::move(story.error()));
  if (story->chunks.empty()) return fail(Errc::not_found, "no chunk or job " + printable(id));
  return story->chunks.front();
}

Result<json::object> show_chunk(Ledger& ledger, const std::string& id,
                                const DestinationBook& book) {
  Result<ledger::ChunkRow> chunk = find_chunk(ledger, id);
  if (!chunk) return fail(std::move(chunk.error()));
  json::object object = chunk_line(*chunk, book);
  ledger::RecordFilter members;
  members.chunk = chunk->id;
  auto page = ledger.operators().records(members, RecordId{}, kShownRecords);
  if (!page) return fail(std::move(page.error()));
  json::array records;
  for (const ledger::RecordLine& line : page->rows) {
    records.push_back(record_line_json(line, book));
  }
  object["records"] = std::move(records);
  object["is_cut"] = page->next.has_value();
  return object;
}

Result<json::object> show_job(Ledger& ledger, const std::string& id, const DestinationBook& book) {
  Result<json::object> chunk = show_chunk(ledger, id, book);
  if (!chunk || chunk->contains("tracking_id")) return chunk;
  return fail(Errc::not_found, "chunk " + printable(id) + " has no job: it was not submitted");
}

struct Listing {
  std::string_view what;
  Result<json::object> (*answer)(Ledger&, const json::object&, const DestinationBook&);
};
constexpr std::array kListings{
    Listing{"submissions", list_submissions},
    Listing{"records", list_records},
    Listing{"conflicts", list_conflicts},
    Listing{"chunks", list_chunks},
    Listing{"jobs", list_jobs},
};

struct Showing {
  std::string_view what;
  Result<json::object> (*answer)(Ledger&, const std::string&, const DestinationBook&);
};
constexpr std::array kShowings{
    Showing{"submission", show_submission},
    Showing{"record", show_record},
    Showing{"conflict", show_conflict},
    Showing{"chunk", show_chunk},
    Showing{"job", show_job},
};

}  // namespace

json::object record_line_json(const ledger::RecordLine& line, const DestinationBook& book) {
  json::object object;
  object["record"] = line.record.value;
  object["destination"] = book.name_of(line.destination);
  object["submission"] = line.submission.to_string();
  object["file"] = printable(line.file, 255);
  object["line"] = line.line;
  object["serial"] = line.serial;
  object["pkid"] = line.pkid;
  object["manufacturer"] = line.manufacturer;
  object["model"] = line.model;
  object["verdict"] = to_string(line.verdict);
  object["stage"] = to_string(line.stage);
  object["code"] = line.code;
  object["message"] = line.message;
  object["fix"] = line.fix;
  object["first_record"] =
      line.first_record ? json::value(line.first_record.value) : json::value(nullptr);
  object["chunk"] = line.chunk ? json::value(line.chunk->value) : json::value(nullptr);
  object["device_id"] = line.device_id;
  object["not_before"] = time_or_null(line.not_before);
  object["finished"] = time_or_null(line.finished_at);
  return object;
}

Result<json::object> list(Ledger& ledger, const json::object& request, const DestinationBook& book,
                          UtcTime) {
  const std::string what = text_field(request, "what");
  const auto found = std::ranges::find(kListings, what, &Listing::what);
  if (found != kListings.end()) return found->answer(ledger, request, book);
  return fail(Errc::rejected, "what is listed is submissions, records, conflicts, chunks or jobs");
}

Result<json::object> show(Ledger& ledger, const json::object& request, const DestinationBook& book,
                          UtcTime) {
  const std::string what = text_field(request, "what");
  const auto found = std::ranges::find(kShowings, what, &Showing::what);
  if (found != kShowings.end()) return found->answer(ledger, text_field(request, "id"), book);
  return fail(Errc::rejected, "what is shown is a submission, record, conflict, chunk or job");
}

Result<json::object> list_audit(Ledger& ledger, const json::object& request, const DestinationBook&,
                                UtcTime) {
  const std::size_t limit = page_rows(request);
  auto entries = ledger.operators().audit_log(number_field(request, "before"), limit);
  if (!entries) return fail(std::move(entries.error()));
  json::array rows;
  for (const ledger::AuditEntry& entry : *entries) {
    rows.push_back(json::object{{"id", entry.id},
                                {"at", format_utc(entry.at)},
                                {"who", entry.actor.who},
                                {"why", entry.actor.why},
                                {"verb", entry.verb},
                                {"target", entry.target},
                                {"detail", entry.detail}});
  }
  json::object object;
  const bool is_last = entries->size() < limit;
  object["rows"] = std::move(rows);
  object["next"] = is_last ? json::value(nullptr) : json::value(entries->back().id);
  return object;
}

Result<json::object> list_registered(Ledger& ledger, const json::object& request,
                                     const DestinationBook& book, UtcTime) {
  const std::string name = text_field(request, "destination");
  const std::optional<DestinationId> id = book.find(name);
  if (!id) {
    return fail(Errc::not_found, "no destination \"" + printable(name) + "\" in the settings");
  }
  const RecordId after{number_field(request, "after")};
  auto page = ledger.operators().registered(*id, after, page_rows(request));
  if (!page) return fail(std::move(page.error()));
  return page_json(*page, [](const ledger::OpenMember& member) {
    return json::object{{"record", member.record.value},
                        {"serial", member.serial},
                        {"pkid", member.pkid},
                        {"device_id", member.device_id}};
  });
}

}  // namespace devicebatch::engine
