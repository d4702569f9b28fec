// flow/intake_flow.hpp - what to do with a submission that a stop interrupted, and where its file
// ends.
//
// Threading: pure; any thread.
// Source:    docs/architecture.md, "If we die here". The folder is the truth about the rename, the
//            ledger about everything else.
#pragma once

#include <array>
#include <cstdint>

namespace devicebatch::flow {

enum class Recovery {
  withdraw,  // the claim never happened: forget the row, the folder offers the file again
  ingest,    // read it, from after the last stored line
  lost,      // the ledger knows it, the folder does not: refuse it, loudly
};

// `was_claimed`: the ledger says that the rename was seen to happen.
Recovery recover_submission(bool was_claimed, bool is_in_claim_folder);

enum class Ending { done, done_with_issues, rejected };

// Counts by Verdict, index Verdict::none included (and zero at the end).
Ending ending_of(bool is_refused_as_a_whole, const std::array<std::uint64_t, 8>& verdicts);

}  // namespace devicebatch::flow
