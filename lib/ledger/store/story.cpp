#include "ledger/store/story.hpp"

#include "base/text.hpp"
#include "ledger/identity/history.hpp"
#include "ledger/store/delivery_store.hpp"
#include "ledger/store/receipt_store.hpp"

#include <algorithm>
#include <set>

namespace devicebatch::ledger {
namespace {

// The same device can come a thousand times; the story stays on a screen.
constexpr std::int64_t kRelativesShown = 20;

// Of the changes by people too.
constexpr std::int64_t kChangesShown = 20;

std::string number_of(std::int64_t id) {
  return std::to_string(id);
}

std::string place_of(const RecordRow& record, const SubmissionSummary& submission) {
  return "line " + std::to_string(record.line) + " of " + printable(submission.name);
}

void tell_intake(const RecordRow& record, const SubmissionSummary& submission,
                 std::vector<StoryEvent>& events) {
  events.push_back({submission.seen_at, place_of(record, submission) + " was stored as record " +
                                            number_of(record.id.value)});
  if (submission.accepted_at != UtcTime{}) {
    events.push_back({submission.accepted_at, "the last row of " + printable(submission.name) +
                                                  " was in: " + std::to_string(submission.records) +
                                                  " records accepted"});
  }
}

void tell_holder(Connection& db, ReceiptVerbs& receipts, const RecordRow& record,
                 std::vector<StoryEvent>& events) {
  const bool is_answered = record.verdict == Verdict::duplicate ||
                           record.verdict == Verdict::superseded ||
                           record.verdict == Verdict::conflict;
  if (!record.first_record || !is_answered) return;
  const auto holder = find_record(db, record.first_record);
  if (!holder) return;
  auto submission = receipts.summary(holder->submission);
  if (!submission) return;
  events.push_back({record.finished, "the same device is record " + number_of(holder->id.value) +
                                         ", " + place_of(*holder, *submission) + ", which is " +
                                         std::string(to_string(holder->verdict))});
}

// The records that were answered by pointing to this one.
void tell_relatives(Connection& db, const RecordRow& record, std::vector<StoryEvent>& events) {
  auto rows = db.query(
      "SELECT r.id, r.line, r.verdict, s.name, s.seen FROM record r JOIN submission s ON s.id ="
      " r.submission WHERE r.first_record = ? AND r.first_record IS NOT NULL ORDER BY r.id LIMIT ?",
      record.id.value, kRelativesShown);
  while (rows.step()) {
    events.push_back({rows.time(4), "it came again on line " + std::to_string(rows.integer(1)) +
                                        " of " + printable(rows.text_view(3)) + " (record " +
                                        number_of(rows.integer(0)) +
                                        "): " + std::string(to_string(rows.as<Verdict>(2)))});
  }
}

std::string ids_of(const Statement& row, int first) {
  static constexpr std::array kNames{"request", "correlation", "cv", "server", "date"};
  std::string text;
  for (int at = 0; at < static_cast<int>(kNames.size()); ++at) {
    const std::string_view id = row.text_view(first + at);
    if (id.empty()) continue;
    text += std::string(", ") + kNames[static_cast<std::size_t>(at)] + " " + printable(id);
  }
  return text;
}

// "polled 3 times, looked for in its batch 2 times": what the one kept answer stands for.
std::string looks_of(const ChunkRow& chunk) {
  std::string text;
  if (chunk.polls > 0) text = "polled " + std::to_string(chunk.polls) + " times";
  if (chunk.looks == 0) return text;
  if (!text.empty()) text += ", ";
  return text + "looked for in its batch " + std::to_string(chunk.looks) + " times";
}

void tell_attempts(Connection& db, const ChunkRow& chunk, std::vector<StoryEvent>& events) {
  const std::string name = "chunk " + number_of(chunk.id.value);
  auto rows = db.query(
      "SELECT n, started, ended, outcome, http_status, request_id, correlation_id, cv, server_id,"
      " date, error, tries FROM attempt WHERE chunk = ? ORDER BY n",
      chunk.id.value);
  while (rows.step()) {
    const bool is_poll = rows.integer(0) == 0;
    std::string text = is_poll ? name + ": " + looks_of(chunk) + ", the last answer was " +
                                     printable(rows.text_view(3))
                               : name + ": attempt " + std::to_string(rows.integer(0)) + " " +
                                     (rows.integer(2) == 0 ? "began" : rows.text(3));
    if (rows.integer(4) != 0) text += ", HTTP " + std::to_string(rows.integer(4));
    if (rows.integer(11) > 1) text += ", " + std::to_string(rows.integer(11)) + " tries";
    text += ids_of(rows, 5);
    if (!rows.text_view(10).empty()) text += ": " + printable(rows.text_view(10));
    events.push_back({rows.integer(2) == 0 ? rows.time(1) : rows.time(2), std::move(text)});
  }
}

// Commands of people about one row, the latest of them.
void tell_changes(Connection& db, const std::string& target, std::vector<StoryEvent>& events) {
  auto rows = db.query(
      "SELECT at, who, why, verb, detail FROM audit WHERE target = ? ORDER BY id DESC LIMIT ?",
      target, kChangesShown);
  while (rows.step()) {
    std::string text =
        printable(rows.text_view(1)) + ": " + printable(rows.text_view(3)) + " " + target;
    if (!rows.text_view(2).empty()) text += " because " + printable(rows.text_view(2), 500);
    if (!rows.text_view(4).empty()) text += "; it was " + printable(rows.text_view(4), 500);
    events.push_back({rows.time(0), std::move(text)});
  }
}

void tell_doubt(const ChunkRow& chunk, std::vector<StoryEvent>& events) {
  if (chunk.state != ChunkState::unconfirmed) return;
  const bool is_looked_for = chunk.inquiry == Inquiry::look;
  events.push_back({chunk.unknown_since,
                    "chunk " + number_of(chunk.id.value) + ": its fate is unknown since then; it " +
                        (is_looked_for ? "is looked for in its batch" : "is sent again") +
                        " under its own id, not before " + format_utc(chunk.not_before)});
}

std::optional<ChunkRow> tell_chunk(Connection& db, ChunkId id, std::vector<StoryEvent>& events) {
  std::optional<ChunkRow> chunk;
  {
    auto row =
        db.query("SELECT " DEVICEBATCH_CHUNK_COLUMNS ", planned FROM chunk WHERE id = ?", id.value);
    if (!row.step()) return std::nullopt;
    chunk = read_chunk_row(row);
    events.push_back(
        {row.time(kChunkColumns),
         "it was put into chunk " + number_of(id.value) + " with " +
             std::to_string(chunk->devices) + " devices, request " + chunk->request_id.to_string() +
             (chunk->split_from ? ", cut from chunk " + number_of(chunk->split_from.value) : "")});
  }
  tell_attempts(db, *chunk, events);
  tell_doubt(*chunk, events);
  tell_changes(db, "chunk:" + number_of(id.value), events);
  if (!chunk->tracking_id.is_nil()) {
    events.push_back({chunk->submitted_at, "chunk " + number_of(id.value) +
                                               ": the service works on it as job " +
                                               chunk->tracking_id.to_string()});
  }
  return chunk;
}

// The chunks it was carried by, and those that they were cut from.
std::set<ChunkId> earlier_chunks(Connection& db, const RecordRow& record) {
  std::set<ChunkId> chunks;
  {
    auto rows = db.query("SELECT chunk FROM carried WHERE record = ?", record.id.value);
    while (rows.step()) chunks.insert(rows.id<ChunkId>(0));
  }
  std::vector<ChunkId> children(chunks.begin(), chunks.end());
  children.push_back(record.chunk);
  while (!children.empty()) {
    const ChunkId child = children.back();
    children.pop_back();
    const ChunkId parent{db.number("SELECT split_from FROM chunk WHERE id = ?", child)};
    if (parent && chunks.insert(parent).second) children.push_back(parent);
  }
  chunks.erase(record.chunk);
  return chunks;
}

void tell_waiting(Connection& db, RecordId record, std::vector<StoryEvent>& events) {
  {
    auto row =
        db.query("SELECT at, code, message, who, why FROM held WHERE record = ?", record.value);
    if (row.step()) {
      std::string text =
          "it waits for a person (" + row.text(1) + "): " + printable(row.text_view(2), 500);
      if (!row.text_view(4).empty()) text += " Because " + printable(row.text_view(4), 500);
      events.push_back({row.time(0), std::move(text)});
    }
  }
  auto row = db.query("SELECT not_before FROM requeue WHERE record = ?", record.value);
  if (row.step()) events.push_back({row.time(0), "from then on it waits for another chunk"});
}

// Where its group tag leads it.
void tell_route(Connection& db, const RecordRow& record, UtcTime at,
                std::vector<StoryEvent>& events) {
  auto row = db.query(
      "SELECT d.batch FROM route JOIN destination d ON d.id = route.destination"
      " WHERE route.record = ?",
      record.id.value);
  if (!row.step()) return;
  events.push_back({at, "its group tag " + printable(record.group_tag) + " leads it into batch " +
                            printable(row.text_view(0))});
}

void tell_device_id(Connection& db, const RecordRow& record, std::vector<StoryEvent>& events) {
  if (record.verdict == Verdict::none) return;
  const std::string id = device_id_of(db, record.id);
  if (!id.empty())
    events.push_back({record.finished, "the service's device id is " + printable(id)});
}

void tell_verdict(const RecordStory& story, UtcTime at, std::vector<StoryEvent>& events) {
  if (story.verdict == Verdict::none) return;
  std::string text = "verdict: " + std::string(to_string(story.verdict));
  if (!story.code.empty()) text += " (" + story.code + ")";
  if (!story.message.empty()) text += ": " + printable(story.message, 500);
  events.push_back({at, std::move(text)});
}

}  // namespace

RecordStory story_of(Connection& db, ReceiptVerbs& receipts, const RecordRow& record) {
  RecordStory story;
  story.record = record.id;
  story.serial = record.serial;
  story.pkid = record.pkid;
  story.manufacturer = record.manufacturer;
  story.model = record.model;
  story.group_tag = record.group_tag;
  story.verdict = record.verdict;
  story.line = record.line;
  ResultRow result = result_of(db, record);
  story.code = std::move(result.code);
  story.message = std::move(result.message);
  story.fix = std::move(result.fix);
  auto submission = receipts.summary(record.submission);
  if (submission) {
    story.submission = std::move(*submission);
  } else {
    db.note_failure(std::move(submission.error()));
  }
  tell_intake(record, story.submission, story.events);
  tell_route(db, record, story.submission.seen_at, story.events);
  tell_holder(db, receipts, record, story.events);
  tell_history(db, record, story.events);
  for (const ChunkId chunk : earlier_chunks(db, record)) tell_chunk(db, chunk, story.events);
  if (record.chunk) story.chunk = tell_chunk(db, record.chunk, story.events);
  tell_changes(db, "record:" + number_of(record.id.value), story.events);
  tell_waiting(db, record.id, story.events);
  tell_verdict(story, record.finished, story.events);
  tell_device_id(db, record, story.events);
  tell_relatives(db, record, story.events);
  std::stable_sort(
      story.events.begin(), story.events.end(),
      [](const StoryEvent& left, const StoryEvent& right) { return left.at < right.at; });
  return story;
}

}  // namespace devicebatch::ledger
