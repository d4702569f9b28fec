// ledger/identity/spelling_book.hpp - how verified hashes spell manufacturers and models.
//
// Purpose:   the service compares the names of a row without a hash exactly, case included. What
//            the hashes of this site have taught tells a slip of the pen before the service does.
// Lifecycle: one for a connection, whose table it remembers: most files teach nothing new. After a
//            rollback it must forget().
// Bounds:    the table grows by a row for each new spelling, up to a bound; so does the memory.
// Errors:    kept by the connection.
// Source:    docs/formats.md, "Same device or not".
#pragma once

#include "ledger/sqlite/connection.hpp"
#include "record/finding_codes.hpp"
#include "record/record_batch.hpp"

#include <map>
#include <string>
#include <vector>

namespace devicebatch::ledger {

class SpellingBook {
 public:
  explicit SpellingBook(Connection& db) : db_(db) {}

  void learn(std::span<const record::Spelling> spellings);
  // Appends a warning for each name of a row without a hash that is known in other spellings only.
  void check(const record::BatchRow& row, std::vector<record::Finding>& findings);
  void forget() { remembered_.clear(); }

 private:
  enum class Kind { manufacturer = 0, model = 1 };
  void learn(Kind kind, std::string_view exact);
  // The spellings that fold to the same text, the first that was seen in front.
  std::vector<std::string>& known(Kind kind, std::string_view name);
  void check(Kind kind, std::string_view name, std::vector<record::Finding>& findings);

  Connection& db_;
  std::map<std::pair<Kind, std::string>, std::vector<std::string>> remembered_;
};

}  // namespace devicebatch::ledger
