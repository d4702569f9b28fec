// ledger/open.hpp - opening the ledger on SQLite.
//
// Errors:    Errc::busy - another process holds it; Errc::bad_config - newer schema than this
//            program knows, or a file that is no ledger; Errc::corrupt - it is damaged; Errc::full,
//            transient.
// Source:    docs/decisions/ledger.md: one connection, exclusive, synchronous=FULL, journal
//            TRUNCATE.
#pragma once

#include "base/random.hpp"
#include "ledger/ledger.hpp"

#include <memory>
#include <string>

namespace devicebatch::ledger {

// Opens or makes the file (":memory:" for a throwaway one) and brings its schema up to date. `vfs`
// names another file system that SQLite knows, for tests: the file is then that one's business.
Result<std::unique_ptr<Ledger>> open_ledger(const std::string& path, Random& random,
                                            const char* vfs = nullptr);

}  // namespace devicebatch::ledger
