// ledger/sqlite/schema.hpp - the tables, and how an older file becomes a newer one.
//
// Purpose:   one step a version; each step is a transaction of its own, its number is the file's
//            `user_version`.
// Errors:    bad_config - made by a newer program, or not a ledger at all.
// Source:    docs/decisions/ledger.md: tables grow at their end, mutable rows stay small, no index
//            that is written at random places except those of the (few) submissions.
#pragma once

#include "base/random.hpp"
#include "base/result.hpp"
#include "ledger/sqlite/connection.hpp"

namespace devicebatch::ledger {

// "DvBt": tells `file` and us what this is.
inline constexpr std::int64_t kApplicationId = 0x44764274;
inline constexpr std::int64_t kSchemaVersion = 3;

Result<void> bring_up_to_date(Connection& connection, Random& random);

}  // namespace devicebatch::ledger
