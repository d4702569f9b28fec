// ledger/identity/history.hpp - what became of the identity of a device; rows are only ever added.
//
// Purpose:   `explain` tells why a device is known as it is. What a record tells by itself is not
//            repeated: that it was stored (first seen), and that it was registered.
// Lifecycle: written in the transaction of the change; the database refuses to change or delete a
//            row.
// Errors:    kept by the connection.
#pragma once

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "ledger/report_verbs.hpp"
#include "ledger/sqlite/connection.hpp"
#include "ledger/store/record_row.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace devicebatch::ledger {

// What happened to `record`, the newer of the two, for the sake of `other`. The numbers are stored
// and never change.
enum class HistoryKind {
  recapture = 1,  // another capture of a device that is taken care of: kept, not sent
  stale = 2,      // an older capture than the known one
  replaced = 3,   // it took the place of `other`, which had not been sent
  conflict = 4,   // it contradicts `other` and is held
  attached = 5,   // it had no hash and goes with that of `other`
  again = 6,      // the device of `other`, which had failed, is tried again
  kept = 7,       // a person decided that `other` stands
  sent = 8,       // a person decided that it is sent, too
  dropped = 9,    // a person decided that it is wrong
  retired = 10,   // the device of `other` is its device from now on
};

struct HistoryEntry {
  HistoryKind kind = HistoryKind::recapture;
  RecordId record;
  RecordId other;
  std::string detail;
};

void add_history(Connection& db, const HistoryEntry& entry, UtcTime at);

// The entries that name the record, on either side.
void tell_history(Connection& db, const RecordRow& record, std::vector<StoryEvent>& events);

}  // namespace devicebatch::ledger
