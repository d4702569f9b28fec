// ledger/store/verify_check.hpp - the parts of verify() that have a file of their own.
#pragma once

#include "ledger/report_verbs.hpp"
#include "ledger/sqlite/connection.hpp"

#include <string>
#include <string_view>

namespace devicebatch::ledger {

// One check, collecting what contradicts it.
class Check {
 public:
  explicit Check(std::string_view name) : name_(name) {}
  void complain(const std::string& what);
  void expect(std::string_view what, std::uint64_t counted, std::uint64_t kept);
  void report(Verification& into, const std::string& if_sound) const;

 private:
  std::string name_;
  std::string text_;
  std::size_t complaints_ = 0;
};

// Each record of an open chunk points back to it; each that points to a chunk is in it.
void check_chunks(Connection& db, Verification& result);
// Each record without a verdict is in exactly one place: not planned yet, queued again, held, or an
// open member of an open chunk.
void check_places(Connection& db, Verification& result);
// Each failed record is a dead letter with its code, and nothing else is one.
void check_dead_letters(Connection& db, Verification& result);

// Each record with the verdict conflict is in the list of conflicts, and nothing else; records were
// retired for one that was sent; the history names records that exist.
void check_identities(Connection& db, Verification& result);
// Submissions know how many of their records go elsewhere, always to the same customer.
void check_routes(Connection& db, Verification& result);

}  // namespace devicebatch::ledger
