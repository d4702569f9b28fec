// engine/write_receipts.hpp - the end of submissions: results on disk, inputs archived, finished.
//
// Threading: plain blocking code for a worker thread.
// Errors:    handed back; everything done so far is done again without harm.
// Source:    docs/architecture.md, "If we die here": verdicts are committed first, then the results
//            are written, then the input moves, then `finished` is committed. Each step is shared
//            by all submissions of the call.
#pragma once

#include "engine/source.hpp"

#include <span>

namespace devicebatch::engine {

// Of several submissions with one name only the first is finished; the caller comes again.
Result<void> write_receipts(Context& context, const Source& source,
                            std::span<const ledger::SubmissionSummary> submissions);

}  // namespace devicebatch::engine
