// ledger/killed_child.hpp - a story on a ledger, told by a process that dies in the middle.
#pragma once

#include "unit/ledger/ledger_desk.hpp"

#include <functional>

namespace devicebatch::ledger {

// Closes the desk, opens it in a child, runs the story there and kills the child at write number
// `kill_at` (0: never). Gives the number of writes until the end and opens the desk again.
int run_in_child(LedgerDesk& desk, int kill_at, const std::function<bool()>& story);

// Puts another file in the place of the desk's ledger. It is closed afterwards.
void replace_ledger(LedgerDesk& desk, const std::string& file);

}  // namespace devicebatch::ledger
