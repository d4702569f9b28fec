#include "ledger/identity/history.hpp"

#include "base/text.hpp"

namespace devicebatch::ledger {
namespace {

// The same device can come a thousand times; the story stays on a screen.
constexpr std::int64_t kShown = 20;

std::string_view words_for_record(HistoryKind kind) {
  switch (kind) {
    case HistoryKind::recapture:
      return "another capture of the device of # is kept, and not sent";
    case HistoryKind::stale:
      return "it is an older capture of the device of #";
    case HistoryKind::replaced:
      return "it took the place of #, which had not been sent";
    case HistoryKind::conflict:
      return "it contradicts # and is held for a person";
    case HistoryKind::attached:
      return "it has no hardware hash and goes with the one of #";
    case HistoryKind::again:
      return "the device of #, which had failed, is tried again";
    case HistoryKind::kept:
      return "a person decided that # stands";
    case HistoryKind::sent:
      return "a person decided that it is sent, too, beside #";
    case HistoryKind::dropped:
      return "a person decided that it is wrong, beside #";
    case HistoryKind::retired:
      return "it has the identity of # from now on";
  }
  return "something happened beside #";
}

std::string_view words_for_other(HistoryKind kind) {
  switch (kind) {
    case HistoryKind::recapture:
      return "# is another capture of this device; it is kept, and not sent";
    case HistoryKind::stale:
      return "# is an older capture of this device";
    case HistoryKind::replaced:
      return "# took its place before it was sent";
    case HistoryKind::conflict:
      return "# contradicts it and is held for a person";
    case HistoryKind::attached:
      return "its hardware hash goes with #, which has none";
    case HistoryKind::again:
      return "the device is tried again by #";
    case HistoryKind::kept:
      return "a person decided that it stands against #";
    case HistoryKind::sent:
      return "a person decided that # is sent, too";
    case HistoryKind::dropped:
      return "a person decided that # is wrong";
    case HistoryKind::retired:
      return "its identity is that of # from now on";
  }
  return "something happened beside #";
}

std::string sentence(std::string_view pattern, RecordId named, std::string_view detail) {
  const std::size_t gap = pattern.find('#');
  std::string text = "identity: ";
  text.append(pattern.substr(0, gap));
  text += named ? "record " + std::to_string(named.value) : "an unknown record";
  text.append(pattern.substr(gap + 1));
  if (!detail.empty()) text += ": " + printable(detail, 500);
  return text;
}

void tell_rows(Statement&& rows, RecordId self, std::vector<StoryEvent>& events) {
  while (rows.step()) {
    const auto kind = rows.as<HistoryKind>(1);
    const RecordId record = rows.id<RecordId>(2);
    const bool is_subject = record == self;
    events.push_back(
        {rows.time(0),
         is_subject ? sentence(words_for_record(kind), rows.id<RecordId>(3), rows.text_view(4))
                    : sentence(words_for_other(kind), record, rows.text_view(4))});
  }
}

}  // namespace

void add_history(Connection& db, const HistoryEntry& entry, UtcTime at) {
  db.run("INSERT INTO history(at, kind, record, other, detail) VALUES(?, ?, ?, ?, ?)", at,
         entry.kind, entry.record, entry.other, entry.detail);
}

// The other side has no index of its own: nearly all that speak of it point to it.
void tell_history(Connection& db, const RecordRow& record, std::vector<StoryEvent>& events) {
  tell_rows(db.query("SELECT at, kind, record, other, detail FROM history WHERE record = ?"
                     " ORDER BY id LIMIT ?",
                     record.id.value, kShown),
            record.id, events);
  tell_rows(db.query("SELECT h.at, h.kind, h.record, h.other, h.detail FROM record r"
                     " JOIN history h ON h.record = r.id WHERE r.first_record = ?1"
                     " AND r.first_record IS NOT NULL AND h.other = ?1 ORDER BY h.id LIMIT ?2",
                     record.id.value, kShown),
            record.id, events);
  tell_rows(db.query("SELECT h.at, h.kind, h.record, h.other, h.detail FROM retired t"
                     " JOIN record r ON r.id = t.by_record JOIN history h ON h.record = r.id"
                     " AND h.other = t.record WHERE t.record = ?1 AND r.first_record IS NOT ?1"
                     " ORDER BY h.id LIMIT ?2",
                     record.id.value, kShown),
            record.id, events);
  if (!record.first_record) return;
  tell_rows(db.query("SELECT at, kind, record, other, detail FROM history WHERE record = ?1"
                     " AND other = ?2 ORDER BY id LIMIT ?3",
                     record.first_record.value, record.id.value, kShown),
            record.id, events);
}

}  // namespace devicebatch::ledger
