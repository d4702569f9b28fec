// ledger/sqlite_ledger.hpp - the ledger on one SQLite connection: what ties its stores together.
//
// Purpose:   open_ledger() of open.hpp with the numbers that a test wants to be small.
#pragma once

#include "base/random.hpp"
#include "ledger/index/identity_index.hpp"
#include "ledger/ledger.hpp"

#include <memory>
#include <string>

namespace devicebatch::ledger {

Result<std::unique_ptr<Ledger>> open_sqlite_ledger(const std::string& path, Random& random,
                                                   const IndexLimits& limits,
                                                   const char* vfs = nullptr);

}  // namespace devicebatch::ledger
