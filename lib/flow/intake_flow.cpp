#include "flow/intake_flow.hpp"

#include "record/verdict.hpp"

namespace devicebatch::flow {

Recovery recover_submission(bool was_claimed, bool is_in_claim_folder) {
  if (is_in_claim_folder) return Recovery::ingest;
  return was_claimed ? Recovery::lost : Recovery::withdraw;
}

Ending ending_of(bool is_refused_as_a_whole, const std::array<std::uint64_t, 8>& verdicts) {
  if (is_refused_as_a_whole) return Ending::rejected;
  std::uint64_t good = 0;
  std::uint64_t rejected = 0;
  std::uint64_t all = 0;
  for (std::size_t at = 0; at < verdicts.size(); ++at) {
    const auto verdict = static_cast<Verdict>(at);
    all += verdicts[at];
    if (is_good(verdict)) good += verdicts[at];
    if (verdict == Verdict::rejected) rejected += verdicts[at];
  }
  if (good == all) return Ending::done;
  return rejected == all ? Ending::rejected : Ending::done_with_issues;
}

}  // namespace devicebatch::flow
