#include "ledger/store/tally.hpp"

namespace devicebatch::ledger {

void add_to_tally(Connection& db, std::int64_t counter, std::int64_t delta) {
  if (delta == 0) return;
  db.run("INSERT INTO tally(id, n) VALUES(?, ?) ON CONFLICT(id) DO UPDATE SET n = n + excluded.n",
         counter, delta);
}

void move_tally(Connection& db, std::int64_t from, std::int64_t to, std::int64_t rows) {
  if (from == to) return;
  add_to_tally(db, from, -rows);
  add_to_tally(db, to, rows);
}

std::uint64_t read_tally(Connection& db, std::int64_t counter) {
  return static_cast<std::uint64_t>(db.number("SELECT n FROM tally WHERE id = ?", counter));
}

void VerdictMoves::settle(SubmissionId submission, Verdict verdict, bool was_unplanned) {
  Delta& delta = deltas_[submission.value];
  ++delta.settled;
  delta.planned += was_unplanned ? 1 : 0;
  ++delta.verdicts[static_cast<std::size_t>(verdict)];
}

void VerdictMoves::apply() {
  std::array<std::int64_t, 8> totals{};
  std::int64_t settled = 0;
  for (const auto& [submission, delta] : deltas_) {
    const auto& by = delta.verdicts;
    db_.run(
        "UPDATE submission SET open = open - ?, unplanned = unplanned - ?,"
        " verdict1 = verdict1 + ?, verdict2 = verdict2 + ?, verdict3 = verdict3 + ?,"
        " verdict4 = verdict4 + ?, verdict5 = verdict5 + ?, verdict6 = verdict6 + ?,"
        " verdict7 = verdict7 + ? WHERE id = ?",
        delta.settled, delta.planned, by[1], by[2], by[3], by[4], by[5], by[6], by[7], submission);
    for (std::size_t at = 0; at < by.size(); ++at) totals[at] += by[at];
    settled += delta.settled;
  }
  for (const Verdict verdict : kFinalVerdicts) {
    add_to_tally(db_, tally_of(verdict), totals[static_cast<std::size_t>(verdict)]);
  }
  add_to_tally(db_, tally_of(Verdict::none), -settled);
  deltas_.clear();
}

}  // namespace devicebatch::ledger
