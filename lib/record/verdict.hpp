// record/verdict.hpp - the final answer for a record.
//
// Source:    docs/architecture.md, "Verdicts". The numbers are stored in the ledger and never
//            change.
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace devicebatch {

enum class Verdict {
  none = 0,                // no answer yet: waiting, or in a chunk
  registered = 1,          // the service registered it for us
  already_registered = 2,  // the service had it before we ever asked
  duplicate = 3,           // we had this record before
  superseded = 4,          // a newer capture of the same device takes its place
  rejected = 5,            // the row is wrong; never sent
  failed = 6,              // the service refused it for good
  conflict = 7,            // two stories about one device; held for a person
};

inline constexpr std::array kFinalVerdicts{Verdict::registered, Verdict::already_registered,
                                           Verdict::duplicate,  Verdict::superseded,
                                           Verdict::rejected,   Verdict::failed,
                                           Verdict::conflict};

// The stable word for receipts, logs and JSON; Verdict::none is "pending".
std::string_view to_string(Verdict verdict);
std::optional<Verdict> verdict_from(std::string_view word);

// Would the line be satisfied? Decides between done/ and done-with-issues/.
bool is_good(Verdict verdict);

}  // namespace devicebatch
