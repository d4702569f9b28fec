#include "ledger/identity/progress.hpp"

namespace devicebatch::ledger {

using policy::Progress;

// One that never was in a chunk may still give way; one that a person holds may not, or the newer
// capture would pass the hold by.
Progress ProgressReader::of_pending(const RecordRow& record) {
  if (record.chunk) return Progress::in_flight;
  if (!record.is_planned) return Progress::waiting;
  const bool is_held =
      db_.number("SELECT EXISTS(SELECT 1 FROM held WHERE record = ?)", record.id) != 0;
  return is_held ? Progress::in_flight : Progress::waiting;
}

// Few ledgers have one, and every hit of the index would ask.
bool ProgressReader::has_retired() {
  if (!has_retired_) has_retired_ = db_.number("SELECT EXISTS(SELECT 1 FROM retired)") != 0;
  return *has_retired_;
}

Progress ProgressReader::of(const RecordRow& record) {
  Progress progress = Progress::gone;
  switch (record.verdict) {
    case Verdict::none:
      progress = of_pending(record);
      break;
    case Verdict::registered:
    case Verdict::already_registered:
      progress = Progress::registered;
      break;
    case Verdict::conflict:
      return Progress::held;
    case Verdict::duplicate:
    case Verdict::superseded:
    case Verdict::rejected:
    case Verdict::failed:
      return Progress::gone;
  }
  if (!has_retired()) return progress;
  // A device that went to another customer is nobody's here.
  auto row = db_.query(
      "SELECT old.customer = new.customer FROM retired t"
      " JOIN record o ON o.id = t.record JOIN submission os ON os.id = o.submission"
      " JOIN destination old ON old.id = os.destination"
      " JOIN record n ON n.id = t.by_record JOIN submission ns ON ns.id = n.submission"
      " JOIN destination new ON new.id = ns.destination WHERE t.record = ?",
      record.id.value);
  if (!row.step()) return progress;
  return row.integer(0) != 0 ? Progress::retired : Progress::gone;
}

}  // namespace devicebatch::ledger
