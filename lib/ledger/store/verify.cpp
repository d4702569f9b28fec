#include "base/text.hpp"
#include "ledger/identity/device_facts.hpp"
#include "ledger/store/report_store.hpp"
#include "ledger/store/tally.hpp"
#include "ledger/store/verify_check.hpp"

#include <algorithm>
#include <map>
#include <unordered_map>

namespace devicebatch::ledger {
namespace {

struct Balance {
  std::uint64_t rows = 0;
  std::uint64_t open = 0;
  std::uint64_t never_in_chunk = 0;
  std::array<std::uint64_t, 8> verdicts{};
};

void check_file(Connection& db, Verification& result) {
  Check check("integrity_check");
  auto rows = db.query("PRAGMA integrity_check(20)");
  while (rows.step()) {
    const std::string line = rows.text(0);
    if (line != "ok") check.complain(line);
  }
  check.report(result, "ok");
}

// All records, by submission.
std::unordered_map<std::int64_t, Balance> count_records(Connection& db) {
  std::unordered_map<std::int64_t, Balance> balances;
  auto rows = db.query("SELECT submission, verdict, chunk FROM record");
  while (rows.step()) {
    Balance& balance = balances[rows.integer(0)];
    const auto verdict = static_cast<std::size_t>(rows.integer(1));
    ++balance.rows;
    ++balance.verdicts[std::min<std::size_t>(verdict, 7)];
    if (verdict != 0) continue;
    ++balance.open;
    if (rows.is_null(2)) ++balance.never_in_chunk;
  }
  return balances;
}

void check_submissions(Connection& db, const std::unordered_map<std::int64_t, Balance>& balances,
                       Verification& result) {
  Check check("submissions");
  std::uint64_t submissions = 0;
  std::uint64_t owners = 0;
  std::array<std::uint64_t, 5> states{};
  {
    auto rows = db.query(
        "SELECT id, state, records, open, unplanned, verdict1, verdict2, verdict3, verdict4,"
        " verdict5, verdict6, verdict7 FROM submission ORDER BY id");
    while (rows.step()) {
      ++submissions;
      ++states.at(static_cast<std::size_t>(std::clamp<std::int64_t>(rows.integer(1), 0, 4)));
      const auto found = balances.find(rows.integer(0));
      const Balance balance = found == balances.end() ? Balance() : found->second;
      owners += found == balances.end() ? 0 : 1;
      const std::string name = "submission " + std::to_string(rows.integer(0)) + ": ";
      check.expect(name + "records", balance.rows, rows.count(2));
      check.expect(name + "open", balance.open, rows.count(3));
      check.expect(name + "unplanned", balance.never_in_chunk, rows.count(4));
      for (std::size_t verdict = 1; verdict < balance.verdicts.size(); ++verdict) {
        check.expect(name + std::string(to_string(static_cast<Verdict>(verdict))),
                     balance.verdicts[verdict], rows.count(4 + static_cast<int>(verdict)));
      }
    }
  }
  for (std::size_t state = 0; state < states.size(); ++state) {
    const auto as_state = static_cast<SubmissionState>(state);
    check.expect(to_string(as_state), states[state], read_tally(db, tally_of(as_state)));
  }
  check.expect("submissions with records", owners, balances.size());
  check.report(result, std::to_string(submissions) + " agree with their records");
}

void check_balance(Connection& db, const std::unordered_map<std::int64_t, Balance>& balances,
                   Verification& result) {
  Check check("balance");
  Balance all;
  for (const auto& [submission, balance] : balances) {
    all.rows += balance.rows;
    for (std::size_t at = 0; at < all.verdicts.size(); ++at) {
      all.verdicts[at] += balance.verdicts[at];
    }
  }
  std::string text = std::to_string(all.rows) + " rows =";
  for (std::size_t at = 0; at < all.verdicts.size(); ++at) {
    const auto verdict = static_cast<Verdict>(at);
    check.expect(to_string(verdict), all.verdicts[at], read_tally(db, tally_of(verdict)));
    if (all.verdicts[at] == 0) continue;
    if (text.back() != '=') text += " +";
    text += " " + std::to_string(all.verdicts[at]) + " " + std::string(to_string(verdict));
  }
  check.expect("rows", all.rows, read_tally(db, kRecordsIn));
  check.report(result, all.rows == 0 ? "no rows" : text);
}

// Computes the key of each whole record anew and looks it up (promise I10).
void check_keys(Connection& db, IdentityIndex& index, PackStore& packs, std::uint64_t seed,
                Verification& result) {
  Check check("identity keys");
  std::uint64_t records = 0;
  std::vector<std::uint32_t> found;
  auto rows = db.query("SELECT " DEVICEBATCH_RECORD_COLUMNS
                       " FROM record WHERE verdict IN (0, 1, 2, 6, 7) ORDER BY id");
  while (rows.step()) {
    const RecordRow record = read_record_row(rows);
    const auto hash = packs.read(record.hash);
    const auto facts = facts_of(Uuid(), record, hash);
    const auto keys = keys_of(facts, {record.manufacturer, record.model}, seed);
    found.clear();
    index.find(keys[static_cast<std::size_t>(record::KeyKind::record)], 1'000'000, found);
    ++records;
    if (std::find(found.begin(), found.end(), static_cast<std::uint32_t>(record.id.value)) ==
        found.end()) {
      check.complain("record " + std::to_string(record.id.value) + " is not found by its key");
    }
  }
  packs.release();
  check.report(result, std::to_string(records) + " records are found by theirs");
}

}  // namespace

Result<Verification> ReportStore::verify() {
  Verification result;
  result.is_sound = true;
  check_file(db_, result);
  const auto balances = count_records(db_);
  check_balance(db_, balances, result);
  check_submissions(db_, balances, result);
  check_chunks(db_, result);
  check_places(db_, result);
  check_dead_letters(db_, result);
  check_routes(db_, result);
  check_identities(db_, result);
  check_keys(db_, index_, packs_, key_seed(), result);
  return db_.returning(std::move(result));
}

}  // namespace devicebatch::ledger
