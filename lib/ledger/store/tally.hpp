// ledger/store/tally.hpp - counters that move in the transaction of the rows they count.
//
// Purpose:   totals are cheap at any size, and verify() can compare them with the rows (promise
//            I1).
#pragma once

#include "base/ids.hpp"
#include "ledger/delivery_verbs.hpp"
#include "ledger/intake_verbs.hpp"
#include "ledger/receipt_verbs.hpp"
#include "ledger/sqlite/connection.hpp"
#include "record/verdict.hpp"

#include <array>
#include <cstdint>
#include <map>

namespace devicebatch::ledger {

// Row numbers of the table `tally`; stored, never changed.
inline constexpr std::int64_t kRecordsIn = 0;
constexpr std::int64_t tally_of(Verdict verdict) {
  return 10 + static_cast<int>(verdict);
}
constexpr std::int64_t tally_of(SubmissionState state) {
  return 30 + static_cast<int>(state);
}
constexpr std::int64_t tally_of(ChunkState state) {
  return 50 + static_cast<int>(state);
}

void add_to_tally(Connection& db, std::int64_t counter, std::int64_t delta);
void move_tally(Connection& db, std::int64_t from, std::int64_t to, std::int64_t rows);
std::uint64_t read_tally(Connection& db, std::int64_t counter);

// Collects what changes for submissions and totals, and writes it once.
class VerdictMoves {
 public:
  explicit VerdictMoves(Connection& db) : db_(db) {}

  // A record got its verdict. `was_unplanned`: it was waiting for its first chunk.
  void settle(SubmissionId submission, Verdict verdict, bool was_unplanned = false);
  void apply();

 private:
  struct Delta {
    std::int64_t settled = 0;
    std::int64_t planned = 0;
    std::array<std::int64_t, 8> verdicts{};
  };
  Connection& db_;
  std::map<std::int64_t, Delta> deltas_;
};

}  // namespace devicebatch::ledger
