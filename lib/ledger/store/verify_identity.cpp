// Routes, conflicts and the history of identities, counted row by row.
#include "ledger/store/tally.hpp"
#include "ledger/store/verify_check.hpp"

namespace devicebatch::ledger {
namespace {

std::uint64_t count_of(Connection& db, const char* sql) {
  return static_cast<std::uint64_t>(db.number(sql));
}

}  // namespace

void check_identities(Connection& db, Verification& result) {
  Check check("identities");
  const std::uint64_t conflicts = count_of(db, "SELECT count(*) FROM conflict");
  check.expect("conflicts", conflicts, read_tally(db, tally_of(Verdict::conflict)));
  check.expect("with their record", conflicts,
               count_of(db,
                        "SELECT count(*) FROM conflict c JOIN record r ON r.id = c.record"
                        " AND r.verdict = 7"));
  check.expect("retired for a record that was never sent", 0,
               count_of(db,
                        "SELECT count(*) FROM retired t WHERE NOT EXISTS(SELECT 1 FROM history h"
                        " WHERE h.record = t.by_record AND h.kind = 8)"));
  check.expect("history of no record", 0,
               count_of(db,
                        "SELECT count(*) FROM history h WHERE NOT EXISTS(SELECT 1 FROM record r"
                        " WHERE r.id = h.record) OR (h.other IS NOT NULL AND NOT EXISTS("
                        " SELECT 1 FROM record r WHERE r.id = h.other))"));
  check.report(result, std::to_string(conflicts) + " conflicts, " +
                           std::to_string(count_of(db, "SELECT count(*) FROM history")) +
                           " changes told");
}

void check_routes(Connection& db, Verification& result) {
  Check check("routes");
  const std::uint64_t routes = count_of(db, "SELECT count(*) FROM route");
  check.expect("with their record", routes,
               count_of(db, "SELECT count(*) FROM route t JOIN record r ON r.id = t.record"));
  check.expect("of submissions", routes,
               count_of(db, "SELECT ifnull(sum(routed), 0) FROM submission"));
  check.expect(
      "submissions that count them wrongly", 0,
      count_of(db,
               "SELECT count(*) FROM (SELECT r.submission AS id, count(*) AS n FROM route t"
               " JOIN record r ON r.id = t.record GROUP BY r.submission) c"
               " JOIN submission s ON s.id = c.id WHERE s.routed <> c.n"));
  check.expect("to another customer", 0,
               count_of(db,
                        "SELECT count(*) FROM route t JOIN record r ON r.id = t.record"
                        " JOIN submission s ON s.id = r.submission"
                        " JOIN destination o ON o.id = s.destination"
                        " LEFT JOIN destination d ON d.id = t.destination"
                        " WHERE d.customer IS NOT o.customer"));
  check.report(result, std::to_string(routes) + " records go elsewhere than their file");
}

}  // namespace devicebatch::ledger
